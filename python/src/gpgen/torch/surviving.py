"""The exact Backdrop step at the cost of what its masks leave."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .blocks import POINTWISE, blocks_of, has_hooks, is_supported
from .masks import Backdrop, GradientMask, StochasticBackpropagation
from .segments import Segment

# Windows are used where their estimated cost is at most this fraction of the whole backward pass's.
WORTHWHILE = 0.8


def surviving_backward(network: nn.Module, images: Tensor, loss: Callable[[Tensor], Tensor]) -> Tensor:
    """A backward pass that computes only the part of the gradient that the network's masks leave.

    Up to rounding, it is equivalent to

        value = loss(network(images))
        value.backward()

    with the same masks, the same `grad` of the parameters, and the same steps of the layers afterwards.

    The network goes forward once, without autograd below its last mask. A cell is one place of a map. Each cell that
    survives a mask depends on a window of the maps below; the windows are gathered, stacked as a batch, and passed backward
    through the same layers. One window may serve a square of neighbouring cells: for each segment between masks, and at
    every step, the squares with the lowest estimated cost are chosen. Maps that are cheap to compute, such as that of a
    convolution of one channel, are not kept but recomputed window by window; a number may then differ in its last bit, which
    could flip the sign of a ReLU.

    Windows need a `nn.Sequential`, nested or not, in training mode, and images (B, C, H, W) of a floating-point type. Below
    the last mask they support `Backdrop` and `StochasticBackpropagation` (each instance once), `nn.Conv2d` with zero padding
    given as numbers, `nn.MaxPool2d`, `nn.AvgPool2d` that counts its padding (neither in ceil mode), and the pointwise layers
    `nn.ReLU`, `LeakyReLU`, `ReLU6`, `Hardtanh`, `ELU`, `CELU`, `SELU`, `GELU`, `SiLU`, `Mish`, `Softplus`, `Hardswish`,
    `Sigmoid`, `Tanh` and `Identity`. Any other layer, such as batch normalization, dropout or `MeProp`, ends this part:
    only masks below it count, and everything above the last of these goes through autograd.

    In all other cases the step is the two lines above: without such masks, where the estimate says that windows would not
    pay, where no layer below the masks needs a gradient, where the images require a gradient, under autocast, and where a
    layer below the masks has hooks, on itself or its parameters, or a `forward` of its own. Global hooks are not called.

    Autograd does not compute the gradients below the last mask, so wrappers that wait for it, such as
    `DistributedDataParallel`, do not see them. Average the gradients over the processes after this call instead.

    Args:
        network: in training mode.
        images: the batch, shape (B, C, H, W).
        loss: from the network's outputs to a tensor of one element.

    Returns:
        The loss, detached.

    Raises:
        ValueError: if the images lack an axis that a mask blocks.
        RuntimeError: after 2^32 steps of a layer.

    Source: `docs/backdrop.md` in gpgen's repository; the masks are Golkar and Cranmer's (2018).
    """
    plan = plan_step(network, images)
    if plan is None:
        value = loss(network(images))
        value.backward()
        return value.detach()
    for layer in plan.mask_layers:
        layer.take_step()
    maps, x = [], images
    with torch.no_grad():
        for part in plan.parts:
            maps.append(part.segment.forward(x))
            x = maps[-1][-1]
    # Layers above may depend on the layout, so it is the one that they would see otherwise.
    top = x.detach().contiguous(memory_format=plan.layout).requires_grad_()
    outputs = top
    for layer in plan.upper:
        outputs = layer(outputs)
    value = loss(outputs)
    value.backward()
    if top.grad is not None:
        with torch.no_grad():
            windows_backward(plan.parts, maps, top.grad)
    return value.detach()


@dataclass(frozen=True)
class Part:
    """A segment, and the mask above it."""

    segment: Segment
    mask: Tensor
    """Of this step, in the images' dtype; broadcasts over the segment's last map."""
    tile: int
    """The side of the squares of cells that windows belong to."""


@dataclass(frozen=True)
class Plan:
    """How a step is computed."""

    parts: list[Part]
    """From the images up."""
    mask_layers: list[GradientMask]
    """All layers of masks up to the last part's, with those that block nothing."""
    upper: list[nn.Module]
    """The layers above the last part's mask."""
    layout: torch.memory_format
    """Of the map at that mask."""


def windows_backward(parts: list[Part], maps: list[list[Tensor | None]], gradient: Tensor) -> None:
    """The backward pass below the last mask.

    Args:
        maps: those of each part's segment.
        gradient: of the last mask's output. Each segment's maps are freed as soon as they are not needed any more.
    """
    for index in range(len(parts) - 1, -1, -1):
        needs_input = any(part.segment.has_parameters for part in parts[:index])
        if not needs_input and not parts[index].segment.has_parameters:
            return
        part = parts[index]
        gradient = part.segment.backward(maps.pop(), gradient * part.mask, part.tile, needs_input)


def plan_step(network: nn.Module, images: Tensor) -> Plan | None:
    """How to compute this step by windows; None if autograd computes it. No layer's step advances."""
    is_plain = torch.is_grad_enabled() and not torch.is_autocast_enabled(images.device.type)
    layers = flattened(network)
    if not is_plain or images.requires_grad or images.dim() != 4 or not images.is_floating_point() or layers is None:
        return None
    segments, masks, cut, mask_layers = split(layers, tuple(images.shape[1:]))
    # A layer that stands in two places takes a step at each.
    if len(set(map(id, mask_layers))) < len(mask_layers):
        return None
    if not all(segment.is_possible for segment in segments) or not any(segment.has_parameters for segment in segments):
        return None
    batch = len(images)
    drawn = [mask.mask((batch, *segment.shapes[-1]), mask.step, images.device) for segment, mask in zip(segments, masks)]
    parts = chosen_parts(segments, drawn, images)
    if parts is None:
        return None
    return Plan(parts, mask_layers, layers[cut:], layout_before(layers[:cut], images))


def chosen_parts(segments: list[Segment], masks: list[Tensor], images: Tensor) -> list[Part] | None:
    """The parts with their cheapest windows, or None where these would not pay."""
    parts, cost, dense = [], 0, 0
    live = torch.ones(len(images), *segments[-1].shapes[-1][1:], dtype=torch.bool, device=images.device)
    for index in range(len(segments) - 1, -1, -1):
        segment, mask = segments[index], masks[index]
        needs_input = any(below.has_parameters for below in segments[:index])
        live = live & (mask != 0).any(1)
        tile, least = segment.cheapest_tile(live, needs_input)
        cost += least
        dense += segment.dense_cost(len(images), needs_input)
        parts.insert(0, Part(segment, mask.to(images.dtype), tile))
        if index:
            live = segment.live_below(live)
    return parts if cost <= WORTHWHILE * dense else None


def flattened(network: nn.Module) -> list[nn.Module] | None:
    """The layers of a `nn.Sequential`, with those of the ones that it holds; None for other modules, and with hooks."""
    if not isinstance(network, nn.Sequential) or type(network).forward is not nn.Sequential.forward or has_hooks(network):
        return None
    layers: list[nn.Module] = []
    for layer in network:
        layers += flattened(layer) or [layer]
    return layers


def split(
    layers: list[nn.Module], shape: tuple[int, int, int]
) -> tuple[list[Segment], list[GradientMask], int, list[GradientMask]]:
    """The segments below masks that block something, these masks, the index of the first layer above the last of them, and
    all layers of masks below that one."""
    segments: list[Segment] = []
    masks: list[GradientMask] = []
    cut, mask_layers, passed = 0, [], []
    current: list[nn.Module] = []
    is_owned = False
    for index, layer in enumerate(layers):
        if type(layer) in (Backdrop, StochasticBackpropagation) and not has_hooks(layer):
            passed.append(layer)
            if layer.training and not layer.blocks_nothing:
                segments.append(Segment(blocks_of(current), shape))
                shape, current, is_owned = segments[-1].shapes[-1], [], False
                masks.append(layer)
                cut, mask_layers = index + 1, list(passed)
        # A layer that works in place needs a map that nothing else holds.
        elif is_supported(layer) and (is_owned or not getattr(layer, "inplace", False)):
            current.append(layer)
            is_owned = is_owned or type(layer) not in POINTWISE
        else:
            break
    return segments, masks, cut, mask_layers


def layout_before(layers: list[nn.Module], images: Tensor) -> torch.memory_format:
    """The layout that a map has after some layers: channels last if any convolution's weights or the images have it."""
    convolutions = [layer for layer in layers if isinstance(layer, nn.Conv2d)]
    tensors = [layer.weight for layer in convolutions] + [images]
    is_last = any(
        tensor.is_contiguous(memory_format=torch.channels_last) and not tensor.is_contiguous() for tensor in tensors)
    return torch.channels_last if is_last else torch.contiguous_format
