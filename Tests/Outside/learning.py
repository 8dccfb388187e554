#!/usr/bin/env python3
"""What a default training learns: `python3 Tests/Outside/learning.py path/to/gpgen [seed ...]`; minutes on two cores.

Trains with the defaults on 400 textures of 256x256, four classes by two length scales of each of two scales, and holds
the accuracy on 400 textures of another seed against 90%: chance is 25%, its standard error here 1.5%.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

LEAST = 0.9
DATASET = "--length-scales 4,5 --length-scales 20,35 --size 256 --quiet"


def main():
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit("usage: learning.py path/to/gpgen [seed ...]")
    binary, seeds = str(Path(sys.argv[1]).resolve()), sys.argv[2:] or ["0"]
    with tempfile.TemporaryDirectory() as folder:

        def gpgen(arguments):
            command = [binary, *arguments.split()]
            return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout

        # A fifth of each class is set aside for validation.
        gpgen(f"{DATASET} --samples 500 --seed 1 --out train.h5")
        gpgen(f"{DATASET} --samples 400 --seed 2 --out test.h5")
        accuracies = []
        for seed in seeds:
            gpgen(f"train train.h5 --out run-{seed} --seed {seed} --quiet")
            report = json.loads(gpgen(f"evaluate run-{seed} test.h5 --json"))
            epochs = [json.loads(line) for line in Path(folder, f"run-{seed}", "metrics.jsonl").read_text().splitlines()]
            accuracies.append(report["classes"]["accuracy"])
            seconds = sum(epoch["seconds"] for epoch in epochs)
            print(f"seed {seed}: {accuracies[-1]:.1%} of held-out samples after {len(epochs)} epochs, {seconds:.0f} s")
    sys.exit(0 if all(accuracy >= LEAST for accuracy in accuracies) else 1)


if __name__ == "__main__":
    main()
