"""Textures from `gpgen` as arrays, for the scripts in this folder."""

import subprocess
import tempfile
from pathlib import Path

import h5py


class Program:
    """Runs `gpgen`, and reads and removes its files."""

    def __init__(self, path):
        self.path = path

    def textures(self, *options, recipe=None):
        """Pixels from `gpgen generate` with these options, shape (sample, x), (sample, y, x) or (sample, z, y, x).

        The recipe is YAML text; options override it.
        """
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "textures.h5"
            self.run("generate", *options, "--quiet", "--out", file, recipe=recipe)
            with h5py.File(file) as data:
                return next(data[name][...] for name in ("series", "image", "volume") if name in data)

    def forecast(self, *options, recipe=None):
        """The output of `gpgen generate --dry-run`."""
        return self.run("generate", *options, "--dry-run", "--out", "textures.h5", recipe=recipe)

    def run(self, *words, recipe=None):
        words = [str(word) for word in words] + ([] if recipe is None else ["--recipe", "-"])
        finished = subprocess.run([self.path, *words], input=recipe or "", capture_output=True, text=True)
        if finished.returncode != 0:
            raise SystemExit(f"{' '.join([self.path, *words])}: {finished.stderr}")
        return finished.stdout


def add_options(parser):
    """Adds the option for the path of the program."""
    parser.add_argument("--gpgen", default="gpgen", help="the program (default: gpgen, on the path)")
