"""gpgen certify compared with reading the file with h5py and transforming it with torch.fft: seconds, and their ratio.

    swift build -c release
    python Benchmarks/certify.py [--ram-disk /dev/shm] [--samples 1000]

Needs h5py and PyTorch, which runs with two threads. Run it on an idle machine. 1,000 samples of 1024 x 1024 take 4.2 GB
on the RAM disk. The two programs take turns, so that a slowdown of the machine affects both.
"""

import argparse
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import h5py
import torch

GPGEN = Path(__file__).resolve().parent.parent / ".build" / "release" / "gpgen"
BATCH = 8


def certify(path):
    start = time.perf_counter()
    run = subprocess.run([GPGEN, "certify", path, "--no-write"], capture_output=True, text=True)
    print(run.stdout.splitlines()[0] if run.stdout else run.stderr, flush=True)
    return time.perf_counter() - start


def transform(path):
    """Reads all samples in batches and transforms them: the minimum that any test in Fourier space does."""
    start = time.perf_counter()
    total = 0.0
    with h5py.File(path, "r") as file:
        images = file["image"]
        for first in range(0, len(images), BATCH):
            batch = torch.from_numpy(images[first : first + BATCH])
            total += float(torch.fft.rfft2(batch)[:, 0, 0].real.sum())
    assert total == total
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ram-disk", default="/dev/shm", type=Path)
    parser.add_argument("--samples", default=1000, type=int)
    parser.add_argument("--rounds", default=5, type=int)
    parser.add_argument("--options", default="", help="options of the dataset, as for `gpgen generate`")
    options = parser.parse_args()
    torch.set_num_threads(2)
    folder = Path(tempfile.mkdtemp(dir=options.ram_disk))
    try:
        data = folder / "data.h5"
        command = [GPGEN, "--samples", str(options.samples), *options.options.split(), "--out", data, "--quiet"]
        subprocess.run(command, check=True)
        times = {"certify": [], "h5py and torch.fft": []}
        for _ in range(options.rounds):
            times["certify"].append(certify(data))
            times["h5py and torch.fft"].append(transform(data))
        medians = {name: statistics.median(own) for name, own in times.items()}
        for name, own in times.items():
            print(f"{name}: {medians[name]:.2f} s (median of {', '.join(f'{t:.2f}' for t in own)})")
        print(f"ratio: {medians['certify'] / medians['h5py and torch.fft']:.2f}")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
