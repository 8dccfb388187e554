#!/usr/bin/env python3
"""The training quick start: `python3 Tests/Outside/learning.py path/to/gpgen [--defaults first|paper] [seed ...]`.

Runs the quick start of docs/training.md with the training seeds 0, 1 and 2, a few minutes on two cores, and requires an
accuracy above 95% on 400 independent samples each time: chance is 25%, and the standard error at 95% is 1.1%.
With --defaults, it trains with the default options on the dataset of the README's first command, or on the paper's, and
only reports the accuracy on 400 samples of another seed. That takes nearly an hour for each training seed.
"""

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "training.md"
REQUIRED = 0.95
DATASETS = {"first": "--scales 2", "paper": "--preset backdrop-2018"}
DEFAULTS = """\
gpgen {dataset} --out data.h5
gpgen {dataset} --samples 400 --seed 1 --out test.h5
gpgen train data.h5 --out run/
gpgen evaluate run/ test.h5
"""


def quick_start():
    block = re.search(r"<!-- quick start -->\n```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert block, f"{PAGE.name} has no block marked \"quick start\""
    return block.group(1)


def accuracy_of(commands, binary, seed):
    """Runs the lines of a shell script in a temporary folder; returns the accuracy that the last one reports."""
    with tempfile.TemporaryDirectory() as folder:
        report = None
        for line in commands.splitlines():
            program, *arguments = shlex.split(line, comments=True)
            assert program == "gpgen", f"expected a call of gpgen, found {program}: {line}"
            if arguments[0] == "train":
                arguments += ["--seed", str(seed)]
            arguments += ["--json"] if arguments[0] == "evaluate" else ["--quiet"]
            run = subprocess.run([binary, *arguments], cwd=folder, capture_output=True, text=True)
            assert run.returncode == 0, f"{line}: status {run.returncode}: {run.stderr.strip()}"
            report = run.stdout
        lines = Path(folder, "run", "metrics.jsonl").read_text().splitlines()
        seconds = sum(json.loads(line)["seconds"] for line in lines)
        accuracy = json.loads(report)["classes"]["accuracy"]
        print(f"seed {seed}: test accuracy {accuracy:.1%}, {len(lines)} epochs in {seconds:.0f} s", flush=True)
        return accuracy


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gpgen", type=Path)
    parser.add_argument("--defaults", choices=DATASETS)
    parser.add_argument("seeds", nargs="*", type=int, metavar="seed")
    options = parser.parse_intermixed_args()
    if not os.access(options.gpgen, os.X_OK):
        parser.error(f"{options.gpgen} is not an executable file")
    commands = DEFAULTS.format(dataset=DATASETS[options.defaults]) if options.defaults else quick_start()
    seeds = options.seeds or ([0] if options.defaults else [0, 1, 2])
    accuracies = [accuracy_of(commands, str(options.gpgen.resolve()), seed) for seed in seeds]
    sys.exit(0 if options.defaults or min(accuracies) > REQUIRED else 1)


if __name__ == "__main__":
    main()
