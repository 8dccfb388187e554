"""Datasets with many shards, checked against limits: the time of `gpgen index` for a thousand shards, the memory of `index`
and `stream` for ten thousand, and the time of two tasks on two cores compared with one task.

    swift build -c release
    python3 Benchmarks/shards.py [--ram-disk /dev/shm] [--rounds 5]

Run it on an idle machine with two cores. Ten thousand shards with one sample of 8 x 8 each take 160 MB on the RAM disk,
and the samples of the tasks take 2.2 GB. Times are medians; memory is the maximum over the program and its child
processes.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from timing import GPGEN, seconds

TINY = ["--size", 8, "--length-scales", "1,2", "--threads", 1, "--quiet"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ram-disk", default="/dev/shm", type=Path)
    parser.add_argument("--rounds", default=5, type=int)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(dir=options.ram_disk))
    try:
        rows = [index_time(folder, options.rounds), *many_shards(folder), tasks(folder, options.rounds)]
    finally:
        shutil.rmtree(folder)
    print(f"{'':52}{'measured':>12}{'limit':>8}{'goal':>8}")
    for name, value, limit, goal in rows:
        print(f"{name:52}{value:12.2f}{limit:8g}{goal:8g}{'' if value <= limit else '  EXCEEDED'}")


def index_time(folder, rounds):
    """The time to index a thousand shards with one sample each."""
    data = folder / "thousand" / "data.h5"
    make(data, 1000)
    times = []
    for _ in range(rounds):
        times.append(seconds(GPGEN, "index", data, "--quiet"))
        data.unlink()
    return "index of 1,000 shards, s", statistics.median(times), 5, 1


def many_shards(folder):
    """The memory for ten thousand shards with one sample each."""
    data = folder / "many" / "data.h5"
    make(data, 10_000)
    index, time_of_index = peak("index", data, "--quiet")
    stream, time_of_stream = peak("stream", data, "--batch", 16, "--quiet")
    print(f"10,000 shards: index {time_of_index:.1f} s, stream {time_of_stream:.1f} s")
    return ("index of 10,000 shards, peak MB", index, 300, 150), ("stream of 10,000 shards, peak MB", stream, 300, 150)


def make(data, shards):
    """Generates shards, with a task for each thousand of them, since a process keeps its shards open."""
    tasks = shards // 1000
    for task in range(tasks):
        part = ["--task-index", task, "--task-count", tasks] if tasks > 1 else []
        seconds(GPGEN, *TINY, "--samples", shards, "--shards", shards, "--out", data, *part)
    if tasks == 1:
        data.unlink()


def peak(*words):
    """The peak memory of a command in MB, and its time in seconds."""
    start = time.perf_counter()
    child = subprocess.Popen([str(word) for word in [GPGEN, *words]], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, words
    return usage.ru_maxrss * 1024 / 1e6, time.perf_counter() - start


def tasks(folder, rounds):
    """The time of two tasks of one thread for the same samples, relative to one task."""
    data = folder / "tasks" / "data.h5"
    words = [GPGEN, "--samples", 512, "--shards", 8, "--threads", 1, "--out", data, "--quiet"]

    def run(count):
        start = time.perf_counter()
        parts = [["--task-index", task, "--task-count", count] for task in range(count)]
        children = [subprocess.Popen([str(word) for word in [*words, *part]]) for part in parts]
        assert all(child.wait() == 0 for child in children)
        elapsed = time.perf_counter() - start
        shutil.rmtree(data.parent)
        return elapsed

    run(2)
    times = [(run(1), run(2)) for _ in range(rounds)]
    return "time of two tasks of one thread, relative to one", statistics.median(two / one for one, two in times), 0.58, 0.52


if __name__ == "__main__":
    main()
