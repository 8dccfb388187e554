"""The documentation's snippets, with those that need PyTorch."""

import importlib.util
from pathlib import Path

import gpgen
import pages
import pytest

ROOT = Path(__file__).resolve().parents[3]
HAVE = {"torch"} | ({"torchdata"} if importlib.util.find_spec("torchdata") else set())


@pytest.mark.parametrize(("page", "least"), [("python.md", 5), ("streaming.md", 1), ("training.md", 1)])
def test_snippets_of_a_page(page, least, tmp_path):
    ran = pages.run(ROOT / "docs" / page, tmp_path, gpgen._program.program(), HAVE)
    assert sum("torch" in each.needs for each in ran) >= least
