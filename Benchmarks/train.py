"""Training steps of the reference network: gpgen beside PyTorch, in one run: makes tables of medians and ratios.

    swift build -c release
    python3 -m venv .venv && .venv/bin/pip install torch numpy
    .venv/bin/python Benchmarks/train.py [--rounds 5] [--ram-disk /dev/shm]
    .venv/bin/python Benchmarks/train.py --quick             # a quarter of the sides, batches of 2, one round
    .venv/bin/python Benchmarks/train.py --largest 16384     # only this: a step of batch 1 at a side, by gpgen

Run it on an idle machine. Each figure is a process of its own, of ten steps, the first two not counted; the processes
take turns, and medians over the rounds are printed. Two threads everywhere. "windows" is gpgen as it is, "whole" gpgen
made to compute the backward pass on whole maps, zeros and all. A step is forward, backward and update. Peak memory is
the largest resident set of the process: PyTorch's with the interpreter and its libraries, gpgen's with the predictions
that TrainingBenchmark makes between the steps.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent
BUILD = BENCHMARKS.parent / ".build" / "release"
FINE, COARSE = 0.85, 0.95
PER_SAMPLE, SHARED = "sample,y,x", "y,x"
# Two threads, for oneDNN called directly too.
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "2"}


def gpgen(side, batch, kernel, fine, coarse, axes, way="windows", build=BUILD):
    return [build / "TrainingBenchmark", side, batch, kernel, fine, coarse, axes, way]


def pytorch(side, batch, kernel, fine, coarse, axes):
    return [sys.executable, BENCHMARKS / "torch_step.py", side, batch, kernel, fine, coarse, axes]


def run(command):
    """The figures that a program prints as JSON.

    This script itself imports nothing large: the peak that TrainingBenchmark reports begins with its parent's.
    """
    words = [str(word) for word in command]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
    if done.returncode:
        sys.exit(f"{' '.join(words)}: exit status {done.returncode}")
    return json.loads(done.stdout)


def in_turn(commands, rounds):
    """Medians of every figure of every command, which run one after the other in each round."""
    runs = {name: [] for name in commands}
    for turn in range(rounds):
        for place, (name, command) in enumerate(commands.items()):
            if sys.stderr.isatty():
                print(f"\rround {turn + 1} of {rounds}: {place + 1}/{len(commands)} ", end="", file=sys.stderr)
            runs[name].append(run(command))
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
        print(f"{name:44s}" + "".join(f"{text(cell):>18s}" for cell in cells))


def steps(shapes, rounds, build):
    commands = {}
    for shape in shapes:
        for axes in (PER_SAMPLE, SHARED):
            commands[shape, axes, "PyTorch"] = pytorch(*shape, FINE, COARSE, axes)
            for way in ("windows", "whole"):
                commands[shape, axes, way] = gpgen(*shape, FINE, COARSE, axes, way, build)
        commands[shape, "none", "PyTorch"] = pytorch(*shape, 0, 0, PER_SAMPLE)
        for way in ("windows", "whole"):
            commands[shape, "none", way] = gpgen(*shape, 0, 0, PER_SAMPLE, way, build)
        commands[shape, "none", "direct"] = gpgen(*shape, 0, 0, PER_SAMPLE, "direct", build)
    figures = in_turn(commands, rounds)
    print(f"{figures[shapes[0], PER_SAMPLE, 'PyTorch']['way']}, medians of {rounds} rounds")

    def rows(figure, axes, cells):
        for shape in shapes:
            side, batch, kernel = shape
            for which in axes:
                masks = "" if len(axes) == 1 else f", {which}"
                values = {way: figures[shape, which, way][figure] for way in ("PyTorch", "whole", "windows")}
                yield (f"{kernel}x{kernel}, {side} px, batch {batch}{masks}", *cells(values))

    masked = (PER_SAMPLE, SHARED)
    table(
        f"step, masks {FINE} / {COARSE}, ms an image",
        ["PyTorch", "whole", "windows", "PyTorch/whole", "PyTorch/windows"],
        rows("step", masked, lambda v: (
            v["PyTorch"], v["whole"], v["windows"], v["PyTorch"] / v["whole"], v["PyTorch"] / v["windows"])))
    table(
        "of it backward, ms an image", ["PyTorch", "whole", "windows", "whole/windows"],
        rows("backward", masked, lambda v: (v["PyTorch"], v["whole"], v["windows"], v["whole"] / v["windows"])))
    table(
        "step, no masks, ms an image", ["PyTorch", "whole", "windows", "windows/whole"],
        rows("step", ["none"], lambda v: (
            v["PyTorch"], v["whole"], v["windows"], f"{v['windows'] / v['whole']:.3f}")))
    forward = []
    for shape in shapes:
        side, batch, kernel = shape
        ours, direct = figures[shape, PER_SAMPLE, "windows"]["forward"], figures[shape, "none", "direct"]["forward"]
        forward.append((f"{kernel}x{kernel}, {side} px, batch {batch}", direct, ours, direct / ours))
    table("forward, ms an image", ["oneDNN directly", "gpgen", "rate of oneDNN's"], forward)


def memory(shape, build):
    side, batch, kernel = shape
    peer = run(pytorch(*shape, FINE, COARSE, PER_SAMPLE))
    whole, windows = (run(gpgen(*shape, FINE, COARSE, PER_SAMPLE, way, build)) for way in ("whole", "windows"))
    peaks = [figures["peak_bytes"] / 1e6 for figures in (peer, whole, windows)]
    start = peer["before_bytes"] / 1e6
    table(
        "peak memory of training steps, MB",
        ["PyTorch", "whole", "windows", "PyTorch/windows", "without its start"],
        [(f"{kernel}x{kernel}, {side} px, batch {batch}", *peaks, peaks[0] / peaks[2], (peaks[0] - start) / peaks[2])])
    print(f"PyTorch starts, before the first step, at {start:.0f} MB; the last ratio leaves that out.")


def waiting(side, samples, batch, ram_disk, build):
    """The part of the time that `gpgen train` waits for data: from a file in memory, and made on the fly."""
    folder = Path(tempfile.mkdtemp(dir=ram_disk))

    def waited(data, out):
        words = [build / "gpgen", "train", data, "--out", out, "--fine-mask", FINE, "--coarse-mask", COARSE]
        words += ["--batch", batch, "--epochs", 2, "--validation-fraction", 0, "--threads", 2, "--quiet"]
        subprocess.run([str(word) for word in words], check=True)
        epochs = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
        seconds = sum(epoch["seconds"] for epoch in epochs)
        return sum(epoch["data_wait_fraction"] * epoch["seconds"] for epoch in epochs) / seconds, seconds

    try:
        data, recipe = folder / "data.h5", folder / "recipe.yaml"
        options = ["--size", str(side), "--samples", str(samples)]
        subprocess.run([build / "gpgen", *options, "--quiet", "--out", data], check=True)
        recipe.write_bytes(subprocess.run([build / "gpgen", "recipe", *options], check=True, capture_output=True).stdout)
        rows = []
        for name, source in (("from a file", data), ("made on the fly", recipe)):
            part, seconds = waited(source, folder / source.stem)
            rows.append((f"{side} px, batch {batch}, {name}", f"{part:.2%}", seconds))
        table("gpgen train waits for data", ["of the time", "seconds in all"], rows)
    finally:
        shutil.rmtree(folder)


def largest(side, build):
    figures = run(gpgen(side, 1, 3, FINE, COARSE, PER_SAMPLE, build=build))
    table(
        f"one texture a step, masks {FINE} / {COARSE}", ["step, s", "forward, s", "backward, s", "peak memory, GiB"],
        [(f"3x3, {side} px", *(figures[name] / 1e3 for name in ("step", "forward", "backward")),
          figures["peak_bytes"] / 2**30)])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", default=5, type=int)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--largest", metavar="SIDE", type=int)
    parser.add_argument("--ram-disk", default="/dev/shm", type=Path)
    parser.add_argument("--build", default=BUILD, type=Path, help="folder of gpgen and TrainingBenchmark")
    options = parser.parse_args()
    if options.largest:
        return largest(options.largest, options.build)
    if options.quick:
        steps([(256, 2, 3), (256, 2, 2), (64, 2, 3)], 1, options.build)
        memory((256, 2, 3), options.build)
        waiting(256, 64, 4, options.ram_disk, options.build)
    else:
        steps([(1024, 4, 3), (1024, 4, 2), (256, 32, 3)], options.rounds, options.build)
        memory((1024, 8, 3), options.build)
        waiting(1024, 200, 4, options.ram_disk, options.build)


if __name__ == "__main__":
    main()
