"""The package as a whole: its version, and what importing it imports."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import gpgen
import pytest

SETTINGS = Path(__file__).resolve().parents[1] / "pyproject.toml"


def modules_after(code, folder=None):
    """The modules that a new process has after some code."""
    path = os.pathsep.join(filter(None, [folder and str(folder), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys, json; print(json.dumps(list(sys.modules)))"], capture_output=True,
        text=True, check=True, env=os.environ | ({"PYTHONPATH": path} if path else {}))
    return set(json.loads(done.stdout))


def test_the_version_is_that_of_the_program():
    found = subprocess.run([gpgen._program.program(), "--version"], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == gpgen.__version__
    assert re.search(r'^version = "(.*)"$', SETTINGS.read_text(), re.MULTILINE)[1] == gpgen.__version__
    citation = (SETTINGS.parents[1] / "CITATION.cff").read_text()
    assert re.search(r"^version: (.*)$", citation, re.MULTILINE)[1] == gpgen.__version__


def test_importing_the_package_imports_little_beside_numpy(tmp_path):
    (tmp_path / "torch.py").write_text("raise RuntimeError('torch was imported')")
    new = modules_after("import gpgen", tmp_path) - modules_after("import numpy", tmp_path)
    assert "gpgen._stream" in new and not new & {"torch", "gpgen.torch", "subprocess", "h5py", "safetensors"}, new


@pytest.mark.parametrize("code", ["import gpgen; gpgen.torch", "import gpgen.torch", "from gpgen.torch import Textures"])
def test_without_pytorch_an_error_says_so(code):
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.modules['torch'] = None\n{code}"], capture_output=True, text=True)
    assert done.returncode == 1 and "gpgen.torch needs PyTorch" in done.stderr.splitlines()[-1], done.stderr


def test_other_attributes_are_none():
    with pytest.raises(AttributeError, match="no attribute 'tensorflow'"):
        gpgen.tensorflow
