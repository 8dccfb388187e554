"""Batches of textures in a reproducible order."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from ctypes import byref, c_uint64
from typing import Any

import numpy as np

from gpgen import _library
from gpgen._dataset import Dataset
from gpgen._errors import Error
from gpgen._library import BatchInfo, Handle, Memory, StreamInfo
from gpgen._source import Recipe, Source, is_recipe, source_of_recipe, to_json


class Stream:
    """Batches of textures, read from a dataset or generated from a recipe, ahead of time, by threads.

    Each iteration is one epoch and yields images of shape (B, 1, N) float32 and labels of shape (B) int64. The images share
    the library's memory, which is reused when the last array that shares it is gone; they can be written to.

    The order and the random changes depend only on the dataset, the seed and the epoch: the batches are those of
    ``gpgen stream`` with the same options. An iteration that is abandoned is not continued: the next one is the next epoch.

    ``state_dict()`` records which batches have been delivered, and ``load_state_dict()`` continues after them, here or in
    Swift.

    All ranks have equally many batches, with one exception: with a batch size of 1 some ranks may end one batch earlier. Use 2
    or more with several processes.
    """

    def __init__(
        self, source: Dataset | Recipe, batch_size: int = 16, *, shuffle_seed: int = 0, sequential: bool = False,
        epoch: int = 0, split: str | None = None, validation_fraction: float | None = None,
        test_fraction: float | None = None, validation_count: int | None = None, test_count: int | None = None,
        split_seed: int | None = None, crop: int | None = None, flip: bool = False, turn: bool = False, roll: bool = False,
        rank: int = 0, world_size: int = 1, threads: int | None = None,
    ) -> None:
        """
        Args:
            source: a dataset or its path, or a recipe: a path (.yaml, .yml, .json), YAML text, or a mapping.
            batch_size: number of textures in a batch of one rank.
            shuffle_seed: seed of the order and of the random changes.
            sequential: keep the samples' own order.
            epoch: epoch of the first iteration, from 0.
            split: "train", "validation" or "test": one part of the samples, stratified by class.
            validation_fraction: fraction of each class for validation; with a split, 0.2 by default.
            test_fraction: fraction of each class for the test; 0 by default.
            validation_count: number of samples for validation, in place of the fraction.
            test_count: number of samples for the test, in place of the fraction.
            split_seed: seed that chooses the parts; 0 by default.
            crop: extent of a random window, in pixels.
            flip: mirror at random along every axis.
            turn: turn by a random number of quarter turns.
            roll: shift periodic textures by a random number of pixels.
            rank: this process, from 0, of the ``world_size`` processes that share each epoch.
            world_size: number of those processes.
            threads: number of threads that read or generate; None for all cores.

        Raises:
            Error: if the options are invalid.
            FileError: if the dataset cannot be read.
        """
        if isinstance(source, Dataset):
            self._source = source._source
        elif is_recipe(source):
            self._source = source_of_recipe(source)
        elif isinstance(source, (str, os.PathLike)):
            self._source = Source(os.path.abspath(os.fspath(source)))
        else:
            raise Error(f"source: found {type(source).__name__}, expected a dataset, a path, or a recipe")
        options: dict[str, Any] = {
            "batch_size": batch_size, "shuffle_seed": shuffle_seed, "sequential": sequential, "endless": True, "split": split,
            "validation_fraction": validation_fraction, "test_fraction": test_fraction, "validation_count": validation_count,
            "test_count": test_count, "split_seed": split_seed, "crop": crop, "flip": flip, "turn": turn, "roll": roll,
            "rank": rank, "world_size": world_size, "threads": threads}
        self._options = {name: value for name, value in options.items() if value is not None}
        self._start: dict[str, Any] = {
            "epoch": epoch, "position": 0, "seed": shuffle_seed, "dataset_hash": self._source.about["dataset_hash"]}
        self._handle: Handle | None = None
        self._isIterated = False
        # Invalid options raise here, not in the first iteration.
        self._info = self._describe()

    def _describe(self) -> StreamInfo:
        info = StreamInfo()
        _library.call("gpgen_stream_describe", self._open().value, byref(info))
        return info

    def _open(self) -> Handle:
        if self._handle is None:
            self._handle = Handle(
                "gpgen_stream_close", "gpgen_stream_open", self._source.handle, to_json(self._options, "options").encode(),
                to_json(self._start, "state").encode())
        return self._handle

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__ | {"_start": self.state_dict(), "_handle": None, "_isIterated": False}
        state.pop("_info")
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._info = self._describe()

    def __len__(self) -> int:
        """The number of batches in an epoch of this rank."""
        return self._info.batches_per_epoch

    @property
    def sample_count(self) -> int:
        """The number of samples in an epoch of all ranks."""
        return self._info.samples_per_epoch

    @property
    def epoch(self) -> int:
        """The epoch of the last batch delivered, or of the next one if none has been delivered."""
        return self.state_dict()["epoch"]

    def state_dict(self) -> dict[str, Any]:
        """Which batches have been delivered: four values that can be stored as JSON."""
        if self._handle is None:
            return dict(self._start)
        return json.loads(_library.text("gpgen_stream_state", self._handle.value))

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continues after the batches that a state records as delivered.

        Raises:
            Error: if the state belongs to another dataset, seed or part.
        """
        old = (self._start, self._handle)
        self._start, self._handle = dict(state), None
        try:
            self._open()
        except BaseException:
            self._start, self._handle = old
            raise
        self._isIterated = False
        if old[1] is not None:
            old[1].close()

    def close(self) -> None:
        """Stops reading ahead. The next iteration continues after the batches that have been delivered."""
        if self._handle is not None:
            self._start = self.state_dict()
            self._handle.close()
            self._handle = None
        self._isIterated = False

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        state = self.state_dict()
        if self._isIterated and 0 < state["position"] < self.sample_count:
            self._begin(state | {"epoch": state["epoch"] + 1, "position": 0})
        self._isIterated = True
        return self._batches(self._open())

    def _begin(self, state: dict[str, Any]) -> None:
        if self._handle is not None:
            self._handle.close()
        self._start, self._handle = state, None

    def _batches(self, handle: Handle) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        extents = tuple(self._info.extents[: self._info.axes])
        while True:
            if handle is not self._handle:
                raise Error("the stream was closed or began another epoch during this iteration")
            batch, info = c_uint64(), BatchInfo()
            if _library.call("gpgen_stream_next", handle.value, byref(batch), byref(info)) == _library.END:
                return
            images = np.asarray(
                Memory(batch.value, "gpgen_batch_release", info.pixels, (info.count, 1, *extents), "<f4", writable=True))
            labels = np.ctypeslib.as_array(
                (_library.c_int64 * info.count).from_address(info.labels)).copy()
            yield images, labels
            del images
            if info.is_last:
                return
