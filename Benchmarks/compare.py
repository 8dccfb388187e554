"""Compares two builds of gpgen in one run: time, CPU time and memory of the most common tasks.

    python3 Benchmarks/compare.py OLD NEW [--rounds 15] [--ram-disk /dev/shm]

OLD and NEW are two gpgen programs, for example of two consecutive commits. Both run each task in turn, in an order that
changes from round to round. Prints NEW's medians and the medians of the ratios NEW / OLD in each round. The RAM disk
needs 3.5 GB. If the machine is not idle, CPU time is more reliable.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

SAMPLES = 400


def tasks(folder):
    """The arguments of each task, by name, and its output file."""
    data = str(folder / "data.h5")
    made = str(folder / "made.h5")
    generate = ["--samples", str(SAMPLES), "--out", made, "--quiet"]
    return {
        "generate, 2 threads": ([*generate, "--threads", "2"], made),
        "generate, 1 thread": ([*generate, "--threads", "1"], made),
        "generate, standardized float16": ([*generate, "--standardize", "--dtype", "float16"], made),
        "generate, 20,000 of 64 x 64": (
            ["--size", "64", "--samples", "20000", "--out", made, "--quiet"], made),
        "stream, batches of 16": (["stream", data, "--batch", "16", "--epochs", "4", "--quiet"], None),
        "verify": (["verify", data, "--quiet"], None),
        "verify 200 shards": (["verify", str(folder / "shards.h5"), "--quiet"], None),
        "inspect": (["inspect", data], None),
    }


def measure(program, words):
    """Seconds, CPU seconds, and bytes of memory of a run, including its child processes."""
    start = time.perf_counter()
    run = subprocess.Popen([program, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = run.stderr.read()
    _, status, usage = os.wait4(run.pid, 0)
    run.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    assert run.returncode == 0, f"{program} {words}: {errors.decode()}"
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--ram-disk", default="/dev/shm")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(dir=arguments.ram_disk))
    try:
        for words in (
            ["--samples", str(SAMPLES), "--out", str(folder / "data.h5"), "--quiet"],
            ["--size", "64", "--samples", "2000", "--shards", "200", "--out", str(folder / "shards.h5"), "--quiet"],
        ):
            subprocess.run([arguments.old, *words], check=True)
        print(f"{'':32}{'time':>9}{'ratio':>8}{'CPU':>9}{'ratio':>8}{'memory':>10}{'ratio':>8}")
        for name, (words, made) in tasks(folder).items():
            results = {"old": [], "new": []}
            for round in range(arguments.rounds + 1):
                for which in ("old", "new") if round % 2 else ("new", "old"):
                    results[which].append(measure(getattr(arguments, which), words))
                    if made:
                        Path(made).unlink()
            # The first round warms up.
            old, new = (list(zip(*results[which][1:])) for which in ("old", "new"))
            ratios = [statistics.median(b / a for a, b in zip(*pair)) for pair in zip(old, new)]
            seconds, processor, memory = (statistics.median(values) for values in new)
            print(
                f"{name:32}{seconds:8.3f}s{ratios[0]:8.3f}{processor:8.3f}s{ratios[1]:8.3f}"
                f"{memory / 2**20:7.1f}MiB{ratios[2]:8.3f}", flush=True)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
