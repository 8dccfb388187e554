"""The snippets of the documentation that need neither PyTorch nor Hugging Face's datasets, and the code that runs snippets."""

import shutil
from pathlib import Path

import gpgen
import pages
import pytest

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
# Not the command reference: the Swift tests generate it, and parse its examples.
PAGES = [
    README, ROOT / "CONTRIBUTING.md", ROOT / "python" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# What snippets may need. Some test has each: torch and torchdata in `pytorch/`, datasets in `huggingface/`.
KNOWN = {"torch", "torchdata", "datasets", "xarray", "R"}
LANGUAGES = {"python", "sh", "yaml", "c", "r", *pages.NOT_RUN_HERE}


def program():
    return gpgen._program.program()


def name(page):
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_snippets_of_a_page(page, tmp_path):
    if page == README:
        # The README's first command, which .ci/run runs, makes data.h5 of 1024 x 1024; this one is smaller.
        gpgen.generate(tmp_path / "data.h5", scales=2, size=64, samples=20)
    expected = [each for each in pages.snippets(page) if each.is_run and each.needs <= {"xarray"}]
    assert pages.run(page, tmp_path, program(), {"xarray"}) == expected


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_r_snippets(tmp_path, monkeypatch):
    monkeypatch.setenv("GPGEN_HEADERS", str(ROOT / "Sources" / "CGpgen" / "include"))
    ran = pages.run(ROOT / "docs" / "python.md", tmp_path, program(), {"R"})
    assert {"c", "r"} <= {each.language for each in ran}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_snippet_is_run_or_says_why_not(page):
    for snippet in pages.snippets(page):
        assert snippet.language in LANGUAGES or not snippet.is_run, snippet
        assert snippet.needs <= KNOWN, snippet
        if snippet.marker and not snippet.needs:
            assert snippet.marker in pages.RUN_BY_CI | {"quick start"} or snippet.marker.startswith("not run: "), snippet


def test_there_are_pages_with_snippets():
    assert len(PAGES) > 12
    assert sum(len(pages.snippets(page)) for page in PAGES) > 60


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
