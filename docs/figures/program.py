"""Textures from `gpgen`, as arrays, for the scripts of this folder."""

import subprocess
import tempfile
from pathlib import Path

import h5py


class Program:
    """Runs `gpgen`; what it writes is read and removed."""

    def __init__(self, path):
        self.path = path

    def textures(self, *options, recipe=None):
        """The pixels that `gpgen generate` makes with these options: (sample, x), (sample, y, x) or (sample, z, y, x).

        The recipe is YAML text; options override it.
        """
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "textures.h5"
            self.run("generate", *options, "--quiet", "--out", file, recipe=recipe)
            with h5py.File(file) as data:
                return next(data[name][...] for name in ("series", "image", "volume") if name in data)

    def forecast(self, *options, recipe=None):
        """What `gpgen generate --dry-run` prints."""
        return self.run("generate", *options, "--dry-run", "--out", "textures.h5", recipe=recipe)

    def run(self, *words, recipe=None):
        words = [str(word) for word in words] + ([] if recipe is None else ["--recipe", "-"])
        finished = subprocess.run([self.path, *words], input=recipe or "", capture_output=True, text=True)
        if finished.returncode != 0:
            raise SystemExit(f"{' '.join([self.path, *words])}: {finished.stderr}")
        return finished.stdout


def add_options(parser):
    """The option that says where the program is."""
    parser.add_argument("--gpgen", default="gpgen", help="the program (default: gpgen, on the path)")
