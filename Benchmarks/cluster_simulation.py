"""Simulates a million textures on a cluster: time, metadata operations per second, failures and cost of an array of tasks.

    python3 Benchmarks/cluster_simulation.py                # simulates, with the parameters below
    python3 Benchmarks/cluster_simulation.py measure        # measures the parameters on this machine; needs strace

The simulation advances in steps of a tenth of a second. A task waits for a slot, starts, creates the structure of its
shards, makes textures as fast as its cores and its share of the file system's bandwidth allow, and renames its shards.
Metadata operations queue at the file system, which serves them at a fixed rate. Tasks fail at a given rate per hour; a
failed task is requeued, and first reads what it has already made, as `--resume` does. In the end, one job makes the
index. The random numbers have a fixed seed, so the table is reproducible. It lists which parameters are measured and
which are assumed.
"""

import argparse
import math
import os
import random
import re
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from timing import GPGEN

STEP = 0.1


@dataclass(frozen=True)
class Measured:
    """The output of `measure`, on two cores of a Xeon. Times are CPU times, since the machine was not idle."""

    # CPU seconds to make a two-scale texture of 1024 x 1024 and write it to a RAM disk; and of its checksum.
    texture: float = 0.003322
    checksum: float = 0.00121
    # System calls that name a path in the output folder or sync it: per shard of a task, and once per task.
    shard_operations: float = 23
    task_operations: float = 15
    # The same for `gpgen index`.
    index_shard_operations: float = 15
    index_operations: float = 32
    # Files opened or searched when the program starts: on the shared file system, if the program is there.
    start_operations: float = 158
    # CPU seconds of a start, and of the index per shard.
    start: float = 0.01915
    index_shard: float = 0.001166


@dataclass(frozen=True)
class Cluster:
    """The assumed parameters."""

    tasks: int = 1000
    cores: int = 1
    running: int = 100
    textures: int = 1_000_000
    shards: int = 10_000
    # Bytes per second that all tasks together, and one task alone, can read and write.
    bandwidth: float = 10e9
    task_bandwidth: float = 2e9
    # Metadata operations per second that the file system serves.
    metadata: float = 20_000
    # Tasks that the scheduler starts per second, and the seconds until a failed task may restart.
    starts: float = 10
    requeue: float = 120
    # Failures of a task per hour of running.
    failures: float = 0.1
    # The prices of a core hour, and of a terabyte for a month, in dollars.
    core_hour: float = 0.04
    terabyte_month: float = 20
    texture_bytes: int = 4 * 1024 * 1024


@dataclass
class Task:
    left: float
    made: float = 0.0
    # Remaining operations, bytes to read, and seconds of startup before the task makes textures.
    operations: float = 0.0
    reading: float = 0.0
    starting: float = 0.0
    is_finishing: bool = False


@dataclass
class Result:
    seconds: float = 0.0
    core_hours: float = 0.0
    failures: int = 0
    lost_hours: float = 0.0
    operations: float = 0.0
    peak_operations: float = 0.0
    asked: Counter = field(default_factory=Counter)


def simulate(cluster, measured, seed):
    """Simulates one run, including the index job."""
    numbers = random.Random(seed)
    shards = cluster.shards / cluster.tasks
    textures = cluster.textures / cluster.tasks
    speed = cluster.cores / measured.texture
    waiting = [(0.0, Task(left=textures)) for _ in range(cluster.tasks)]
    waiting.reverse()
    running, result, now, credit = [], Result(), 0.0, 0.0
    risk = 1 - math.exp(-cluster.failures * STEP / 3600)
    while waiting or running:
        # Tasks that may start take slots in the order of the queue.
        credit = min(credit + cluster.starts * STEP, cluster.running)
        while waiting and waiting[-1][0] <= now and len(running) < cluster.running and credit >= 1:
            credit -= 1
            task = waiting.pop()[1]
            task.operations = measured.start_operations + measured.task_operations + shards * measured.shard_operations / 2
            result.asked[int(now)] += task.operations
            task.starting = measured.start
            task.reading = task.made * cluster.texture_bytes
            running.append(task)
        queued = [task for task in running if task.operations > 0]
        served = cluster.metadata * STEP / max(1, len(queued))
        moving = [task for task in running if task.operations <= 0]
        share = min(cluster.task_bandwidth, cluster.bandwidth / max(1, len(moving))) * STEP
        for task in queued:
            done = min(served, task.operations)
            task.operations -= done
            result.operations += done
        still = []
        for task in running:
            if numbers.random() < risk:
                result.failures += 1
                task.is_finishing = False
                waiting.insert(0, (now + cluster.requeue, task))
                waiting.sort(key=lambda entry: -entry[0])
                continue
            if task.operations <= 0:
                if task.is_finishing:
                    continue
                if task.starting > 0:
                    task.starting -= STEP
                elif task.reading > 0:
                    # Limited by the file system, or by the cores, which compute checksums.
                    task.reading -= min(share, cluster.cores * STEP / measured.checksum * cluster.texture_bytes)
                    result.lost_hours += STEP * cluster.cores / 3600
                else:
                    made = min(speed * STEP, share / cluster.texture_bytes, task.left)
                    task.made += made
                    task.left -= made
                    if task.left <= 1e-9:
                        task.operations = shards * measured.shard_operations / 2
                        result.asked[int(now)] += task.operations
                        task.is_finishing = True
            still.append(task)
        result.core_hours += len(running) * cluster.cores * STEP / 3600
        running = still
        now += STEP
    operations = measured.index_operations + cluster.shards * measured.index_shard_operations
    index = max(cluster.shards * measured.index_shard, operations / cluster.metadata)
    result.operations += operations
    result.seconds = now + index
    result.core_hours += index / 3600
    # The demand in each second, whether or not it was served within it.
    result.peak_operations = max(result.asked.values(), default=0)
    return result


def table(cluster, measured, seeds):
    cases = [
        ("as above", cluster),
        ("no failures", replace(cluster, failures=0)),
        ("a failure an hour", replace(cluster, failures=1)),
        ("ten failures an hour", replace(cluster, failures=10)),
        ("1,000 tasks at a time", replace(cluster, running=1000)),
        ("1,000 tasks at a time, 99,999 shards", replace(cluster, running=1000, shards=99_999)),
        ("a file system of 2 GB/s", replace(cluster, bandwidth=2e9)),
        ("1,000 metadata operations a second", replace(cluster, metadata=1000)),
    ]
    print(f"{cluster.textures:,} textures, {cluster.textures * cluster.texture_bytes / 1e12:.2f} TB")
    for name, value in vars(measured).items():
        print(f"  measured  {name} {value:g}")
    for name, value in vars(cluster).items():
        print(f"  assumed   {name} {value:g}")
    print()
    print(
        "| case | minutes | core hours | failures | core hours of rereading | metadata operations | per second, mean "
        "| per second, peak | dollars |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, case in cases:
        runs = [simulate(case, measured, seed) for seed in range(seeds)]

        def mean(value):
            return sum(value(run) for run in runs) / len(runs)

        dollars = mean(lambda run: run.core_hours) * case.core_hour
        print(
            f"| {name} | {mean(lambda run: run.seconds) / 60:.1f} | {mean(lambda run: run.core_hours):.0f} "
            f"| {mean(lambda run: run.failures):.1f} | {mean(lambda run: run.lost_hours):.2f} "
            f"| {mean(lambda run: run.operations) / 1e3:,.0f}k "
            f"| {mean(lambda run: run.operations / run.seconds):,.0f} | {mean(lambda run: run.peak_operations):,.0f} "
            f"| {dollars:.2f} |"
        )
    storage = cluster.textures * cluster.texture_bytes / 1e12 * cluster.terabyte_month
    print(f"\nStorage: {storage:.0f} dollars per month.")


# MARK: Measuring

METADATA = re.compile(
    r"^\d+ +(open|openat|creat|stat|lstat|newfstatat|statx|access|faccessat2?|unlink|unlinkat|rename|renameat2?|link|linkat|"
    r"mkdir|mkdirat|rmdir|statfs|getdents64|fsync|ftruncate)\("
)


def measure():
    """Measures the parameters, as differences of two runs, so that fixed costs do not count per shard or texture."""
    folder = Path(tempfile.mkdtemp(dir="/dev/shm"))

    def generate(shards, samples=16, traced=True, size=8, name="data"):
        out = folder / f"{name}-{shards}-{samples}" / "data.h5"
        words = ["generate", "--out", out, "--shards", 2 * shards, "--samples", 2 * samples, "--task-index", 0]
        words += ["--task-count", 2, "--resume", "--threads", 1, "--quiet", *(["--size", size, "--length-scales", "1,2"] if size else [])]
        return (calls(words, out.parent) if traced else cpu_seconds(words)), out

    (few, few_start), first = generate(4)
    (many, _), second = generate(8)
    shard = (many - few) / 4
    indexes = []
    for out, shards in ((first, 8), (second, 16)):
        subprocess.run(
            [GPGEN, "generate", "--out", out, "--shards", str(shards), "--samples", "32", "--task-index", "1", "--task-count", "2",
             "--size", "8", "--length-scales", "1,2", "--quiet"], check=True)
        indexes.append(calls(["index", out, "--quiet"], out.parent)[0])
    index_shard = (indexes[1] - indexes[0]) / 8
    start = min(cpu_seconds(["--version"]) for _ in range(5))
    # Other work on the machine only adds time, so take the minimum of several runs.
    many = min(generate(1, 160, False, None, f"a{turn}")[0] for turn in range(5))
    texture = (many - min(generate(1, 32, False, None, f"b{turn}")[0] for turn in range(5))) / 128
    whole = folder / "a0-1-160" / "data-00000-of-00002.h5"
    verify = [cpu_seconds(["verify", whole, "--quiet", "--threads", 1]) for _ in range(3)]
    # The time of the index is measured with a thousand shards.
    tiny = folder / "tiny" / "data.h5"
    subprocess.run([GPGEN, "generate", "--size", "8", "--length-scales", "1", "--samples", "1000", "--shards", "1000", "--threads",
                    "1", "--quiet", "--out", tiny], check=True)
    tiny.unlink()
    index_time = cpu_seconds(["index", tiny, "--quiet"])
    subprocess.run(["rm", "-r", folder], check=True)
    found = Measured(
        texture=texture, checksum=(min(verify) - start) / 160, shard_operations=shard,
        task_operations=few - 4 * shard, index_shard_operations=index_shard,
        index_operations=indexes[0] - 8 * index_shard, start_operations=few_start, start=start,
        index_shard=(index_time - start) / 1000)
    for name, value in vars(found).items():
        print(f"    {name}: {value:.4g}")


def cpu_seconds(words):
    """CPU seconds of the program and its child processes, which hardly depend on the load of the machine."""
    child = subprocess.Popen([str(word) for word in [GPGEN, *words]], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, words
    return usage.ru_utime + usage.ru_stime


def calls(words, folder):
    """The number of metadata operations in the folder, and of files opened or searched elsewhere."""
    log = folder.parent / "calls"
    subprocess.run(
        ["strace", "-f", "-y", "-s", "300", "-o", log, *[str(word) for word in [GPGEN, *words]]], check=True,
        stdout=subprocess.DEVNULL)
    lines = [line for line in log.read_text(errors="replace").splitlines() if METADATA.match(line)]
    inside = sum(str(folder) in line for line in lines)
    elsewhere = [line for line in lines if str(folder) not in line and not re.search(r'"/(proc|sys|dev)', line)]
    return inside, sum(not line.split()[1].startswith(("fsync", "getdents", "ftruncate")) for line in elsewhere)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", nargs="?", choices=["simulate", "measure"], default="simulate")
    parser.add_argument("--seeds", type=int, default=5, help="number of runs to average")
    options = parser.parse_args()
    measure() if options.command == "measure" else table(Cluster(), Measured(), options.seeds)


if __name__ == "__main__":
    main()
