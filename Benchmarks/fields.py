"""Fields other than the default recipe's, compared with the alternatives in one run: medians and ratios.

    swift build -c release
    python3 -m venv .venv && .venv/bin/pip install torch numpy scipy
    .venv/bin/python Benchmarks/fields.py [--rounds 7] [--ram-disk /dev/shm]

Run it on an idle machine. Each round runs the peer and gpgen in turn, with two threads each. Prints the medians and the
median of the ratios in each round. The peers make textures of the same shape from precomputed amplitudes, without
labels and without a band limit. The RAM disk needs 540 MB for one volume of 512 x 512 x 512.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import scipy.fft
import torch

BUILD = Path(__file__).resolve().parent.parent / ".build" / "release"


def by_torch(*shape):
    """A function that makes a periodic texture of any spectrum, and the number of textures per call."""
    half = (*shape[:-1], shape[-1] // 2 + 1)
    amplitude = torch.rand(half)

    def make():
        noise = torch.view_as_complex(torch.randn(*half, 2))
        return torch.fft.irfftn(noise * amplitude, s=shape)

    return make, 1


def by_scipy(side):
    """As by_torch, for two open windows from one complex transform of twice the side (Dietrich and Newsam 1997)."""
    amplitude = np.random.rand(2 * side, 2 * side).astype(np.float32)
    generator = np.random.default_rng(0)

    def make():
        noise = generator.standard_normal((2 * side, 2 * side, 2), dtype=np.float32).view(np.complex64)[..., 0]
        field = scipy.fft.fft2(noise * amplitude, workers=2)
        return field.real[:side, :side], field.imag[:side, :side]

    return make, 2


# The field, the peer, its function, its calls per round, and the arguments of SamplerBenchmark.
TASKS = [
    ("Matern 3/2, l = 20, periodic 1024 x 1024", "torch", lambda: by_torch(1024, 1024), 15,
     ["--shape", "1024,1024", "--covariance", "matern:nu=1.5", "--length-scale", "20"]),
    ("exponential, l = 40, open 1024 x 1024", "scipy", lambda: by_scipy(1024), 5,
     ["--shape", "1024,1024", "--boundary", "open", "--covariance", "exponential", "--length-scale", "40"]),
    ("squared exponential, l = 8, volume 256^3", "torch", lambda: by_torch(256, 256, 256), 3,
     ["--shape", "256,256,256", "--length-scale", "8"]),
    ("squared exponential, l = 20, series 2^24", "torch", lambda: by_torch(2**24), 3,
     ["--shape", str(2**24), "--length-scale", "20"]),
]


def peer_milliseconds(make, calls, textures):
    times = []
    for _ in range(calls):
        start = time.perf_counter()
        make()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3 / textures


def gpgen_milliseconds(arguments):
    """Milliseconds per texture with two threads, from the last line of SamplerBenchmark."""
    run = subprocess.run([BUILD / "SamplerBenchmark", *arguments], check=True, capture_output=True, text=True)
    return float(run.stdout.split()[-1])


def peak_of_a_volume(folder):
    """The peak memory of `gpgen` for one volume of 512 x 512 x 512, relative to the volume's size."""
    process = subprocess.Popen(
        [BUILD / "gpgen", "--shape", "512,512,512", "--length-scales", "8", "--samples", "1", "--quiet",
         "--out", folder / "volume.h5"])
    peak = 0
    while process.poll() is None:
        try:
            lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
            peak = max([peak] + [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")])
        except OSError:
            pass
        time.sleep(0.002)
    if process.returncode:
        sys.exit("gpgen failed")
    return peak / (4 * 512**3)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--ram-disk", default="/dev/shm", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(2)
    print(f"{'one texture, in memory':44}{'peer':>8}{'ms':>10}{'gpgen ms':>11}{'ratio':>8}")
    for name, peer, prepare, calls, arguments in TASKS:
        make, textures = prepare()
        make()
        peers, ours = [], []
        for _ in range(options.rounds):
            peers.append(peer_milliseconds(make, calls, textures))
            ours.append(gpgen_milliseconds(arguments))
        ratio = statistics.median(a / b for a, b in zip(peers, ours))
        print(
            f"{name:44}{peer:>8}{statistics.median(peers):10.2f}{statistics.median(ours):11.2f}{ratio:8.1f}",
            flush=True)
    with tempfile.TemporaryDirectory(dir=options.ram_disk) as folder:
        print(f"\npeak memory for one volume of 512^3: {peak_of_a_volume(Path(folder)):.2f} times its size")


if __name__ == "__main__":
    main()
