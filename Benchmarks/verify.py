"""gpgen verify compared with `cat FILE > /dev/null`, from the page cache: medians of five runs, and their ratio.

    swift build -c release
    python3 Benchmarks/verify.py [--ram-disk /dev/shm] [--samples 1000]

Run it on an idle machine. 1,000 samples of 1024 x 1024 take 4.2 GB on the RAM disk. The programs take turns, so that a
slowdown of the machine affects all of them.
"""

import argparse
import shutil
import statistics
import tempfile
from pathlib import Path

from timing import GPGEN, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ram-disk", default="/dev/shm", type=Path)
    parser.add_argument("--samples", default=1000, type=int)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(dir=options.ram_disk))
    try:
        data = folder / "data.h5"
        seconds(GPGEN, "--samples", options.samples, "--out", data, "--quiet")
        commands = {
            "cat": ["cat", data],
            "verify, 1 thread": [GPGEN, "verify", data, "--quiet", "--threads", 1],
            "verify, 2 threads": [GPGEN, "verify", data, "--quiet", "--threads", 2],
        }
        times = {name: [] for name in commands}
        for _ in range(5):
            for name, words in commands.items():
                times[name].append(seconds(*words))
        size = data.stat().st_size
    finally:
        shutil.rmtree(folder)
    medians = {name: statistics.median(values) for name, values in times.items()}
    print(f"{size / 1e9:.1f} GB{'seconds':>29} {'GB/s':>8} {'times cat':>10}")
    for name, median in medians.items():
        print(f"{name:24} {median:10.3f} {size / 1e9 / median:8.2f} {median / medians['cat']:10.2f}")


if __name__ == "__main__":
    main()
