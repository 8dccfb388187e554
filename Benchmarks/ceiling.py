"""A network's accuracy and the best possible accuracy, as a function of the noise: the figure in docs/truth.md.

    swift build -c release
    python3 -m venv .venv && .venv/bin/pip install matplotlib
    .venv/bin/python Benchmarks/ceiling.py                   # trains, writes Benchmarks/ceiling.json, draws
    .venv/bin/python Benchmarks/ceiling.py --draw            # redraws the figure from ceiling.json

The textures have 64 x 64 pixels and two scales: 3 or 4 px, and 10 or 14 px. For each standard deviation of the white
noise, the reference network is trained from scratch, with and without masks, on textures generated on the fly. Then it
and the oracle classify the same textures of another seed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent
GPGEN = BENCHMARKS.parent / ".build" / "release" / "gpgen"
PICTURE = BENCHMARKS.parent / "docs" / "figures" / "ceiling.png"
FIELD = ["--size", 64, "--length-scales", "3,4", "--length-scales", "10,14"]
NOISE = (0.25, 0.5, 1, 2, 3, 5)
NETWORKS = {"masks 0.85 / 0.75": [], "no masks": ["--fine-mask", 0, "--coarse-mask", 0]}
SCALES = ("3 or 4 px", "10 or 14 px")


def gpgen(*words):
    done = subprocess.run([GPGEN, *map(str, words)], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"gpgen {' '.join(map(str, words))}: exit status {done.returncode}")
    return done.stdout


def measure(options):
    points = []
    for noise in NOISE:
        with tempfile.TemporaryDirectory() as folder:
            train, test = Path(folder, "train.yaml"), Path(folder, "test.yaml")
            field = [*FIELD, "--noise", noise]
            train.write_text(gpgen("recipe", *field, "--samples", options.train_samples))
            test.write_text(gpgen("recipe", *field, "--samples", options.test_samples, "--seed", 1))
            oracle = json.loads(gpgen("oracle", test, "--json"))
            point = {"noise": noise, "oracle": {name: oracle[name] for name in ("accuracy", "interval", "scale_accuracy")}}

            def trained(network):
                name, masks = network
                run = Path(folder, name.replace(" ", "").replace("/", "-"))
                gpgen(
                    "train", train, "--out", run, "--epochs", options.epochs, "--schedule", "cosine",
                    "--validation-fraction", 0, "--threads", 1, *masks, "--quiet")
                report = json.loads(gpgen("evaluate", run, test, "--split", "all", "--json", "--quiet"))["classes"]
                return name, {key: report[key] for key in ("accuracy", "scale_accuracy")}

            with ThreadPoolExecutor(len(NETWORKS)) as pool:
                point.update(pool.map(trained, NETWORKS.items()))
            print(json.dumps(point), flush=True)
            points.append(point)
    return {
        "train_samples": options.train_samples, "test_samples": options.test_samples, "epochs": options.epochs,
        "points": points}


def draw(figures, path):
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    pyplot.rcParams.update({"font.size": 12, "axes.spines.top": False, "axes.spines.right": False})
    picture, panels = pyplot.subplots(1, 3, figsize=(10, 3.8), dpi=150, sharey=True)
    noise = [point["noise"] for point in figures["points"]]
    colours = {"masks 0.85 / 0.75": "#0072b2", "no masks": "#d55e00"}
    for panel, title, pick in (
        (panels[0], "four classes", lambda report: report["accuracy"]),
        (panels[1], f"fine scale, {SCALES[0]}", lambda report: report["scale_accuracy"][0]),
        (panels[2], f"coarse scale, {SCALES[1]}", lambda report: report["scale_accuracy"][1]),
    ):
        panel.plot(
            noise, [pick(point["oracle"]) for point in figures["points"]], color="black", linewidth=2.5,
            label="best possible (oracle)")
        for name, colour in colours.items():
            panel.plot(
                noise, [pick(point[name]) for point in figures["points"]], color=colour, marker="o", linewidth=1.8,
                linestyle="-" if name != "no masks" else "--", label=f"network, {name}")
        panel.axhline(0.25 if panel is panels[0] else 0.5, color="#777777", linewidth=1, linestyle=":", label="chance")
        panel.set_title(title, fontsize=12, loc="left")
        panel.set_xlabel("noise, standard deviation")
        panel.grid(color="#dddddd", linewidth=0.8)
        panel.set_axisbelow(True)
    panels[0].set_ylim(0.2, 1.02)
    panels[0].set_ylabel("accuracy")
    handles, labels = panels[0].get_legend_handles_labels()
    picture.legend(handles, labels, loc="lower center", ncols=4, frameon=False, fontsize=11)
    picture.tight_layout(rect=(0, 0.09, 1, 1))
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(path, metadata={"Software": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train-samples", default=3000, type=int)
    parser.add_argument("--test-samples", default=2000, type=int)
    parser.add_argument("--epochs", default=20, type=int)
    parser.add_argument("--draw", action="store_true", help="draw without measuring")
    parser.add_argument("--figures", default=BENCHMARKS / "ceiling.json", type=Path)
    parser.add_argument("--out", default=PICTURE, type=Path, help="output picture (.png)")
    options = parser.parse_args()
    if not options.draw:
        options.figures.write_text(json.dumps(measure(options), indent=2) + "\n")
    draw(json.loads(options.figures.read_text()), options.out)


if __name__ == "__main__":
    main()
