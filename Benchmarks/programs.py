"""The programs that train.py and masks.py compare, the order in which they run, and their tables.

Each run is a separate process, and the processes take turns, so that a slowdown of the machine affects all of them.
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
# Also sets the number of threads for direct calls to oneDNN.
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": str(THREADS)}


def gpgen(side, batch, kernel, fine, coarse, axes, way="plan", build=BUILD, activation_memory=None):
    """Steps of gpgen. `way` is "plan" (as gpgen trains), "whole" (the backward pass on whole maps) or "direct" (only
    the forward pass, with direct calls to oneDNN); `activation_memory` is in MiB, None for gpgen's default."""
    words = [build / "TrainingBenchmark", side, batch, kernel, fine, coarse, axes, way]
    return words if activation_memory is None else [*words, activation_memory]


def pytorch(side, batch, kernel, fine, coarse, axes):
    """Straightforward steps of PyTorch."""
    return [sys.executable, BENCHMARKS / "torch_step.py", side, batch, kernel, fine, coarse, axes]


def pytorch_crops(side, batch, kernel, fine, coarse, axes):
    """Steps of PyTorch with a backward pass through crops."""
    return [sys.executable, BENCHMARKS / "torch_crops.py", side, batch, kernel, fine, coarse, axes]


def lightstream(side, tile):
    """Steps of lightstream in tiles, without masks."""
    return [sys.executable, BENCHMARKS / "lightstream_tiles.py", side, tile]


def plain(command):
    """A peer's command with the default allocator, which is slower than its fastest settings and uses less memory."""
    return [*command, "--plain"]


def run(command):
    """The measurements that a program prints as JSON.

    This module must not import large packages: the peak that TrainingBenchmark reports starts at its parent's.
    """
    words = [str(word) for word in command]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
    if done.returncode:
        sys.exit(f"{' '.join(words)}: exit status {done.returncode}")
    return json.loads(done.stdout)


def in_turn(tasks, rounds, measure=run):
    """Medians of the measurements that `measure` returns for each task; in each round, the tasks take turns."""
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
    """The median of each number; text is the same in all runs."""
    def middle(values):
        return values[0] if isinstance(values[0], str) else statistics.median(values)

    return {key: middle([figures[key] for figures in runs]) for key in runs[0]}


def table(title, columns, rows):
    """Prints a table. A row is a name and a cell for each column; numbers from 100 on have no decimals."""
    def text(cell):
        return cell if isinstance(cell, str) else f"{cell:.0f}" if cell >= 100 else f"{cell:.2f}"

    print(f"\n{title:44s}" + "".join(f"{column:>18s}" for column in columns))
    for name, *cells in rows:
        print(f"{name:44s}" + "".join(f"{text(cell):>18s}" for cell in cells), flush=True)
