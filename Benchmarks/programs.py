"""The programs that train.py and masks.py compare, the order in which they run, and the tables that show their figures.

Each run is a process of its own, and the processes take turns: where the machine slows down, it does so for all.
"""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent
BUILD = BENCHMARKS.parent / ".build" / "release"
THREADS = 2
PER_SAMPLE, SHARED = "sample,y,x", "y,x"
# The number of threads, also for oneDNN called directly.
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": str(THREADS)}


def gpgen(side, batch, kernel, fine, coarse, axes, way="plan", build=BUILD, activation_memory=None):
    """Steps by gpgen. `way` is "plan" (as gpgen trains), "whole" (the backward pass on whole maps) or "direct" (only
    the forward pass, by oneDNN called directly); `activation_memory` is in MiB, None for gpgen's default."""
    words = [build / "TrainingBenchmark", side, batch, kernel, fine, coarse, axes, way]
    return words if activation_memory is None else [*words, activation_memory]


def pytorch(side, batch, kernel, fine, coarse, axes):
    """Steps by PyTorch as anyone writes them."""
    return [sys.executable, BENCHMARKS / "torch_step.py", side, batch, kernel, fine, coarse, axes]


def pytorch_crops(side, batch, kernel, fine, coarse, axes):
    """Steps by PyTorch that go backward through crops."""
    return [sys.executable, BENCHMARKS / "torch_crops.py", side, batch, kernel, fine, coarse, axes]


def lightstream(side, tile):
    """Steps without masks, by tiles, by lightstream."""
    return [sys.executable, BENCHMARKS / "lightstream_tiles.py", side, tile]


def plain(command):
    """One of the peers' commands, with the default allocator: slower than its fastest settings, and lower in memory."""
    return [*command, "--plain"]


def run(command):
    """The figures that a program prints as JSON.

    The modules of this script import nothing large: the peak that TrainingBenchmark reports begins with its parent's.
    """
    words = [str(word) for word in command]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
    if done.returncode:
        sys.exit(f"{' '.join(words)}: exit status {done.returncode}")
    return json.loads(done.stdout)


def in_turn(tasks, rounds, measure=run):
    """Medians of the figures that `measure` returns for each task; the tasks run one after the other in each round."""
    runs = {name: [] for name in tasks}
    for turn in range(rounds):
        for place, (name, task) in enumerate(tasks.items()):
            if sys.stderr.isatty():
                print(f"\rround {turn + 1} of {rounds}: {place + 1}/{len(tasks)} ", end="", file=sys.stderr)
            runs[name].append(measure(task))
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return {name: medians(figures) for name, figures in runs.items()}


def medians(runs):
    """The median of each number; words are the same in all runs."""
    def middle(values):
        return values[0] if isinstance(values[0], str) else statistics.median(values)

    return {key: middle([figures[key] for figures in runs]) for key in runs[0]}


def table(title, columns, rows):
    """Rows are a name and as many cells as there are columns; numbers of 100 and more lose their decimals."""
    def text(cell):
        return cell if isinstance(cell, str) else f"{cell:.0f}" if cell >= 100 else f"{cell:.2f}"

    print(f"\n{title:44s}" + "".join(f"{column:>18s}" for column in columns))
    for name, *cells in rows:
        print(f"{name:44s}" + "".join(f"{text(cell):>18s}" for cell in cells), flush=True)
