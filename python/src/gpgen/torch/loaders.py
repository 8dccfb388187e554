"""gpgen's shuffled batches as tensors."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, distributed
from torch.utils.data import IterableDataset, get_worker_info

import gpgen


class TextureLoader(IterableDataset[tuple[Tensor, Tensor]]):
    """Batches of `gpgen.Stream`: images, float32 of shape (B, 1, H, W), and labels, int64 of shape (B,). Series are
    (B, 1, W), volumes (B, 1, D, H, W).

    Iterate over it directly, or pass it to a `DataLoader` with `batch_size=None`: it yields whole batches. Each iteration
    is one epoch, and the next one is that of the next epoch. The tensors share the memory of the stream's arrays.

    `state_dict` and `load_state_dict` store and restore the place in the epochs. They are the methods that the
    `StatefulDataLoader` of torchdata calls on its dataset.

    gpgen reads ahead in threads of its own, so workers of a `DataLoader` would only copy; with `num_workers` above 0
    iteration is refused.

    Args:
        source: what `gpgen.Stream` takes: a dataset, or a recipe whose textures are made on the fly.
        batch_size: textures in a batch of one process.
        rank: of this process. Unless given, that of `torch.distributed` once it is initialized, else 0.
        world_size: the number of processes that share each epoch. Unless given, as the rank.
        options: the other options of `gpgen.Stream`: shuffle_seed, epoch, split, flip, turn, roll and so on.

    Raises:
        ValueError: if one of rank and world_size is given without the other.
        RuntimeError: in iteration, in a worker of a `DataLoader`.
        gpgen.Error: if the options are invalid, or a state belongs to another stream.
        gpgen.FileError: if the dataset cannot be read.
    """

    def __init__(
        self, source: Any, batch_size: int = 16, *, rank: int | None = None, world_size: int | None = None, **options: Any
    ) -> None:
        if (rank is None) != (world_size is None):
            raise ValueError(f"found rank {rank} and world_size {world_size}, expected both or neither")
        if rank is None:
            is_distributed = distributed.is_available() and distributed.is_initialized()
            rank, world_size = (distributed.get_rank(), distributed.get_world_size()) if is_distributed else (0, 1)
        self.stream = gpgen.Stream(source, batch_size, rank=rank, world_size=world_size, **options)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        worker = get_worker_info()
        if worker is not None:
            raise RuntimeError(
                f"TextureLoader in worker {worker.id} of {worker.num_workers}: expected the main process; pass num_workers=0 to"
                " the DataLoader, as gpgen reads ahead in threads of its own")
        for images, labels in self.stream:
            yield torch.from_numpy(images), torch.from_numpy(labels)

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        return len(self.stream)

    def state_dict(self) -> dict[str, Any]:
        """The place after the last batch that was delivered."""
        return self.stream.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on after the batch at which the state was stored."""
        self.stream.load_state_dict(state)
