"""The figures of docs/experiments.md, from the committed results.

    python3 -m venv .venv && .venv/bin/pip install matplotlib pillow
    .venv/bin/python docs/figures/experiments.py             # for all experiments with results
    .venv/bin/python docs/figures/experiments.py masks       # for one
"""

import argparse
import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
from matplotlib import ticker

from style import COLOURS, MARKERS, decorate, pyplot, save

FIGURES = Path(__file__).resolve().parent
RESULTS = FIGURES.parents[1] / "experiments" / "results"


class Estimate:
    """A mean over seeds and the ends of its interval, in percent."""

    def __init__(self, row, value="mean", low="low", high="high"):
        self.mean, self.low, self.high = (100 * float(row[name] or row[value]) for name in (value, low, high))

    @property
    def bars(self):
        return [[self.mean - self.low], [self.high - self.mean]]


class Results:
    """The summary of one metric of an experiment."""

    def __init__(self, name, metric="accuracy"):
        with open(RESULTS / name / "summary.csv", newline="") as file:
            self.rows = [row for row in csv.DictReader(file) if row["metric"] == metric]
        self.methods = list(dict.fromkeys(row["method"] for row in self.rows))
        self.datasets = list(dict.fromkeys(row["dataset"] for row in self.rows))

    def select(self, **wanted):
        """The rows with these values."""
        return [row for row in self.rows if all(row[key] == value for key, value in wanted.items())]

    def row(self, **wanted):
        (row,) = self.select(**wanted)
        return row

    def ceiling(self, **wanted):
        return 100 * float(self.select(**wanted)[0]["ceiling"])


def lines(axes, results, x, names, **wanted):
    """Means with intervals over a column, a line for each method, shifted so that intervals do not hide each other."""
    for index, (method, name) in enumerate(names.items()):
        rows = results.select(method=method, **wanted)
        places = np.array([float(row[x]) for row in rows]) * 1.03 ** (index - (len(names) - 1) / 2)
        estimates = [Estimate(row) for row in rows]
        bars = np.hstack([estimate.bars for estimate in estimates])
        axes.errorbar(
            places, [estimate.mean for estimate in estimates], bars, color=COLOURS[index], marker=MARKERS[index],
            markersize=6, capsize=3, linewidth=1.6, label=name)


def limit(axes, results, across=False, **wanted):
    """Draws the best possible value as a horizontal line, or as a vertical one if `across`."""
    line = axes.axvline if across else axes.axhline
    line(results.ceiling(**wanted), color="#555555", linestyle="--", linewidth=1.2, label="best possible")


def dots(axes, results, names, value=("mean", "low", "high"), index=0, shift=0.0, label=None, **wanted):
    """An estimate for each method, from top to bottom."""
    for place, method in enumerate(names):
        row = results.row(method=method, **wanted)
        if not row[value[0]]:
            continue
        estimate = Estimate(row, *value)
        axes.errorbar(
            estimate.mean, place + shift, xerr=estimate.bars, color=COLOURS[index], marker=MARKERS[index], markersize=6,
            capsize=3, linewidth=1.4, label=label if place == len(names) - 1 else None)
    axes.set_yticks(range(len(names)), names.values())
    axes.set_ylim(len(names) - 0.5, -0.5)


DIFFERENCE = ("difference", "difference_low", "difference_high")
TWO_SCALE = {
    "none": "none", "coarse": "coarse mask 0.95", "both": "masks 0.85 and 0.95", "fine": "fine mask 0.85",
    "flip_turn": "flips and turns", "crop": "crops of 48 px", "dropout": "dropout", "weight_decay": "weight decay",
}


def two_scale():
    results = Results("two-scale")
    figure, panels = pyplot.subplots(
        2, len(results.datasets), figsize=(12, 10), height_ratios=(1, 1.15), squeeze=False, layout="constrained")
    few = {name: TWO_SCALE[name] for name in ("none", "coarse", "both", "flip_turn")}
    rest = {name: text for name, text in TWO_SCALE.items() if name != "none"}
    sizes = list(dict.fromkeys(row["samples"] for row in results.rows))
    for (above, below), dataset in zip(panels.T, results.datasets):
        lines(above, results, "samples", few, dataset=dataset)
        limit(above, results, dataset=dataset)
        over_counts(above, sizes)
        decorate(above, f"{dataset}: accuracy, %", "training textures")
        for index, size in enumerate(sizes):
            dots(
                below, results, rest, DIFFERENCE, index + 1, 0.22 * (index - (len(sizes) - 1) / 2),
                f"{int(size):,} training textures", dataset=dataset, samples=size)
        below.axvline(0, color="#555555", linewidth=1)
        decorate(below, f"{dataset}: gain over no method", "percentage points")
    panels[0][-1].legend(loc="lower right", fontsize=10, frameon=False)
    panels[1][-1].legend(loc="upper right", fontsize=10, frameon=False)
    save(figure, FIGURES / "experiment-two-scale.png")


def legend_below(figure, axes, columns):
    """Draws the legend of a panel below all panels."""
    figure.legend(
        *axes.get_legend_handles_labels(), loc="outside lower center", ncols=columns, fontsize=10, frameon=False)


def over_counts(axes, counts):
    """Makes the horizontal axis logarithmic, with only the given ticks."""
    axes.set_xscale("log")
    axes.set_xticks([float(count) for count in counts], [f"{int(count):,}" for count in counts])
    axes.xaxis.set_minor_locator(ticker.NullLocator())


def masks():
    figure, panels = pyplot.subplots(1, 3, figsize=(13, 4.6), layout="constrained")
    for axes, (metric, title) in zip(panels, {
        "accuracy": "four classes", "scale_accuracy_0": "fine scale", "scale_accuracy_1": "coarse scale",
    }.items()):
        results = Results("masks", metric)
        places = defaultdict(dict)
        for row in results.rows:
            fine, coarse = (float(part.split("-")[1]) for part in row["method"].split("_mask")[1:] for part in [part.split("_")[0]])
            places[fine][coarse] = Estimate(row)
        fines, coarses = sorted(places), sorted(places[min(places)])
        means = np.array([[places[fine][coarse].mean for coarse in coarses] for fine in fines])
        axes.imshow(means, cmap="Blues", vmin=40, vmax=110, origin="lower")
        for y, fine in enumerate(fines):
            for x, coarse in enumerate(coarses):
                estimate = places[fine][coarse]
                axes.text(x, y + 0.08, f"{estimate.mean:.1f}", ha="center", va="center", fontsize=13)
                axes.text(
                    x, y - 0.25, f"± {estimate.high - estimate.mean:.1f}", ha="center", va="center", fontsize=9,
                    color="#333333")
        axes.set_xticks(range(len(coarses)), [f"{value:g}" for value in coarses])
        axes.set_yticks(range(len(fines)), [f"{value:g}" for value in fines])
        axes.set_ylabel("fine mask")
        decorate(axes, f"{title}: accuracy, %", "coarse mask")
        axes.grid(False)
    save(figure, FIGURES / "experiment-masks.png")


METHODS = {
    "none": "none", "dropout": "dropout", "weight_decay": "weight decay", "crop": "crops of 48 px", "flip": "flips",
    "turn": "turns", "roll": "rolls", "flip_turn_roll": "flips, turns and rolls", "weak": "masks 0.85 and 0.75",
    "weak_shared": "masks 0.85 and 0.75, shared", "strong": "masks 0.85 and 0.95",
    "weak_flip_turn_roll": "masks 0.85 and 0.75,\nflips, turns and rolls",
    "strong_shared": "masks 0.85 and 0.95, shared",
    "strong_flip_turn_roll": "masks 0.85 and 0.95,\nflips, turns and rolls", "sbp": "SBP 1/4, grid",
    "sbp_random": "SBP 1/16, random", "meprop": "meProp",
}


def methods():
    figure, panels = pyplot.subplots(1, 2, figsize=(13, 7), sharey=True, layout="constrained")
    results = Results("methods")
    dots(panels[0], results, METHODS, index=2)
    dots(panels[1], results, METHODS, DIFFERENCE, 2)
    limit(panels[0], results, across=True)
    panels[1].axvline(0, color="#555555", linewidth=1)
    decorate(panels[0], "accuracy, %; dashed: best possible", "percent")
    decorate(panels[1], "gain over training without any method", "percentage points")
    save(figure, FIGURES / "experiment-methods.png")


def steps():
    figure, panels = pyplot.subplots(1, 2, figsize=(12, 5), sharey=True, layout="constrained")
    results = Results("steps")
    names = {method: TWO_SCALE.get(method, method.upper()) for method in results.methods}
    counts = list(dict.fromkeys(row["steps"] for row in results.rows))
    for axes, budget, title, below in (
        (panels[0], "steps", "at equal steps", "steps"), (panels[1], "cost", "at equal cost", "steps of the baseline"),
    ):
        lines(axes, results, "steps", names, budget=budget)
        limit(axes, results)
        over_counts(axes, counts)
        decorate(axes, f"accuracy, %, {title}", below)
        # Intervals of three seeds reach beyond what an accuracy can be.
        axes.set_ylim(0, 105)
    legend_below(figure, panels[0], columns=5)
    save(figure, FIGURES / "experiment-steps.png")


def ceiling():
    names = {"none": "none", "both": "masks 0.85 and 0.95", "flip_turn_roll": "flips, turns and rolls"}
    figure, panels = pyplot.subplots(1, 3, figsize=(13, 4.8), sharey=True, layout="constrained")
    for axes, (metric, title) in zip(panels, {
        "accuracy": "four classes", "scale_accuracy_0": "fine scale", "scale_accuracy_1": "coarse scale",
    }.items()):
        results = Results("ceiling", metric)
        noise = [float(name.removeprefix("noise-")) for name in results.datasets]
        axes.plot(
            noise, [results.ceiling(dataset=name) for name in results.datasets], color="#555555", linestyle="--",
            label="best possible")
        for index, method in enumerate(results.methods):
            estimates = [Estimate(results.row(method=method, dataset=name)) for name in results.datasets]
            axes.errorbar(
                np.array(noise) + 0.05 * (index - 1), [estimate.mean for estimate in estimates],
                np.hstack([estimate.bars for estimate in estimates]), color=COLOURS[index + 1], marker=MARKERS[index],
                capsize=3, label=names[method])
        decorate(axes, f"{title}: accuracy, %", "standard deviation of the noise")
    panels[0].legend(fontsize=10, frameon=False)
    save(figure, FIGURES / "experiment-ceiling.png")


def auc():
    figure, panels = pyplot.subplots(1, 2, figsize=(12, 4), sharey=True, layout="constrained")
    results = Results("auc", "roc_auc")
    names = {method: method.replace("_", " ") for method in results.methods}
    dots(panels[0], results, names, index=2)
    dots(panels[1], results, names, DIFFERENCE, 2)
    panels[1].axvline(0, color="#555555", linewidth=1)
    decorate(panels[0], "ROC AUC, %", "percent")
    decorate(panels[1], f"gain over {names[results.rows[-1]['baseline']]}", "percentage points")
    save(figure, FIGURES / "experiment-auc.png")


def large():
    """Both experiments with textures larger than 64 px: accuracy per scale."""
    figure, panels = pyplot.subplots(1, 2, figsize=(12, 3.4), layout="constrained")
    for axes, name, title, methods in (
        (panels[0], "larger", "256 x 256: accuracy, %", {
            "none": "none", "coarse": "coarse mask 0.95", "both": "masks 0.85 and 0.95"}),
        (panels[1], "paper", "1024 x 1024: accuracy, %", {
            "none": "none", "weak": "masks 0.85 and 0.75", "strong": "masks 0.85 and 0.95"}),
    ):
        for index, label in enumerate(("fine scale", "coarse scale")):
            results = Results(name, f"scale_accuracy_{index}")
            dots(axes, results, methods, index=index + 1, shift=0.24 * (index - 0.5), label=label)
        axes.axvline(50, color="#555555", linestyle=":", linewidth=1.2, label="guessing")
        # Intervals of three seeds reach beyond what an accuracy can be.
        axes.set_xlim(0, 105)
        decorate(axes, title, "percent")
    legend_below(figure, panels[0], columns=3)
    save(figure, FIGURES / "experiment-large.png")


DRAWN = {
    "two-scale": two_scale, "masks": masks, "methods": methods, "steps": steps, "ceiling": ceiling, "auc": auc,
    "paper": large,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*DRAWN, []], help="the experiments (default: all with results)")
    for name in parser.parse_args().names or [name for name in DRAWN if (RESULTS / name).is_dir()]:
        DRAWN[name]()


if __name__ == "__main__":
    main()
