"""A gpgen dataset as a map-style PyTorch dataset."""

from os import PathLike
from typing import Any

import numpy
import torch
from torch import Tensor
from torch.utils.data import Dataset

import gpgen


class Textures(Dataset[tuple[Tensor, int]]):
    """The textures of a dataset with their labels, by index.

    An item is the image, float32 of shape (1, H, W), and its class; series are (1, W), volumes (1, D, H, W). The image is
    a copy, which may be changed. For shuffled batches in large numbers `TextureLoader` is faster.

    Args:
        source: a `gpgen.Dataset`, or what `gpgen.open` takes: a shard, an index or a folder of shards.

    Raises:
        gpgen.FileError: if the files cannot be read.
        IndexError: in `[]`, beyond the last sample.
    """

    def __init__(self, source: Any) -> None:
        self.dataset = gpgen.open(source) if isinstance(source, (str, PathLike)) else source

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        # A copy: the dataset's pixels are read-only, which tensors cannot be.
        image = numpy.array(self.dataset.images[index], dtype=numpy.float32)
        return torch.from_numpy(image)[None], int(self.dataset.labels[index])
