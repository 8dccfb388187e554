"""Time and peak memory of a training step by mask probability, for gpgen and PyTorch: the figure in docs/backdrop.md.

    swift build -c release
    python3 -m venv .venv && .venv/bin/pip install torch numpy matplotlib
    .venv/bin/python Benchmarks/masks.py                     # measures, writes Benchmarks/masks.json, draws
    .venv/bin/python Benchmarks/masks.py --draw              # redraws the figure from masks.json

Run it on an idle machine. Both masks have the same probability, and every sample its own mask. Each point is a separate
process, as in Benchmarks/train.py; the processes take turns, and the figure shows medians over the rounds. "PyTorch" is
the straightforward step, "PyTorch, crops" is gpgen's method in PyTorch. PyTorch's times are for its fastest settings,
which keep freed memory. Its peaks are for the default allocator, which returns freed memory; they hardly vary, so one
round measures them.
"""

import argparse
import json
from pathlib import Path

from programs import BENCHMARKS, BUILD, PER_SAMPLE, gpgen, in_turn, plain, pytorch, pytorch_crops

PROBABILITIES = (0, 0.25, 0.5, 0.75, 0.85, 0.9, 0.95, 0.98)
KERNELS = (3, 2)
PICTURE = BENCHMARKS.parent / "Sources" / "Backdrop" / "Backdrop.docc" / "Resources" / "masks.png"
COLOURS = {"PyTorch": "#d55e00", "PyTorch, crops": "#009e73", "gpgen": "#0072b2"}
LINES = {3: "-", 2: "--"}


def measure(side, batch, rounds, build):
    commands, returning = {}, {}
    for probability in PROBABILITIES:
        for kernel in KERNELS:
            step = (side, batch, kernel, probability, probability, PER_SAMPLE)
            for program, command in (("PyTorch", pytorch(*step)), ("PyTorch, crops", pytorch_crops(*step))):
                commands[program, kernel, probability] = command
                returning[program, kernel, probability] = plain(command)
            commands["gpgen", kernel, probability] = gpgen(*step, build=build)
    figures = in_turn(commands, rounds)
    peaks = figures | in_turn(returning, 1)
    first = "PyTorch", KERNELS[0], PROBABILITIES[0]
    return {
        "side": side, "batch": batch, "axes": PER_SAMPLE, "rounds": rounds,
        "torch": figures[first]["way"], "torch_settings": figures[first]["settings"],
        "torch_before_bytes": peaks[first]["before_bytes"],
        "points": [
            {"program": program, "kernel": kernel, "probability": probability,
             "step": point["step"], "peak_bytes": peaks[program, kernel, probability]["peak_bytes"]}
            for (program, kernel, probability), point in figures.items()
        ],
    }


def draw(figures, path):
    # Imported here because a measuring process has to stay small, see `run` in programs.py.
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot, ticker

    pyplot.rcParams.update({"font.size": 13, "axes.spines.top": False, "axes.spines.right": False})
    picture, (times, peaks) = pyplot.subplots(1, 2, figsize=(8, 4.6), dpi=150)
    for axes, name, unit in ((times, "step", 1), (peaks, "peak_bytes", 1e6)):
        for program, colour in COLOURS.items():
            for kernel, line in LINES.items():
                points = [p for p in figures["points"] if (p["program"], p["kernel"]) == (program, kernel)]
                if not points:
                    continue
                axes.plot(
                    [1 - p["probability"] for p in points], [p[name] / unit for p in points], line, color=colour,
                    linewidth=2, marker="o", markersize=5, label=f"{program}, {kernel}x{kernel}")
        # Logarithmic in the fraction that the masks keep, since the work is proportional to it.
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.invert_xaxis()
        ticks = (0, 0.5, 0.75, 0.9, 0.95, 0.98)
        axes.set_xticks([1 - p for p in ticks], [f"{p:g}" for p in ticks])
        axes.xaxis.set_minor_locator(ticker.NullLocator())
        axes.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_locator(ticker.NullLocator())
        axes.grid(color="#dddddd", linewidth=0.8)
        axes.set_axisbelow(True)
        axes.set_xlabel("probability of both masks")
    peaks.axhline(
        figures["torch_before_bytes"] / 1e6, color="#555555", linewidth=1.5, linestyle=":",
        label="PyTorch before its first step")
    times.set_title(f"step at {figures['side']} px, ms an image", fontsize=14, loc="left")
    peaks.set_title(f"peak memory, batch of {figures['batch']}, MB", fontsize=14, loc="left")
    handles, labels = peaks.get_legend_handles_labels()
    picture.legend(handles, labels, loc="lower center", ncols=3, frameon=False, fontsize=11, columnspacing=1.5)
    picture.tight_layout(rect=(0, 0.18, 1, 1))
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(path, metadata={"Software": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", default=1024, type=int)
    parser.add_argument("--batch", default=4, type=int)
    parser.add_argument("--rounds", default=5, type=int)
    parser.add_argument("--draw", action="store_true", help="draw without measuring")
    parser.add_argument("--figures", default=BENCHMARKS / "masks.json", type=Path)
    parser.add_argument("--out", default=PICTURE, type=Path, help="output picture (.png)")
    parser.add_argument("--build", default=BUILD, type=Path, help="folder of gpgen and TrainingBenchmark")
    options = parser.parse_args()
    if not options.draw:
        figures = measure(options.side, options.batch, options.rounds, options.build)
        points = ",\n    ".join(map(json.dumps, figures.pop("points")))
        options.figures.write_text(json.dumps(figures)[:-1] + f',\n  "points": [\n    {points}\n  ]}}\n')
    draw(json.loads(options.figures.read_text()), options.out)


if __name__ == "__main__":
    main()
