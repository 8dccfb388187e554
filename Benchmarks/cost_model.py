"""Fits the constants of the cost model, which gpgen uses to plan backward passes, to measured times.

    swift build -c release
    python3 -m venv .venv && .venv/bin/pip install numpy scipy
    .venv/bin/python Benchmarks/cost_model.py                # measures, fits, and compares with CostModel.swift
    .venv/bin/python Benchmarks/cost_model.py --write        # also writes the fitted constants to CostModel.swift
    .venv/bin/python Benchmarks/cost_model.py --quick        # measures one task of ten, as a test

Run it on an idle machine. `TrainingBenchmark costs` runs some hundred tasks, a few layers with a mask above them, in
every way that a plan may choose: on whole maps, or through crops of several sides, with and without checkpoints. For
each way it prints the amounts of work that CostModel.swift counts, and the time. The cost of a way is a linear
combination of its amounts. The non-negative constants minimise the errors relative to the time of a step of the task,
with less weight for outliers. In the end, the choices that the costs lead to matter: how often they are the fastest
way, and how much slower than it they are.

The last table is about the number of crops computed together: as many as fit in `passBytes`, and at most `maximumCrops`.
It compares pairs of these limits with the best number for each task. --write does not change them.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np
from scipy.optimize import nnls

from programs import BENCHMARKS, BUILD, ENVIRONMENT

MODEL = BENCHMARKS.parent / "Sources" / "Backdrop" / "Plan" / "CostModel.swift"
# A choice counts as the fastest if its step takes at most this multiple of the fastest; smaller differences are noise.
SAME = 1.02
# The size of maps at checkpoints, in bytes, from which they do not fit into a cache.
LARGE = 16 << 20


def measure(rounds, threads, sparsity, build):
    words = [str(word) for word in (build / "TrainingBenchmark", "costs", rounds, threads, sparsity)]
    run = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
    lines = []
    for line in run.stdout:
        lines.append(json.loads(line))
        if sys.stderr.isatty():
            print(f"\r{len(lines)} measurements ", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if run.wait():
        sys.exit(f"{' '.join(words)}: exit status {run.returncode}")
    return lines


def by_task(lines):
    tasks = {}
    for line in lines:
        tasks.setdefault(line["task"], []).append(line)
    return [ways for ways in tasks.values() if len(ways) > 1]


def step(line):
    """The time of a task's step in one way, forward and backward."""
    return line["forward"] + line["nanoseconds"]


def definition(name):
    """A pattern for a constant in CostModel.swift: its declaration and its value."""
    return re.compile(rf"(static let {name} = )([0-9._]+(?: << [0-9]+)?)")


def constant(text, name):
    found = definition(name).search(text)
    if not found:
        sys.exit(f"{MODEL} has no constant {name}")
    number, _, shift = found[2].replace("_", "").partition(" << ")
    return float(number) * 2 ** int(shift or 0)


def swift(value):
    """A number with three significant digits, as Swift code."""
    rounded = float(f"{value:.3g}")
    return f"{rounded:_.1f}" if rounded >= 100 else f"{rounded:g}" if rounded % 1 else f"{rounded:.1f}"


def fit(lines, names):
    """The constants with minimum errors, by iteratively reweighted least squares."""
    steps = np.array([step(line) for line in lines])
    amounts = np.array([[line["work"][name] for name in names] for line in lines]) / steps[:, None]
    times = np.array([line["nanoseconds"] for line in lines]) / steps
    # Scale columns to similar sizes for the solver.
    sizes = np.maximum(np.abs(amounts).max(axis=0), 1e-300)
    weights = np.ones(len(lines))
    for _ in range(20):
        scaled, _ = nnls(amounts / sizes * weights[:, None], times * weights)
        errors = np.abs(amounts / sizes @ scaled - times)
        # Huber's loss: quadratic for errors up to twice the median, linear beyond.
        weights = 1 / np.sqrt(np.maximum(1, errors / (2 * np.median(errors))))
    return dict(zip(names, scaled / sizes))


def fit_checkpoints(lines, constants):
    """The cost of a byte at checkpoints: the median of the residuals per byte, over ways with large maps at checkpoints."""
    def byte(line):
        left = line["nanoseconds"] - cost(line, constants | {"checkpointByte": 0})
        return left / line["work"]["checkpointByte"]

    large = [byte(line) for line in lines if line["work"]["checkpointByte"] >= LARGE]
    return max(0, statistics.median(large)) if large else constants["checkpointByte"]


def cost(line, constants):
    return sum(amount * constants[name] for name, amount in line["work"].items())


def print_errors(lines, constants):
    """Prints the errors for each kind of way."""
    print(f"\n{'errors':32s}{'ways':>8s}{'of the cost, median':>22s}{'90%':>8s}{'of a step, median':>20s}{'90%':>8s}")
    kinds = {
        "whole maps": lambda way: way == "whole",
        "crops": lambda way: way.startswith("crops") and not way.endswith("checkpoints"),
        "crops, checkpoints": lambda way: way.endswith("checkpoints")}
    for kind, belongs in {"all": lambda way: True, **kinds}.items():
        chosen = [line for line in lines if belongs(line["way"])]
        errors = np.array([abs(cost(line, constants) - line["nanoseconds"]) for line in chosen])
        of_cost = errors / [abs(line["nanoseconds"]) for line in chosen]
        of_step = errors / [step(line) for line in chosen]
        print(
            f"{kind:32s}{len(chosen):8d}{np.median(of_cost):22.1%}{np.quantile(of_cost, 0.9):8.1%}"
            f"{np.median(of_step):20.1%}{np.quantile(of_step, 0.9):8.1%}")


def print_choices(lines, rules):
    """Prints how good the choices of each rule are."""
    tasks = by_task(lines)
    print(
        f"\n{'choices in ' + str(len(tasks)) + ' tasks':32s}{'fastest':>10s}{'slowdown of a step, mean':>28s}"
        f"{'90%':>8s}{'maximum':>10s}")
    for name, rule in rules.items():
        slower = [step(min(ways, key=rule)) / min(map(step, ways)) for ways in tasks]
        fastest = statistics.mean(ratio <= SAME for ratio in slower)
        print(
            f"{name:32s}{fastest:10.0%}{statistics.mean(slower) - 1:28.1%}{np.quantile(slower, 0.9) - 1:8.1%}"
            f"{max(slower) - 1:10.0%}", flush=True)


def print_passes(lines, present):
    """Prints the slowdown of backward passes for pairs of limits, relative to the best number of crops for each task."""
    tasks = by_task(lines)

    def slower(limit, most):
        ratios = []
        for ways in tasks:
            def allowed(way):
                return way["together"] <= most and way["together"] * way["largestLevelBytes"] <= limit

            ways = sorted(ways, key=lambda way: way["together"])
            chosen = [way for way in ways if allowed(way)] or ways[:1]
            ratios.append(chosen[-1]["nanoseconds"] / min(way["nanoseconds"] for way in ways))
        return statistics.mean(ratios) - 1

    limits, mosts = [2 ** n for n in range(19, 27)], [64, 128, 256, 512, 1024]
    print(f"\n{f'mean slowdown in {len(tasks)} tasks':32s}" + "".join(f"{f'maximumCrops {most}':>18s}" for most in mosts))
    for limit in limits:
        print(f"{f'passBytes {limit / 2**20:g} MiB':32s}" + "".join(f"{slower(limit, most):18.1%}" for most in mosts))
    best = min(((slower(limit, most), limit, most) for limit in limits for most in mosts))
    print(
        f"In CostModel.swift: {present[0] / 2**20:g} MiB and {present[1]:g}, {slower(*present):.1%}; "
        f"best: {best[1] / 2**20:g} MiB and {best[2]}, {best[0]:.1%}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", default=5, type=int, help="minimum number of steps timed in each way")
    parser.add_argument("--threads", default=1, type=int, help="threads of a step; times are multiplied by their number")
    parser.add_argument("--quick", action="store_true", help="measure one task of ten")
    parser.add_argument("--write", action="store_true", help="write the fitted constants to CostModel.swift")
    parser.add_argument("--save", metavar="FILE", type=Path, help="save the measurements as lines of JSON")
    parser.add_argument("--load", metavar="FILE", type=Path, help="fit to saved measurements")
    parser.add_argument("--build", default=BUILD, type=Path, help="folder of TrainingBenchmark")
    options = parser.parse_args()
    if options.load:
        lines = [json.loads(line) for line in options.load.read_text().splitlines()]
    else:
        lines = measure(options.rounds, options.threads, 10 if options.quick else 1, options.build)
    if options.save:
        options.save.write_text("".join(json.dumps(line) + "\n" for line in lines))

    ways = [line for line in lines if not line["together"]]
    passes = [line for line in lines if line["together"]]
    text = MODEL.read_text()
    old = {name: constant(text, name) for name in ways[0]["work"]}
    names = sorted(old, key=lambda name: definition(name).search(text).start())
    # Maps at checkpoints cost most per byte if they do not fit into a cache. Only there a wrong choice matters, so the
    # constant is fitted only to such maps, after the others.
    new = fit(ways, names)
    new["checkpointByte"] = fit_checkpoints(ways, new)
    print(f"{'nanoseconds':32s}{'CostModel.swift':>18s}{'fitted':>14s}")
    for name in names:
        print(f"{name:32s}{swift(old[name]):>18s}{swift(new[name]):>14s}")
    print_errors(ways, new)
    print_choices(ways, {
        "fitted": lambda line: cost(line, new),
        "CostModel.swift": lambda line: cost(line, old),
        "always whole": lambda line: line["way"] != "whole"})
    print_passes(passes, (constant(text, "passBytes"), constant(text, "maximumCrops")))
    if options.write:
        for name in names:
            text = definition(name).sub(lambda found: found[1] + swift(new[name]), text)
        MODEL.write_text(text)


if __name__ == "__main__":
    main()
