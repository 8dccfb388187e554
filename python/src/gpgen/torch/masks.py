"""Layers that are the identity forward and multiply the gradient by a mask backward: Backdrop, and SBP."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from .drawn import Drawn
from .noise import ELEMENTS, MaskNoise, rounded

AXES = ("sample", "channel", "z", "y", "x")
# The axes of inputs by their number: features, series, maps and volumes.
INPUT_AXES = {2: AXES[:2], 3: ("sample", "channel", "x"), 4: ("sample", "channel", "y", "x"), 5: AXES}


class MaskedGradient(torch.autograd.Function):
    """The identity; the gradient is multiplied by a mask.

    Not a tensor's hook: that would also mask the gradient from other uses of the tensor, and is lost where a later layer
    works in place, which here is an error.
    """

    @staticmethod
    def forward(context: Any, x: Tensor, mask: Tensor) -> Tensor:
        context.save_for_backward(mask)
        return x.view_as(x)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return gradient * context.saved_tensors[0], None


class GradientMask(Drawn):
    """The identity forward; in training, the gradient is multiplied by a mask that is drawn at every step."""

    def forward(self, x: Tensor) -> Tensor:
        step = self.take_step()
        if step is None or self.blocks_nothing or not x.requires_grad:
            return x
        return MaskedGradient.apply(x, self.mask(x.shape, step, x.device).to(x.dtype))

    @property
    def blocks_nothing(self) -> bool:
        """Whether every mask is 1 everywhere."""
        raise NotImplementedError

    def mask(self, shape: Sequence[int], step: int, device: torch.device | None = None) -> Tensor:
        """The mask of one step.

        Args:
            shape: shape of the input.
            step: step of the training, from 0.
            device: device of the mask; None for the CPU.

        Returns:
            float32, with the input's extents along the masked axes and 1 along the others.

        Raises:
            ValueError: if the shape lacks a masked axis or the fixed element.
        """
        raise NotImplementedError


class Backdrop(GradientMask):
    """The identity forward; backward, random parts of the gradient are blocked.

    A mask of N elements is m = b * (N / sum(b)), where b is 0 with the given probability and 1 otherwise; where all would
    be 0, one is 1. With the sample and other axes, every sample has its own mask over these; with the sample alone, the
    elements of one mask are the samples; without it, one mask serves the whole batch. The masks are those that
    `gpgen train` draws for the same seed, step and layer: section 7 of `schemas/noise.md`.

    Inputs are features (B, C), series (B, C, X), maps (B, C, Y, X) or volumes (B, C, Z, Y, X), of any dtype and device.
    Features are maps of one place.

    Args:
        probability: that an element is blocked, from 0 to 1. With 0 the gradient passes as it is.
        axes: the masked ones of "sample", "channel", "z", "y" and "x", in any order; the mask is the same along the others.
        seed: seed of the training; processes that train on different parts of one batch need different seeds.
        layer: the layer's index in the network. Layers with the same index and seed draw the same numbers.
        fixed_element: for diagnosis, the one element that is not blocked: an index for each masked axis but, where other
            axes are masked too, the sample's, in the order sample, channel, z, y, x. A sample beyond the batch stands for
            its last one.

    Raises:
        ValueError: if an argument is out of its range; in `forward`, where the input lacks a masked axis, or the fixed
            element.

    Source: Golkar and Cranmer, "Backdrop: stochastic backpropagation" (2018).
    """

    def __init__(
        self,
        probability: float,
        axes: Sequence[str] = ("sample", "y", "x"),
        *,
        seed: int = 0,
        layer: int = 0,
        fixed_element: Sequence[int] | None = None,
    ) -> None:
        super().__init__(seed=seed, layer=layer)
        if not 0 <= probability <= 1:
            raise ValueError(f"probability: found {probability}, expected a number from 0 to 1")
        if isinstance(axes, str) or not axes or len(set(axes)) < len(axes) or not set(axes) <= set(AXES):
            raise ValueError(f"axes: found {axes!r}, expected one or more of {', '.join(AXES)}, each once")
        self.probability = probability
        self.axes = tuple(axis for axis in AXES if axis in axes)
        self.fixed_element = None if fixed_element is None else tuple(fixed_element)
        if self.fixed_element is not None:
            if len(self.fixed_element) != len(self.element_axes) or min(self.fixed_element) < 0:
                raise ValueError(
                    f"fixed_element: found {list(self.fixed_element)}, expected an index of 0 or more for each of"
                    f" {', '.join(self.element_axes)}")

    @property
    def element_axes(self) -> tuple[str, ...]:
        """The axes over which one mask is drawn: not the sample's, where every sample has its own mask."""
        return self.axes if len(self.axes) == 1 else tuple(axis for axis in self.axes if axis != "sample")

    @property
    def blocks_nothing(self) -> bool:
        return self.probability == 0 and self.fixed_element is None

    def mask(self, shape: Sequence[int], step: int, device: torch.device | None = None) -> Tensor:
        extents = self.extents(shape)
        own = [extents[axis] for axis in self.element_axes]
        count = math.prod(own)
        has_own_masks = "sample" in self.axes and len(self.axes) > 1
        masks = extents["sample"] if has_own_masks else 1
        if self.fixed_element is None:
            noise = MaskNoise(self.seed, step, self.layer, device)
            kept = noise.kept(masks, count, ELEMENTS, self.probability)
            empty = ~kept.any(1)
            if empty.any():
                kept[empty, noise.survivors(masks, count)[empty]] = True
        else:
            kept = torch.zeros(masks, count, dtype=torch.bool, device=device)
            kept[:, self.fixed_index(own)] = True
        # In single precision, as gpgen has it.
        number = torch.tensor(count, dtype=torch.float32, device=device)
        values = kept * (number / kept.sum(1, keepdim=True).float())
        return values.reshape([extents[axis] if axis in self.axes else 1 for axis in INPUT_AXES[len(shape)]])

    def extents(self, shape: Sequence[int]) -> dict[str, int]:
        """The input's extent along each axis."""
        if len(shape) not in INPUT_AXES:
            raise ValueError(f"input of shape {tuple(shape)}: expected 2 to 5 axes, the first two sample and channel")
        extents = dict(zip(INPUT_AXES[len(shape)], shape))
        if len(shape) == 2:
            extents |= dict.fromkeys(AXES[2:], 1)
        missing = [axis for axis in self.axes if axis not in extents]
        if missing:
            raise ValueError(
                f"input of shape {tuple(shape)}: found the axes {', '.join(extents)}, expected {', '.join(missing)} too,"
                f" which layer {self.layer} masks; choose other axes")
        return extents

    def fixed_index(self, extents: Sequence[int]) -> int:
        """The fixed element's index, row-major over the extents of one mask."""
        index = 0
        for axis, extent, place in zip(self.element_axes, extents, self.fixed_element):
            if axis == "sample":
                place = min(place, extent - 1)
            elif place >= extent:
                raise ValueError(f"fixed_element: found {place} along {axis}, expected 0 to {extent - 1}")
            index = index * extent + place
        return index

    def extra_repr(self) -> str:
        fixed = "" if self.fixed_element is None else f", fixed_element={self.fixed_element}"
        return f"{self.probability:g}, axes={self.axes}, seed={self.seed}, layer={self.layer}{fixed}"


class StochasticBackpropagation(GradientMask):
    """The identity forward; the gradient passes through a subset of a map's places, one for all channels and samples.

    The places are those that `gpgen train` keeps for the same seed, step and layer. Inputs are maps (B, C, H, W).

    Args:
        ratio: the fraction of the places that is kept, above 0 and at most 1.
        places: "grid" keeps one of every round(1 / ratio) diagonals, with a ratio above 1/2 all but one of every
            round(1 / (1 - ratio)); of a map of fewer diagonals, one, or all but one. "random" keeps any subset.
        unbiased: whether the gradient is divided by the probability that a place is kept.
        seed: seed of the training; processes that train on different parts of one batch need different seeds.
        layer: the layer's index in the network. Layers with the same index and seed draw the same numbers.

    Raises:
        ValueError: if an argument is out of its range, or the input is no map.

    Source: Fang, Xu, Chen, Shuai, Tu and Tighe, "An In-depth Study of Stochastic Backpropagation" (2022).
    """

    def __init__(
        self, ratio: float, places: str = "grid", unbiased: bool = False, *, seed: int = 0, layer: int = 0
    ) -> None:
        super().__init__(seed=seed, layer=layer)
        if not 0 < ratio <= 1:
            raise ValueError(f"ratio: found {ratio}, expected a number above 0 and at most 1")
        if places not in ("grid", "random"):
            raise ValueError(f"places: found {places!r}, expected 'grid' or 'random'")
        self.ratio, self.places, self.unbiased = ratio, places, unbiased

    @property
    def blocks_nothing(self) -> bool:
        return self.ratio == 1

    def mask(self, shape: Sequence[int], step: int, device: torch.device | None = None) -> Tensor:
        if len(shape) != 4:
            raise ValueError(f"input of shape {tuple(shape)}: expected maps, of the axes sample, channel, y and x")
        noise = MaskNoise(self.seed, step, self.layer, device)
        kept, probability = (self.diagonals if self.places == "grid" else self.subset)(noise, *shape[2:])
        factor = torch.tensor(1 / probability if self.unbiased else 1, dtype=torch.float32, device=device)
        return (kept * factor)[None, None]

    def diagonals(self, noise: MaskNoise, height: int, width: int) -> tuple[Tensor, float]:
        """The kept places of a map, bool of shape (H, W), and the probability that a place is kept."""
        share = self.ratio if self.ratio <= 0.5 else 1 - self.ratio
        spacing = rounded(min(height + width - 1, 1 / share)) if share > 0 else 1
        if spacing <= 1:
            return torch.ones(height, width, dtype=torch.bool, device=noise.device), 1
        first = noise.survivors(1, spacing)
        y, x = (torch.arange(extent, device=noise.device) for extent in (height, width))
        is_on = (y[:, None] + x) % spacing == first
        return (is_on, 1 / spacing) if self.ratio <= 0.5 else (~is_on, 1 - 1 / spacing)

    def subset(self, noise: MaskNoise, height: int, width: int) -> tuple[Tensor, float]:
        """The places of the largest words, of equal ones the first; returns what `diagonals` does."""
        count = height * width
        number = min(count, max(1, rounded(self.ratio * count)))
        order = noise.words(1, count, ELEMENTS)[0].sort(descending=True, stable=True).indices
        kept = torch.zeros(count, dtype=torch.bool, device=noise.device)
        kept[order[:number]] = True
        return kept.reshape(height, width), number / count

    def extra_repr(self) -> str:
        return f"{self.ratio:g}, places={self.places!r}, unbiased={self.unbiased}, seed={self.seed}, layer={self.layer}"
