"""Runs the snippets of a Markdown page in order, as a reader does who copies one after another.

A page's Python snippets share their names, and all its snippets share one folder, which is empty at first. So no snippet can
use a file that no earlier one made. A comment on the line before a snippet says more about it:

    <!-- needs: torch -->       run where the caller has torch
    <!-- not run: the reason -->
    <!-- run -->                or test, or outside: .ci/run runs it

A Python line that is an expression with a comment, such as `len(data)    # 400`, has the value in the comment; if the value
is None, as that of `close()    # done`, the comment can say anything. Shell snippets run in bash and end at the first
command that fails. Snippets in other languages are files, whose first line has their name. Swift snippets are compiled by
the Swift tests; `text` is not code.
"""

import ast
import os
import re
import subprocess
import types
import unittest.mock
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(r"^(?:<!-- ([^\n]*) -->\n)?```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RUN_BY_CI = {"run", "test", "outside"}
NOT_RUN_HERE = {"swift", "text"}


@dataclass(frozen=True)
class Snippet:
    """A snippet of a page."""

    page: Path
    line: int
    """Of its first line, from 1."""
    language: str
    marker: str
    """The comment before it."""
    text: str

    @property
    def needs(self) -> set[str]:
        """The names after `needs:`."""
        return set(self.marker.removeprefix("needs: ").split(", ")) if self.marker.startswith("needs: ") else set()

    @property
    def is_run(self) -> bool:
        """Whether `run` runs it."""
        return not (
            self.marker.startswith("not run: ") or self.marker in RUN_BY_CI or self.language in NOT_RUN_HERE)


def snippets(page: Path) -> list[Snippet]:
    """All snippets of a page."""
    text = page.read_text()
    return [
        Snippet(page, text[: block.start(3)].count("\n") + 1, block[2], block[1] or "", block[3])
        for block in BLOCK.finditer(text)]


def run(page: Path, folder: Path, program: str, have: set[str] = frozenset()) -> list[Snippet]:
    """Runs a page's snippets in a folder.

    Args:
        program: the program that the snippets call `gpgen`.
        have: what the snippets may need; those that need something else are left out.

    Returns:
        The snippets that were run.

    Raises:
        AssertionError: if a value differs from its comment, or a command fails.
        Exception: that of a snippet; its traceback has the page's lines.
    """
    bin = folder / "bin"
    bin.mkdir()
    (bin / "gpgen").symlink_to(Path(program).resolve())
    path = f"{bin}{os.pathsep}{os.environ['PATH']}"
    module = types.ModuleType("page")
    chosen = [each for each in snippets(page) if each.is_run and each.needs <= set(have)]
    start = os.getcwd()
    os.chdir(folder)
    try:
        with unittest.mock.patch.dict(os.environ, {"PATH": path}):
            for snippet in chosen:
                run_snippet(snippet, module)
    finally:
        os.chdir(start)
    return chosen


def run_snippet(snippet: Snippet, module: types.ModuleType) -> None:
    """Runs a snippet in the current folder; Python's names are those of the module."""
    if snippet.language == "python":
        run_python(snippet, module)
    elif snippet.language == "sh":
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", snippet.text], capture_output=True, text=True)
        assert done.returncode == 0, f"{snippet.page.name}:{snippet.line}: status {done.returncode}: {done.stderr[-2000:]}"
    else:
        name = re.search(r"[\w.-]+\.\w+", snippet.text.splitlines()[0])
        assert name, f"{snippet.page.name}:{snippet.line}: the first line has no name of a file"
        Path(name[0]).write_text(snippet.text)


def run_python(snippet: Snippet, module: types.ModuleType) -> None:
    """Runs a snippet and compares its values with its comments."""
    lines = snippet.text.splitlines()
    # Tracebacks show the page and its line.
    tree = ast.parse("\n" * (snippet.line - 1) + snippet.text, str(snippet.page))
    for statement in tree.body:
        if not isinstance(statement, ast.Expr):
            exec(compile(ast.Module([statement], []), str(snippet.page), "exec"), module.__dict__)
            continue
        value = eval(compile(ast.Expression(statement.value), str(snippet.page), "eval"), module.__dict__)
        comment = lines[statement.end_lineno - snippet.line][statement.end_col_offset :].strip()
        if value is not None and comment.startswith("# "):
            assert repr(value) == comment[2:], (
                f"{snippet.page.name}:{statement.end_lineno}: found {value!r}, the page says {comment[2:]}")
