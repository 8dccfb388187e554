"""The layers of gpgen's networks that draw or choose, but are no masks of the gradient: dropout and meProp."""

from typing import Any

import torch
from torch import Tensor, nn

from .drawn import Drawn
from .noise import DROPOUT, MaskNoise


class ChannelDropout(Drawn):
    """`nn.Dropout2d` with the draws of `gpgen train`: in training, whole channels of a sample become zero.

    Channels are dropped with the given probability; the others are multiplied by 1 / (1 - probability). Inputs are
    (B, C) or (B, C, ...).

    Args:
        probability: that a channel is dropped, from 0 to 1.
        seed: seed of the training; processes that train on different parts of one batch need different seeds.
        layer: the layer's index in the network. Layers with the same index and seed draw the same numbers.

    Raises:
        ValueError: if an argument is out of its range.
    """

    def __init__(self, probability: float, *, seed: int = 0, layer: int = 0) -> None:
        super().__init__(seed=seed, layer=layer)
        if not 0 <= probability <= 1:
            raise ValueError(f"probability: found {probability}, expected a number from 0 to 1")
        self.probability = probability

    def forward(self, x: Tensor) -> Tensor:
        step = self.take_step()
        if step is None or self.probability == 0:
            return x
        kept = MaskNoise(self.seed, step, self.layer, x.device).kept(x.shape[0], x.shape[1], DROPOUT, self.probability)
        # In single precision, as gpgen has it.
        factor = torch.tensor(1 / (1 - self.probability) if self.probability < 1 else 0, dtype=torch.float32, device=x.device)
        return x * (kept * factor).to(x.dtype).reshape(*x.shape[:2], *[1] * (x.dim() - 2))

    def extra_repr(self) -> str:
        return f"{self.probability:g}, seed={self.seed}, layer={self.layer}"


class LargestElements(torch.autograd.Function):
    """The identity; of each sample's gradient the k elements of largest magnitude pass, and the bias gets the others."""

    @staticmethod
    def forward(context: Any, x: Tensor, bias: Tensor, k: int) -> Tensor:
        context.k = k
        return x.view_as(x)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        rows = gradient.flatten(1)
        largest = rows.abs().argsort(dim=1, descending=True, stable=True)[:, : context.k]
        passed = torch.zeros_like(rows).scatter(1, largest, rows.gather(1, largest)).reshape(gradient.shape)
        # The bias gets `passed` through the layer below; the rest comes from here.
        return passed, (gradient - passed).transpose(0, 1).flatten(1).sum(1), None


class MeProp(nn.Module):
    """The identity forward; of each sample's gradient only the k elements of largest magnitude pass, of equal ones the first.

    Inputs are the outputs of the layer below: (B, C, H, W) of a convolution, (B, C) of a linear layer.

    Args:
        below: the preceding convolution or linear layer, whose bias gets the whole gradient.
        k: over all channels and places, at least 1.

    Raises:
        ValueError: if k is less than 1, or the layer below has no bias.

    Source: Sun, Ren, Ma and Wang, "meProp: Sparsified Back Propagation for Accelerated Deep Learning with Reduced
    Overfitting" (2017).
    """

    def __init__(self, below: nn.Conv2d | nn.Linear, k: int) -> None:
        super().__init__()
        if k < 1:
            raise ValueError(f"k: found {k}, expected a whole number of 1 or more")
        if getattr(below, "bias", None) is None:
            raise ValueError(f"layer below: found {below}, expected a convolution or linear layer with a bias")
        # Not a child, whose parameters would have two names.
        self.below = [below]
        self.k = k

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        return LargestElements.apply(x, self.below[0].bias, self.k)

    def extra_repr(self) -> str:
        return f"k={self.k}"
