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

    A copy in another process, such as a worker of `torch.utils.data.DataLoader`, opens the dataset by itself.

    Args:
        path: what `gpgen.open` takes, such as a shard, an index or a folder of shards.

    Raises:
        Whatever `gpgen.open` raises.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = path
        self.dataset = gpgen.open(path)

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        # A copy: the dataset's pixels are read-only, which tensors cannot be.
        image = numpy.array(self.dataset.images[index], dtype=numpy.float32)
        return torch.from_numpy(image)[None], int(self.dataset.labels[index])

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["path"])
