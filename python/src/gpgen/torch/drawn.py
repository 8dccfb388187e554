"""What layers that draw random numbers share: the seed, the layer's index and the step of the training."""

from typing import Any

from torch import Tensor, nn

STEPS = 2**32


class Drawn(nn.Module):
    """A layer whose random numbers are a function of a seed, its index in the network and the step.

    The step advances by one at each forward pass in training mode. In evaluation mode the layer is the identity, and the
    step does not advance. Activation checkpointing, which runs the forward pass twice, and `nn.DataParallel`, which runs it
    on copies, are therefore not supported.

    The step is not a weight: `state_dict()` stores it in its metadata, beside the modules' versions, so the weights keep the
    names of the layers. `torch.save`, `torch.load` and `load_state_dict` preserve it; formats that hold weights only, such
    as safetensors, do not: use `set_step`.

    Args:
        seed: seed of the training, from 0 to 2^64 - 1. Processes that train on different parts of one batch need different
            seeds.
        layer: the layer's index in the network, from 0 to 2^20 - 1. Layers with the same index and seed draw the same
            numbers, so give each its own.

    Raises:
        ValueError: if a number is out of its range.
    """

    def __init__(self, *, seed: int = 0, layer: int = 0) -> None:
        super().__init__()
        if not 0 <= seed < 2**64:
            raise ValueError(f"seed: found {seed}, expected a whole number from 0 to 2^64 - 1")
        if not 0 <= layer < 2**20:
            raise ValueError(f"layer: found {layer}, expected the layer's index in its network, from 0 to 2^20 - 1")
        self.seed = seed
        self.layer = layer
        self.step = 0

    def take_step(self) -> int | None:
        """The step whose numbers a forward pass draws, which then advances; None if it draws nothing.

        Raises:
            RuntimeError: after 2^32 steps.
        """
        if not self.training:
            return None
        if self.step >= STEPS:
            raise RuntimeError(f"step {self.step}: expected at most 2^32 - 1; change the seed and call set_step(network, 0)")
        step = self.step
        self.step += 1
        return step

    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        super()._save_to_state_dict(destination, prefix, keep_vars)
        # `state_dict(destination=...)` also takes plain dictionaries, which have no metadata.
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]]["step"] = self.step

    def _load_from_state_dict(
        self, state_dict: dict[str, Tensor], prefix: str, local_metadata: dict[str, Any], *rest: Any
    ) -> None:
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)
        self.step = local_metadata.get("step", self.step)


def set_step(network: nn.Module, step: int) -> None:
    """Sets the step of every layer of a network that draws random numbers.

    Args:
        network: any module; its submodules are searched.
        step: counted from 0 through all epochs; the next forward pass draws its numbers.

    Raises:
        ValueError: if the step is not from 0 to 2^32 - 1.
    """
    if not 0 <= step < STEPS:
        raise ValueError(f"step: found {step}, expected a whole number from 0 to 2^32 - 1")
    for module in network.modules():
        if isinstance(module, Drawn):
            module.step = step
