"""Generation compared with the alternatives in one run: a table of medians and ratios.

    swift build -c release
    python3 -m venv .venv && .venv/bin/pip install torch numpy scipy gstools
    .venv/bin/python Benchmarks/generate.py [--slow] [--ram-disk /dev/shm]

Run it on an idle machine. The task is a 1024 x 1024 texture of two scales (length scales 9.5 and 80 px, weights 0.75
and 1.25), float32. Peers that are not installed are skipped, except NumPy. --slow adds GSTools' randomisation method,
which takes a minute. The RAM disk needs 8.5 GB.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIDE, LENGTH_SCALES, WEIGHTS = 1024, (9.5, 80.0), (0.75, 1.25)
BUILD = Path(__file__).resolve().parent.parent / ".build" / "release"


def median_ms(work, repeats):
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


def amplitude(length_scale, side):
    """Standard deviations of a field's Fourier coefficients, shape (side, side/2 + 1), float32."""
    import numpy as np

    d = np.minimum(np.arange(side), side - np.arange(side)).astype(float)
    e = np.fft.fft(np.exp(-(d**2) / (2 * length_scale**2))).real.clip(0)
    return (np.sqrt(np.outer(e, e[: side // 2 + 1])) * side / np.sqrt(2)).astype(np.float32)


def torch_texture(side, length_scales):
    """A function that makes a texture in straightforward PyTorch with two threads: a tensor of shape (side, side)."""
    import torch

    torch.set_num_threads(2)
    tensors = [torch.from_numpy(amplitude(l, side)) for l in length_scales]

    def texture():
        total = 0
        for a, w in zip(tensors, WEIGHTS):
            z = torch.view_as_complex(torch.randn(*a.shape, 2))
            total = total + w * torch.fft.irfft2(z * a, s=(side, side))
        return total

    return texture


def peers(slow):
    """Yields peers and their milliseconds per texture."""
    import numpy as np

    amplitudes = [amplitude(l, SIDE) for l in LENGTH_SCALES]
    rng = np.random.Generator(np.random.Philox(1))

    def spectral(inverse):
        total = 0
        for a, w in zip(amplitudes, WEIGHTS):
            z = rng.standard_normal((*a.shape, 2), dtype=np.float32).view(np.complex64)[..., 0]
            total = total + np.float32(w) * inverse(z * a)
        return total

    yield "numpy.fft", median_ms(lambda: spectral(lambda z: np.fft.irfft2(z, s=(SIDE, SIDE))), 7)
    try:
        import scipy.fft

        yield "scipy.fft, 2 workers", median_ms(
            lambda: spectral(lambda z: scipy.fft.irfft2(z, s=(SIDE, SIDE), workers=2)), 11)
    except ImportError:
        pass
    try:
        yield "torch.fft, 2 threads", median_ms(torch_texture(SIDE, LENGTH_SCALES), 31)
    except ImportError:
        pass
    if slow:
        try:
            import gstools

            x = np.arange(SIDE, dtype=float)
            start = time.perf_counter()
            for length_scale in LENGTH_SCALES:
                model = gstools.Gaussian(dim=2, var=1, len_scale=length_scale, rescale=2**-0.5)
                gstools.SRF(model, mode_no=1000, seed=1).structured((x, x))
            yield "GSTools RandMeth, 1000 modes", (time.perf_counter() - start) * 1e3
        except ImportError:
            pass


def sampler():
    """The lines that SamplerBenchmark prints, and milliseconds per texture with two threads."""
    text = subprocess.run([BUILD / "SamplerBenchmark"], check=True, capture_output=True, text=True).stdout
    lines = text.strip().splitlines()
    return lines[:-1], float(lines[-1].split()[1])


def gpgen(*arguments):
    """The time of a run of gpgen in seconds, and its peak memory in bytes."""
    start = time.perf_counter()
    process = subprocess.Popen([BUILD / "gpgen", *map(str, arguments), "--quiet"])
    # Not ru_maxrss from wait4, which for a child starts at its parent's value.
    peak = 0
    while process.poll() is None:
        status = Path(f"/proc/{process.pid}/status")
        try:
            lines = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
            peak = max([peak] + [int(line.split()[1]) * 1024 for line in lines])
        except OSError:
            pass
        time.sleep(0.002)
    if process.returncode:
        sys.exit(f"gpgen {arguments} failed")
    return time.perf_counter() - start, peak


def whole_runs(folder):
    """Times for 1,000 samples to a RAM disk and for copying the file, in turn; peak memory; time of a single texture."""
    data, copy = folder / "data.h5", folder / "copy.h5"
    made, copied, memory = [], [], {}
    for _ in range(5):
        data.unlink(missing_ok=True)
        seconds, memory[1000] = gpgen("--samples", 1000, "--threads", 2, "--out", data)
        made.append(seconds)
        copy.unlink(missing_ok=True)
        start = time.perf_counter()
        subprocess.run(["cp", data, copy], check=True)
        copied.append(time.perf_counter() - start)
    copy.unlink()
    data.unlink()
    _, memory[10] = gpgen("--samples", 10, "--threads", 2, "--out", data)
    first = []
    for _ in range(11):
        data.unlink(missing_ok=True)
        first.append(gpgen("--samples", 1, "--out", data)[0])
    return statistics.median(made), statistics.median(copied), memory, statistics.median(first)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slow", action="store_true")
    parser.add_argument("--ram-disk", default="/dev/shm", type=Path)
    options = parser.parse_args()

    _, before = sampler()
    rows = list(peers(options.slow))
    lines, after = sampler()
    texture = statistics.median([before, after])
    print("\n".join(lines), end="\n\n")
    print(f"{'one texture in memory':40s} {'ms':>10s} {'ratio to gpgen':>20s}")
    print(f"{'gpgen, 2 threads':40s} {texture:10.3f}")
    for name, milliseconds in rows:
        print(f"{name:40s} {milliseconds:10.2f} {milliseconds / texture:20.1f}")

    folder = Path(tempfile.mkdtemp(dir=options.ram_disk))
    try:
        made, copied, memory, first = whole_runs(folder)
    finally:
        shutil.rmtree(folder)
    print(f"\n1,000 samples to the RAM disk      {made:.2f} s, {made / copied:.2f} times cp ({copied:.2f} s)")
    print(f"peak memory                        {memory[10] / 1e6:.0f} MB for 10 samples, {memory[1000] / 1e6:.0f} MB for 1,000")
    print(f"whole process for one texture      {first * 1e3:.0f} ms")


if __name__ == "__main__":
    main()
