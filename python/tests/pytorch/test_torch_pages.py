"""The documentation's snippets, with those that need PyTorch."""

import importlib.util
import subprocess
from pathlib import Path

import gpgen
import pages

ROOT = Path(__file__).resolve().parents[3]
HAVE = {"torch"} | ({"torchdata"} if importlib.util.find_spec("torchdata") else set())


def test_snippets_of_the_python_page(tmp_path):
    program = gpgen._program.program()
    ran = pages.run(ROOT / "docs" / "python.md", tmp_path, program, HAVE)
    assert sum("torch" in each.needs for each in ran) >= 5


def test_python_snippets_of_the_readme(tmp_path):
    program = gpgen._program.program()
    gpgen.generate(tmp_path / "data.h5", scales=2, size=64, samples=20)
    # As the README's shell snippet does, with fewer epochs.
    subprocess.run([program, "train", "data.h5", "--out", "run", "--epochs", "1", "--quiet"], cwd=tmp_path, check=True)
    ran = pages.run(ROOT / "README.md", tmp_path, program, HAVE, {"python"})
    assert sum("torch" in each.needs for each in ran) >= 2
