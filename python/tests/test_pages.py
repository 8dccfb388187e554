"""The snippets of the documentation that need neither PyTorch nor Hugging Face's datasets, and what runs snippets."""

import shutil
from pathlib import Path

import gpgen
import pages
import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / "docs" / "python.md"
README = ROOT / "README.md"
# What snippets may need; each is run by some test: torch and torchdata in `pytorch/`, datasets in `huggingface/`.
KNOWN = {"torch", "torchdata", "datasets", "xarray", "R"}


def program():
    return gpgen._program.program()


def test_snippets_of_the_python_page(tmp_path):
    assert len(pages.run(PYTHON, tmp_path, program(), {"xarray"})) >= 12


def test_python_snippets_of_the_readme(tmp_path):
    # The README's first command makes data.h5 of 1024 x 1024; this one is smaller.
    gpgen.generate(tmp_path / "data.h5", scales=2, size=64, samples=20)
    assert len(pages.run(README, tmp_path, program(), {"xarray"}, {"python"})) >= 3


def test_the_snippet_of_the_packages_readme(tmp_path):
    assert len(pages.run(ROOT / "python" / "README.md", tmp_path, program())) == 1


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_r_snippets(tmp_path, monkeypatch):
    monkeypatch.setenv("GPGEN_HEADERS", str(ROOT / "Sources" / "CGpgen" / "include"))
    ran = pages.run(PYTHON, tmp_path, program(), {"R"})
    assert {"c", "r"} <= {each.language for each in ran}


@pytest.mark.parametrize("page", [PYTHON, README, ROOT / "python" / "README.md"])
def test_every_python_snippet_is_run_by_some_test(page):
    for snippet in pages.snippets(page):
        assert snippet.needs <= KNOWN, snippet
        assert snippet.language != "python" or snippet.is_run, snippet
        assert not snippet.marker or snippet.needs or not snippet.is_run or snippet.language == "sh", snippet


def test_what_runs_snippets_finds_what_is_wrong(tmp_path):
    page = tmp_path / "page.md"
    for text, error in [
        ("```python\nx = 1\n\nx + 1    # 3\n```\n", "page.md:4: found 2, the page says 3"),
        ("```sh\nfalse\n```\n", "page.md:2: status 1"),
        ("```sh\ncat none.h5\n```\n", "none.h5"),
        ("```c\nint x;\n```\n", "no name of a file"),
    ]:
        page.write_text(text)
        folder = tmp_path / str(abs(hash(text)))
        folder.mkdir()
        with pytest.raises(AssertionError, match=error):
            pages.run(page, folder, program())
    page.write_text("<!-- needs: torch -->\n```python\n1 / 0\n```\n```python\ny = 2\ny    # 2\n```\n")
    (tmp_path / "last").mkdir()
    assert [each.line for each in pages.run(page, tmp_path / "last", program())] == [6]
