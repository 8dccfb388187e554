"""The files of a dataset."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any

import numpy as np

from gpgen._images import ShardedImages, map_images
from gpgen._source import Source


def open(path: str | os.PathLike[str]) -> Dataset:
    """Opens a finished dataset: a shard, an index, or a folder of shards.

    A separate process reads the files' structure first, so that a damaged or malicious file cannot crash this one.

    Raises:
        FileError: if they cannot be read; the message names the file.
    """
    return Dataset(path)


class Dataset:
    """The textures of a dataset's files and their labels.

    ``data[i]`` is an image of shape N and its label, ``data[a:b]`` and ``data[[3, 7]]`` are images of shape (samples, N) and
    labels of shape (samples). Pickles by its path, and works in forked processes too.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.path.abspath(os.fspath(path))
        self._source = Source(self.path)

    def __reduce__(self) -> tuple[Any, ...]:
        return Dataset, (self.path,)

    @property
    def recipe(self) -> dict[str, Any]:
        """Everything that decides pixels and labels, as described by schemas/recipe.schema.json."""
        return self._source.about["recipe"]

    @property
    def hash(self) -> str:
        """SHA-256 of the recipe, which identifies the dataset: 64 hexadecimal digits."""
        return self._source.about["dataset_hash"]

    @property
    def classes(self) -> list[str]:
        """The names of the classes, in the order of their labels."""
        return [each["name"] for each in self._source.about["classes"]]

    @property
    def shape(self) -> tuple[int, ...]:
        """(samples, N)."""
        return (self._source.count, *self._source.extents)

    @cached_property
    def images(self) -> np.ndarray | ShardedImages:
        """The pixels of all samples, shape (samples, N), float32 or float16: mapped from the files, read-only.

        If another process shortens a file, reading it ends this process, as with every mapped file.
        """
        return map_images(self._source)

    @cached_property
    def labels(self) -> np.ndarray:
        """The class of each sample, shape (samples) int64."""
        labels = self._source.labels(np.arange(self._source.first, self._source.first + len(self), dtype=np.int64))
        labels.flags.writeable = False
        return labels

    @cached_property
    def scale_labels(self) -> np.ndarray:
        """The choice of each scale, shape (samples, scales) int64."""
        choices = np.array([each["choices"] for each in self._source.about["classes"]], np.int64)[self.labels]
        choices.flags.writeable = False
        return choices

    def __len__(self) -> int:
        return self._source.count

    def __getitem__(self, index: Any) -> tuple[np.ndarray, Any]:
        labels = self.labels[index]
        return self.images[index], int(labels) if np.ndim(labels) == 0 else labels

    def __iter__(self) -> Any:
        return (self[index] for index in range(len(self)))

    def __repr__(self) -> str:
        extents = " x ".join(map(str, self.shape[1:]))
        return f"<gpgen.Dataset {self.path}: {len(self)} of {extents}, {len(self.classes)} classes>"
