"""The pixels of a dataset as an array that stays in its files."""

from __future__ import annotations

from ctypes import byref, c_size_t, c_uint64, c_void_p
from typing import Any

import numpy as np

from gpgen import _library
from gpgen._library import Memory
from gpgen._source import Source


def map_images(source: Source) -> np.ndarray | ShardedImages:
    """The pixels of all shards, shape (samples, N), read-only.

    An array where the shards' pixels fill whole pages of memory, as those of textures with sides that 32 divides do; else
    an object that reads as an array does.
    """
    mapping, address, size = c_uint64(), c_void_p(), c_size_t()
    code = _library.call(
        "gpgen_map", source.handle, byref(mapping), byref(address), byref(size), passing=(_library.UNSUPPORTED,))
    shape = (source.count, *source.extents)
    dtype = np.dtype(source.about["dtype"]).newbyteorder("<")
    if code == _library.OK:
        return np.asarray(Memory(mapping.value, "gpgen_unmap", address.value or 0, shape, dtype.str, writable=False))
    parts = [
        np.memmap(
            file["file"], dtype, mode="r", offset=file["offset"], shape=(file["count"], *source.extents))
        for file in source.about["files"]
    ]
    return ShardedImages(parts)


class ShardedImages:
    """Arrays of several files, one behind the other along the first axis: indexes, slices and converts as an array does."""

    def __init__(self, parts: list[np.ndarray]) -> None:
        self._parts = parts
        self._ends = np.cumsum([len(part) for part in parts])
        self.dtype = parts[0].dtype
        self.shape = (int(self._ends[-1]), *parts[0].shape[1:])
        self.ndim = len(self.shape)

    @property
    def size(self) -> int:
        """The number of pixels."""
        return int(np.prod(self.shape))

    @property
    def nbytes(self) -> int:
        """The bytes of all pixels."""
        return self.size * self.dtype.itemsize

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Any:
        return (image for part in self._parts for image in part)

    def __getitem__(self, key: Any) -> np.ndarray:
        first, rest = (key[0], key[1:]) if isinstance(key, tuple) and key else (key, ())
        if first is Ellipsis or first is None or (isinstance(first, np.ndarray) and first.ndim > 1):
            raise IndexError(
                f"found the index {first!r} for samples, expected a number, a slice, or one list of numbers or of booleans;"
                " np.asarray(images) copies all pixels into memory")
        if isinstance(first, (int, np.integer)):
            place = int(first) + (len(self) if first < 0 else 0)
            if not 0 <= place < len(self):
                raise IndexError(f"sample {first}: expected {-len(self)} to {len(self) - 1}")
            part = int(np.searchsorted(self._ends, place, side="right"))
            return self._parts[part][(place - (self._ends[part] - len(self._parts[part])), *rest)]
        samples = np.arange(len(self))[first]
        picked = [self[(int(sample), *rest)] for sample in samples]
        return np.stack(picked) if picked else np.empty((0, *self._parts[0][:0].shape[1:]), self.dtype)[(slice(None), *rest)]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False:
            raise ValueError("the pixels are in several files; an array of them is a copy")
        return np.concatenate(self._parts).astype(dtype or self.dtype, copy=False)

    def __repr__(self) -> str:
        return f"ShardedImages(shape={self.shape}, dtype={self.dtype})"
