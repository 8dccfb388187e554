"""Where textures come from: the files of a dataset, or a recipe."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Union

import numpy as np

from gpgen import _library
from gpgen._errors import Error, FileError
from gpgen._library import Handle
from gpgen._program import program

# The path of a recipe, its text in YAML, or its keys and values.
Recipe = Union[str, "os.PathLike[str]", Mapping[str, Any]]
_ENDINGS = (".yaml", ".yml", ".json")


class Source:
    """An open source. Pickles by what it was opened with."""

    def __init__(self, path: str | None, recipe: tuple[str, str, str] | None = None) -> None:
        """
        Args:
            path: of a dataset; None for a recipe.
            recipe: its text, a name for messages, and the folder from which its paths lead.
        """
        self._opened = (path, recipe)
        self._handle = self._open()
        self.about: dict[str, Any] = json.loads(_library.text("gpgen_describe", self._handle.value))
        self.first: int = self.about["first"]
        self.count: int = self.about["count"]
        self.extents: tuple[int, ...] = tuple(self.about["extents"])

    def _open(self) -> Handle:
        path, recipe = self._opened
        if path is not None:
            return Handle("gpgen_close", "gpgen_open", os.fsencode(path), os.fsencode(program()))
        text, name, folder = recipe or ("", "", "")
        return Handle("gpgen_close", "gpgen_open_recipe", text.encode(), os.fsencode(name), os.fsencode(folder))

    def __reduce__(self) -> tuple[Any, ...]:
        return Source, self._opened

    @property
    def handle(self) -> int:
        """The library's handle. A forked process, which has none of the library's threads, opens the source again."""
        if self._handle.process != os.getpid():
            self._handle = self._open()
        return self._handle.value

    def close(self) -> None:
        """Closes it."""
        self._handle.close()

    def read(self, samples: np.ndarray, threads: int = 0) -> np.ndarray:
        """Textures, shape (samples, N) float32, of int64 indices in the whole dataset.

        Reads 64 MiB of pixels at a time, so that Ctrl-C takes effect between them.
        """
        images = np.empty((len(samples), *self.extents), np.float32)
        step = max(os.cpu_count() or 1, (1 << 26) // max(1, 4 * int(np.prod(self.extents))))
        for start in range(0, len(samples), step):
            some, room = np.ascontiguousarray(samples[start : start + step]), images[start : start + step]
            _library.call(
                "gpgen_read", self.handle, some.ctypes.data, len(some), room.ctypes.data, room.size, threads)
        return images

    def labels(self, samples: np.ndarray) -> np.ndarray:
        """The classes of samples, shape (samples) int64."""
        samples = np.ascontiguousarray(samples, np.int64)
        labels = np.empty(len(samples), np.int64)
        _library.call("gpgen_labels", self.handle, samples.ctypes.data, len(samples), labels.ctypes.data)
        return labels


def source_of_recipe(recipe: Recipe) -> Source:
    """The source of a recipe.

    Raises:
        Error: if it cannot be drawn; the message names the line and the key.
        FileError: if its file cannot be read.
    """
    if isinstance(recipe, Mapping):
        return Source(None, (to_json(recipe, "recipe"), "recipe", ""))
    text = os.fspath(recipe)
    if is_recipe_text(text):
        return Source(None, (text, "recipe", ""))
    try:
        with open(text, encoding="utf-8") as file:
            content = file.read()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "expected UTF-8 text in YAML"
        raise FileError(f"{text}: cannot read the recipe: {reason}") from error
    return Source(None, (content, text, f"{os.path.dirname(os.path.join(os.getcwd(), text))}/"))


def is_recipe(source: object) -> bool:
    """Whether a stream's source is a recipe and not a dataset's path."""
    if isinstance(source, Mapping):
        return True
    return isinstance(source, (str, os.PathLike)) and (
        os.fspath(source).endswith(_ENDINGS) or is_recipe_text(os.fspath(source)))


def is_recipe_text(text: str) -> bool:
    """Whether text is a recipe in YAML, and not a path: it has several lines, or begins with a brace."""
    return "\n" in text or text.lstrip().startswith("{")


def to_json(values: Mapping[str, Any], name: str) -> str:
    """A mapping as JSON, with NumPy's numbers and arrays as numbers and lists.

    Args:
        name: what the mapping is, for messages.

    Raises:
        Error: if a value has no form in JSON; the message names its key.
    """
    def plain(value: Any) -> Any:
        if isinstance(value, (np.generic, np.ndarray)):
            return value.tolist()
        raise TypeError

    for key, value in values.items():
        try:
            json.dumps(value, default=plain)
        except (TypeError, ValueError) as error:
            raise Error(
                f"{name}: found {type(value).__name__} as {key}, expected numbers, text, lists and mappings") from error
    return json.dumps(dict(values), default=plain)
