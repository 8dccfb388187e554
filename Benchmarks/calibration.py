"""Checks the calibration of the oracle's posteriors: classes with probability p should be true in a fraction p of cases.

    swift build -c release
    python3 Benchmarks/calibration.py [--samples 100000]

Needs h5py and NumPy. For each recipe, the posteriors of all textures and classes are sorted into bins, and the number
of true classes in each bin is compared with the sum of the probabilities. The exit status is 1 if any z-score, of a bin
or of the accuracy, is larger than a calibrated oracle gives in one of a hundred runs of this script (Bonferroni
correction).
"""

import argparse
import json
import math
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

GPGEN = Path(__file__).resolve().parent.parent / ".build" / "release" / "gpgen"
EDGES = (0, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97, 0.99, 0.999, 0.9999, 1)
RECIPES = {
    "two scales, 64 px, noise 3": "--size 64 --length-scales 3,4 --length-scales 10,14 --noise 3",
    "two scales, 32 px, no noise": "--size 32 --length-scales 3,3.05 --length-scales 8,16",
    "log-normal, 24 px": "--size 24 --length-scales 2,2.5 --length-scales 5,8 --noise 1.5 --transform lognormal",
    "open window, 16 px": "--size 16 --length-scales 2,2.1 --length-scales 4,8 --boundary open --noise 0.3",
    "half precision, 27 px": "--size 27 --length-scales 2,3 --noise 2 --dtype float16",
}
FALSE_ALARMS = 0.01


def posteriors(options, samples):
    with tempfile.TemporaryDirectory() as folder:
        recipe, out = Path(folder, "recipe.yaml"), Path(folder, "posteriors.h5")
        words = [GPGEN, "recipe", *options.split(), "--weights", ",".join("1" * options.count("--length-scales"))]
        recipe.write_text(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
        words = [GPGEN, "oracle", recipe, "--samples", str(samples), "--json", "--out", out]
        report = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
        with h5py.File(out) as file:
            return report, np.exp(file["log_posterior"][:]), file["label"][:]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", default=100_000, type=int)
    samples = parser.parse_args().samples
    tests = len(RECIPES) * len(EDGES)
    limit = statistics.NormalDist().inv_cdf(1 - FALSE_ALARMS / tests / 2)
    worst = 0
    for name, options in RECIPES.items():
        report, p, label = posteriors(options, samples)
        true = np.arange(p.shape[1]) == label[:, None]
        print(f"{name}: {samples} textures, accuracy {report['accuracy']:.5f} "
              f"({report['interval'][0]:.5f} to {report['interval'][1]:.5f}), expected {report['expected_accuracy']:.5f}")
        print(f"{'p from':>10} {'to':>8} {'number':>10} {'mean p':>12} {'true':>12} {'z-score':>11}")
        for low, high in zip(EDGES, EDGES[1:]):
            members = (p >= low) & ((p < high) | (high == 1))
            number, expected = members.sum(), p[members].sum()
            spread = math.sqrt((p[members] * (1 - p[members])).sum())
            if spread < 3:  # too few for a normal approximation
                continue
            z_score = (true[members].sum() - expected) / spread
            worst = max(worst, abs(z_score))
            print(f"{low:10g} {high:8g} {number:10d} {expected / number:12.6f} {true[members].mean():12.6f} {z_score:11.2f}")
        largest = p.max(axis=1)
        z_score = (report["accuracy"] - report["expected_accuracy"]) * samples / math.sqrt((largest * (1 - largest)).sum())
        worst = max(worst, abs(z_score))
        print(f"{'accuracy':>55} {z_score:11.2f}", flush=True)
    print(f"maximum |z-score|: {worst:.2f}, limit {limit:.2f}")
    sys.exit(1 if worst > limit else 0)


if __name__ == "__main__":
    main()
