"""Generating textures into files and into memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from gpgen._dataset import Dataset
from gpgen._errors import Error
from gpgen._program import run
from gpgen._source import Recipe, is_recipe, is_recipe_text, source_of_recipe, to_json


def generate(path: str | os.PathLike[str], **options: Any) -> Dataset | None:
    """Generates a dataset, as ``gpgen --out path`` does, and opens it.

    Args:
        path: the shard's path, or the index's where there are several shards.
        options: the options of ``gpgen generate``, with underscores: ``scales=2``, ``samples=1000``, ``seed=7``, ``shards=8``,
            ``length_scales=[[4, 5], [30, 60]]``, ``resume=True``, ``force=True``. ``recipe`` takes a path, YAML text or a
            mapping.

    Returns:
        The dataset; None for one task of several (``task_count``), which generates its part only.

    Raises:
        Error: if an option is invalid.
        FileError: if the output exists or cannot be written.
    """
    words, text = ["generate", "--quiet", "--out", os.fspath(path)], None
    recipe = options.pop("recipe", None)
    if recipe is not None:
        if isinstance(recipe, Mapping):
            recipe, text = "-", to_json(recipe, "recipe")
        elif is_recipe_text(os.fspath(recipe)):
            recipe, text = "-", os.fspath(recipe)
        words += ["--recipe", os.fspath(recipe)]
    for name, value in options.items():
        words += _option(name, value)
    run(words, text)
    return None if options.get("task_count", 1) != 1 else Dataset(path)


def _option(name: str, value: Any) -> list[str]:
    """The words of an option on the command line."""
    option = "--" + name.replace("_", "-")
    if value is None or value is False:
        return []
    if value is True:
        return [option]
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        if value and isinstance(value[0], (list, tuple)):
            return [word for each in value for word in _option(name, each)]
        return [option, ",".join(map(str, value))]
    return [option, str(value)]


def sample(recipe: Recipe, indices: int | slice | Iterable[int] | None = None, *, threads: int = 0) -> np.ndarray:
    """Generates textures of a recipe in memory, with the pixels of its files.

    Args:
        recipe: a path (.yaml, .yml, .json), YAML text, or a mapping, as schemas/recipe.schema.json describes it.
        indices: of samples, in any order; None for all.
        threads: 0 for all cores.

    Returns:
        Shape (samples, N) float32; for a single index shape N.

    Raises:
        Error: if the recipe is invalid or has no such sample.
        FileError: if its file cannot be read.
    """
    if not isinstance(recipe, Mapping) and not isinstance(recipe, (str, os.PathLike)):
        raise Error(f"recipe: found {type(recipe).__name__}, expected a path, text or a mapping")
    if not is_recipe(recipe):
        raise Error(
            f"recipe: found {os.fspath(recipe)!r}, expected a path that ends in .yaml, .yml or .json, or a recipe's text, which"
            " has several lines or begins with a brace")
    source = source_of_recipe(recipe)
    if indices is None:
        indices = slice(None)
    if isinstance(indices, slice):
        samples = np.arange(*indices.indices(source.count), dtype=np.int64)
    elif isinstance(indices, (int, np.integer)):
        return source.read(np.array([indices], np.int64), threads)[0]
    else:
        samples = np.asarray(list(indices) if not isinstance(indices, np.ndarray) else indices)
        if samples.size and not np.issubdtype(samples.dtype, np.integer):
            raise Error(f"indices: found {samples.dtype} numbers, expected whole ones")
        samples = samples.astype(np.int64).reshape(-1)
    return source.read(samples, threads)
