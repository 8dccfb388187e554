"""Shuffled batches of 16 textures of 1024 x 1024 from a file in memory: gpgen compared with h5py and PyTorch, in one run.

    swift build -c release
    python3 -m venv .venv && .venv/bin/pip install torch numpy h5py
    .venv/bin/python Benchmarks/stream.py [--ram-disk /dev/shm]

Run it on an idle machine. The files take 4.3 and 5.3 GB on the RAM disk. Rates are medians of five runs that take
turns; memory is the peak of the process.
"""

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

GPGEN = Path(__file__).resolve().parent.parent / ".build" / "release" / "gpgen"
BATCH = 16


def gpgen(*arguments):
    """The GB/s that `gpgen stream` reports, and its peak memory in bytes."""
    process = subprocess.Popen([GPGEN, *map(str, arguments)], stdout=subprocess.PIPE, text=True)
    peak = 0
    while process.poll() is None:
        try:
            lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
            peak = max([peak] + [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")])
        except OSError:
            pass
        time.sleep(0.002)
    if process.returncode:
        sys.exit(f"gpgen {arguments} failed")
    return float(re.search(r"([0-9.]+) GB/s", process.stdout.read()).group(1)), peak


def h5py_direct(path):
    with h5py.File(path) as file:
        images = file["image"]
        order = np.random.default_rng(1).permutation(len(images) // BATCH * BATCH)
        batch = np.empty((BATCH, *images.shape[1:]), np.float32)
        start = time.perf_counter()
        for first in range(0, len(order), BATCH):
            for slot, sample in enumerate(order[first : first + BATCH]):
                images.read_direct(batch, np.s_[sample], np.s_[slot])
        return len(order) * batch[0].nbytes / (time.perf_counter() - start) / 1e9


def torch_loader(path, workers):
    import torch

    class Textures(torch.utils.data.Dataset):
        file = None

        def __len__(self):
            return int(h5py.File(path).attrs["sample_count"])

        def __getitem__(self, sample):
            self.file = self.file or h5py.File(path)
            return torch.from_numpy(self.file["image"][sample])

    start, count = time.perf_counter(), 0
    for batch in torch.utils.data.DataLoader(Textures(), batch_size=BATCH, shuffle=True, num_workers=workers):
        count += batch.nbytes
    return count / (time.perf_counter() - start) / 1e9


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ram-disk", default="/dev/shm", type=Path)
    folder = Path(tempfile.mkdtemp(dir=parser.parse_args().ram_disk))
    try:
        large, small, recipe = folder / "large.h5", folder / "small.h5", folder / "small.yaml"
        scales = ["--length-scales", "9.5", "--length-scales", "80"]
        subprocess.run([GPGEN, "--samples", "1000", "--quiet", "--out", large], check=True)
        options = ["--size", "256", "--samples", "20000", *scales]
        recipe.write_bytes(subprocess.run([GPGEN, "recipe", *options], check=True, capture_output=True).stdout)
        subprocess.run([GPGEN, *options, "--quiet", "--out", small], check=True)

        readers = {
            "gpgen stream": lambda: gpgen("stream", large, "--batch", BATCH)[0],
            "h5py read_direct": lambda: h5py_direct(large),
            "torch DataLoader over h5py, 0 workers": lambda: torch_loader(large, 0),
            "torch DataLoader over h5py, 2 workers": lambda: torch_loader(large, 2),
            "256 x 256 from a file": lambda: gpgen("stream", small, "--batch", BATCH)[0],
            "256 x 256 from a recipe": lambda: gpgen("stream", recipe, "--batch", BATCH)[0],
        }
        rates = {name: [] for name in readers}
        for run in range(6):
            for name, read in readers.items():
                rate = read()
                if run:
                    rates[name].append(rate)
        rates = {name: statistics.median(values) for name, values in rates.items()}
        for name, rate in rates.items():
            print(f"{name:40s} {rate:7.2f} GB/s")
        ours, loader = rates["gpgen stream"], max(rate for name, rate in rates.items() if "DataLoader" in name)
        print(f"gpgen / h5py: {ours / rates['h5py read_direct']:.2f}, gpgen / DataLoader: {ours / loader:.1f}")
        print(f"from a recipe / from a file: {rates['256 x 256 from a recipe'] / rates['256 x 256 from a file']:.2f}")
        print(f"peak memory streaming {large.stat().st_size / 1e9:.1f} GB: {gpgen('stream', large, '--batch', BATCH)[1] / 1e6:.0f} MB")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
