"""Runs the snippets of a Markdown page, in their order, as a reader would who copies them one after the other.

All Python snippets of a page share their names, and all snippets one folder, which is empty at first: so none can use a file
that no earlier one made. A line of its own before a snippet says more about it:

    <!-- needs: torch -->       run where the caller has torch
    <!-- not run: the reason -->

A Python line that is an expression with a comment, as in `len(data)    # 400`, has the value that the comment says; where it
is None, as that of `close()    # done`, the comment says anything. Shell
snippets run in bash and end at the first command that fails. Snippets in other languages are files; their first line has
the name.
"""

import ast
import contextlib
import os
import re
import subprocess
import types
import unittest.mock
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(r"^(?:<!-- ([^\n]*) -->\n)?```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Snippet:
    """A snippet of a page."""

    page: Path
    line: int
    """Of its first line, from 1."""
    language: str
    marker: str
    """What the comment before it says."""
    text: str

    @property
    def needs(self) -> set[str]:
        """The names behind `needs:`."""
        return set(self.marker.removeprefix("needs: ").split(", ")) if self.marker.startswith("needs: ") else set()

    @property
    def is_run(self) -> bool:
        """Whether anybody runs it."""
        return not self.marker.startswith("not run: ")


def snippets(page: Path) -> list[Snippet]:
    """All snippets of a page."""
    text = page.read_text()
    return [
        Snippet(page, text[: block.start(3)].count("\n") + 1, block[2], block[1] or "", block[3])
        for block in BLOCK.finditer(text)]


def run(
    page: Path, folder: Path, program: str, have: set[str] = frozenset(), languages: set[str] | None = None,
    until: str | None = None,
) -> list[Snippet]:
    """Runs a page's snippets in a folder.

    Args:
        program: what the snippets call `gpgen`.
        have: what the snippets may need; those that need something else are left out.
        languages: of the snippets that are run; None for all.
        until: a line of the page, such as a title, at which to stop; None for the page's end.

    Returns:
        The snippets that were run.

    Raises:
        AssertionError: where a value is another one than its comment says.
        Exception: that of a snippet, whose traceback has the page's lines.
    """
    bin = folder / "bin"
    bin.mkdir()
    (bin / "gpgen").symlink_to(Path(program).resolve())
    end = None if until is None else page.read_text().splitlines().index(until) + 1
    path = f"{bin}{os.pathsep}{os.environ['PATH']}"
    module = types.ModuleType("page")
    chosen = [
        each for each in snippets(page)
        if each.is_run and each.needs <= set(have) and (languages is None or each.language in languages)
        and (end is None or each.line < end)]
    with contextlib.chdir(folder), unittest.mock.patch.dict(os.environ, {"PATH": path}):
        for snippet in chosen:
            if snippet.language == "python":
                run_python(snippet, module)
            elif snippet.language == "sh":
                done = subprocess.run(["bash", "-euo", "pipefail", "-c", snippet.text], capture_output=True, text=True)
                assert done.returncode == 0, f"{page.name}:{snippet.line}: status {done.returncode}: {done.stderr[-2000:]}"
            else:
                name = re.search(r"[\w.]+\.\w+", snippet.text.splitlines()[0])
                assert name, f"{page.name}:{snippet.line}: the first line has no name of a file"
                Path(name[0]).write_text(snippet.text)
    return chosen


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
