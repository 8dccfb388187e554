"""Runs gpgen in a temporary folder and generates the datasets that the checks share."""

import json
import re
import signal
import subprocess
import time
from pathlib import Path

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"

SMALL = "--size 64 --length-scales 3,4 --length-scales 10,20 --weights 0.75,1.25 --seed 7 --samples 10"
RECIPES = {
    "shard": SMALL,
    "index": SMALL + " --shards 3",
    "half": SMALL + " --dtype float16 --shards 2",
    "odd": "--size 63 --length-scales 0.5,2 --length-scales 5 --length-scales 9.25,30 --weights 0.5,1,2"
    " --standardize --seed 9007199254740991 --samples 9",
    "odd-plain": "--size 27 --length-scales 0.5,1 --length-scales 6 --seed 4294967296 --samples 4",
    "standardized": "--size 48 --length-scales 0.5 --length-scales 7,40 --weights 2,1 --standardize --samples 4",
    "default": "--scales 3 --size 128 --samples 8",
    "tiny": "--size 8 --length-scales 1 --samples 3 --shards 3",
    "ensemble": "--size 64 --length-scales 3,4 --length-scales 8,12 --weights 0.75,1.25 --seed 11 --samples 1600",
    "modes": "--size 16 --length-scales 0.5 --seed 12 --samples 4000",
}
# Series, rectangles and volumes of odd, prime and mixed extents: recipes, and options that are not part of them.
FIELDS = {
    "series": (
        {
            "shape": [509], "samples": 6, "seed": 21, "weights": [1, 0.5],
            "length_scales": [[3, 5], [20]], "covariance": ["matern:nu=1.5", "exponential"],
        },
        "",
    ),
    "rectangle": (
        {
            "shape": [24, 37], "samples": 9, "seed": 22, "boundary": "open", "noise": 0.2, "dtype": "float16",
            "candidates": [
                [
                    {"covariance": "squared_exponential", "length_scale": 3},
                    {"covariance": "matern", "length_scale": 3, "nu": 2.5, "ratio": 0.5, "angle": 40},
                    {"covariance": "spherical", "length_scale": 8},
                ]
            ],
        },
        "--shards 2",
    ),
    "volume": (
        {
            "shape": [9, 16, 11], "samples": 8, "seed": 23, "transform": "lognormal", "weights": [1, 0.5],
            "candidates": [
                [
                    {"covariance": "matern", "length_scale": 1.5, "nu": 1.5},
                    {"covariance": "power_law", "beta": 2.5, "outer_scale": 10.5, "inner_scale": 2.5},
                ],
                [{"covariance": "squared_exponential", "length_scale": 2, "ratio": 0.5, "angle_2": 25}],
            ],
        },
        "--shards 3",
    ),
    "cube": ({"shape": [8, 8, 8], "samples": 6, "seed": 24, "length_scales": [[1, 2]], "standardize": True}, ""),
}  # fmt: skip
# All modes of eight scales: slow enough to be interrupted.
SLOW = "--size 512 --seed 3 --samples 150 --threads 1" + " --length-scales 0.5" * 8


class Fixture:
    def __init__(self, binary, folder):
        self.binary = binary
        self.folder = folder
        self.made = set()

    def gpgen(self, arguments, *paths):
        """Runs gpgen, expects success, and returns its standard output."""
        command = [self.binary, *arguments.split(), *map(str, paths)]
        run = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=60)
        assert run.returncode == 0, f"gpgen {arguments}: status {run.returncode}: {run.stderr.strip()}"
        return run.stdout

    def make(self, name, options):
        """Generates a dataset in a separate folder; returns the path of the shard or the index."""
        path = self.folder / name / "data.h5"
        if path not in self.made:
            path.parent.mkdir(exist_ok=True)
            self.gpgen(f"{options} --quiet --out", path)
            assert path.exists(), f"gpgen {options}: did not create {path.name}"
            self.made.add(path)
        return path

    def dataset(self, name):
        return self.make_recipe(name, *FIELDS[name]) if name in FIELDS else self.make(name, RECIPES[name])

    def make_recipe(self, name, recipe, options=""):
        """Generates a dataset from a recipe, which is written next to its folder."""
        path = self.folder / f"{name}.yaml"
        path.write_text(json.dumps(recipe))  # which is YAML too
        return self.make(name, f"--recipe {path} {options}")

    def embedding(self, name):
        """The extents of the torus that the open textures of a recipe are cut from."""
        text = self.gpgen(f"--recipe {name}.yaml --dry-run --out none.h5")
        return tuple(map(int, re.search(r"^embedding ([\d x]+),", text, re.MULTILINE)[1].split(" x ")))

    def files(self, *names):
        """All files of the named datasets; by default, of those for checks of the structure."""
        for name in names or ("shard", "index", "half", "odd", "default", "tiny", *FIELDS):
            yield from sorted(self.dataset(name).parent.glob("*.h5"))

    def inspect(self, path):
        return json.loads(self.gpgen("inspect --json", path))

    def interrupted(self, name="interrupted", options=SLOW):
        """Interrupts a run once it has two samples; returns the path of its output, its error messages and its status."""
        path = self.folder / name / "data.h5"
        path.parent.mkdir()
        command = [self.binary, *options.split(), "--out", str(path)]
        run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            # Stopped while it is inspected, so that it cannot end meanwhile on a slow machine.
            run.send_signal(signal.SIGSTOP)
            while self._finished(f"{path}.partial") < 2:
                assert run.poll() is None, "the run ended before it could be stopped"
                run.send_signal(signal.SIGCONT)
                time.sleep(0.02)
                run.send_signal(signal.SIGSTOP)
            run.send_signal(signal.SIGINT)
            run.send_signal(signal.SIGCONT)
            _, errors = run.communicate(timeout=60)
        finally:
            run.kill()
        return path, errors, run.returncode

    def _finished(self, path):
        command = [self.binary, "inspect", "--json", path]
        run = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return json.loads(run.stdout)["samples"]["finished"] if run.returncode == 0 else 0
