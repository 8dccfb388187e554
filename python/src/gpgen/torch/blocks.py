"""The layers that a step at the cost of what survives goes backward through by windows.

A block is a convolution or a pooling and the layers after it that act on each element by itself. A block of the latter
alone stands where these come first.

Legend: B images or windows, C channels, H height, W width.
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from .geometry import Reach
from .networks import Standardization

POINTWISE = (
    nn.ReLU, nn.LeakyReLU, nn.Identity, nn.ReLU6, nn.Hardtanh, nn.ELU, nn.CELU, nn.SELU, nn.GELU, nn.SiLU, nn.Mish, nn.Softplus,
    nn.Hardswish, nn.Sigmoid, nn.Tanh, Standardization)
SPATIAL = (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)

# Multiplications that take as long as writing a number of a map and reading it again.
MEMORY_OPERATIONS = 64


def pair(value: int | Sequence[int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])


def is_supported(layer: nn.Module) -> bool:
    """Whether a layer can be part of a block.

    Subclasses are not, as they may compute anything; nor are layers with hooks, which expect whole maps.
    """
    if has_hooks(layer):
        return False
    if type(layer) is nn.Conv2d:
        return layer.padding_mode == "zeros" and not isinstance(layer.padding, str)
    if type(layer) is nn.MaxPool2d:
        return not (layer.ceil_mode or layer.return_indices)
    if type(layer) is nn.AvgPool2d:
        # Without the padding counted, the divisor depends on the place.
        return not layer.ceil_mode and (layer.count_include_pad or pair(layer.padding) == (0, 0))
    return type(layer) in POINTWISE


def has_hooks(layer: nn.Module) -> bool:
    """Whether a module or one of its parameters has hooks of any kind, or the module a `forward` of its own."""
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    parameters = layer.parameters(recurse=False)
    return "forward" in vars(layer) or any(getattr(layer, kind, None) for kind in kinds) or any(
        parameter._backward_hooks or getattr(parameter, "_post_accumulate_grad_hooks", None) for parameter in parameters)


class Block:
    """A convolution or pooling, or neither, and the pointwise layers after it.

    Args:
        spatial: a layer of `SPATIAL`, or None.
        pointwise: layers of `POINTWISE`.
    """

    def __init__(self, spatial: nn.Module | None, pointwise: Sequence[nn.Module]) -> None:
        self.spatial, self.pointwise = spatial, list(pointwise)
        self.reach = (Reach(), Reach())
        if spatial is not None:
            sizes = (spatial.kernel_size, spatial.stride, spatial.padding, getattr(spatial, "dilation", 1))
            self.reach = tuple(Reach(*axis) for axis in zip(*map(pair, sizes)))
        self.fill = -math.inf if isinstance(spatial, nn.MaxPool2d) else 0.0
        """What the layer sees beyond the edges of its input."""

    @property
    def parameters(self) -> list[nn.Parameter]:
        """Those that need a gradient."""
        return [] if self.spatial is None else [p for p in self.spatial.parameters() if p.requires_grad]

    @property
    def operations(self) -> int:
        """Multiplications, or comparisons, for one number of the output."""
        kernel = math.prod(reach.kernel for reach in self.reach)
        return kernel * self.spatial.in_channels // self.spatial.groups if isinstance(self.spatial, nn.Conv2d) else kernel

    def channels(self, channels: int) -> int:
        """Of the output, for an input of so many."""
        return self.spatial.out_channels if isinstance(self.spatial, nn.Conv2d) else channels

    def forward(self, x: Tensor, padding: tuple[int, int]) -> Tensor:
        """The block's output for an input (B, C, H, W), padded by so many places along y and x."""
        first, rest = self.pointwise[:1], self.pointwise[1:]
        match self.spatial:
            case nn.Conv2d() as layer:
                x = functional.conv2d(x, layer.weight, layer.bias, layer.stride, padding, layer.dilation, layer.groups)
            case nn.MaxPool2d() as layer:
                x = functional.max_pool2d(x, layer.kernel_size, layer.stride, padding, layer.dilation)
            case nn.AvgPool2d() as layer:
                x = functional.avg_pool2d(
                    x, layer.kernel_size, layer.stride, padding, divisor_override=layer.divisor_override)
        for layer in first:
            # The output of a convolution or pooling is not needed again, so it makes room for the ReLU's.
            x = x.relu_() if isinstance(layer, nn.ReLU) and self.spatial is not None else layer(x)
        for layer in rest:
            x = layer(x)
        return x

    def backward(self, x: Tensor, y: Tensor, gradient: Tensor, needs_input: bool) -> Tensor | None:
        """Adds to the `grad` of the parameters, which is not None, and returns the gradient of the input if it is needed.

        Args:
            x: the input, with the values beyond the map's edges in place: no padding is added.
            y: the output, which is not computed again where it determines the gradient.
            gradient: of the output.
            needs_input: whether the input's gradient is returned.
        """
        if not self.is_decided_by_output:
            return self.recomputed_backward(x, gradient, needs_input)
        layer, gate = self.spatial, self.gate
        wanted = [needs_input, *(p is not None and p.requires_grad for p in (layer.weight, layer.bias))]
        found, *gradients = torch.ops.aten.convolution_backward(
            gate(gradient, y), x, layer.weight, [layer.out_channels], layer.stride, (0, 0), layer.dilation, False, (0, 0),
            layer.groups, wanted)
        for parameter, value in zip((layer.weight, layer.bias), gradients):
            if value is not None:
                parameter.grad.add_(value)
        return found

    @property
    def is_decided_by_output(self) -> bool:
        """Whether the gradient follows from the input and the output, with nothing between them computed again."""
        return isinstance(self.spatial, nn.Conv2d) and self.gate is not None

    @property
    def gate(self) -> Callable[[Tensor, Tensor], Tensor] | None:
        """From the gradient after the pointwise layers, and their output, to the gradient before them; None where the output
        does not determine it."""
        layers = [layer for layer in self.pointwise if not isinstance(layer, nn.Identity)]
        match layers:
            case []:
                return lambda gradient, y: gradient
            case [nn.ReLU()]:
                return lambda gradient, y: torch.ops.aten.threshold_backward(gradient, y, 0)
            case [nn.LeakyReLU(negative_slope=slope)] if slope > 0:
                return lambda gradient, y: torch.ops.aten.leaky_relu_backward(gradient, y, slope, True)
        return None

    def recomputed_backward(self, x: Tensor, gradient: Tensor, needs_input: bool) -> Tensor | None:
        """`backward` by autograd."""
        x = x.detach().requires_grad_(needs_input)
        parameters = self.parameters
        leaves = [x, *parameters] if needs_input else parameters
        if not leaves:
            return None
        with torch.enable_grad():
            found = torch.autograd.grad(self.forward(x, (0, 0)), leaves, gradient)
        for parameter, value in zip(parameters, found[needs_input:]):
            parameter.grad.add_(value)
        return found[0] if needs_input else None


def blocks_of(layers: Sequence[nn.Module]) -> list[Block]:
    """Supported layers, grouped into blocks."""
    groups: list[tuple[nn.Module | None, list[nn.Module]]] = []
    for layer in layers:
        if isinstance(layer, SPATIAL):
            groups.append((layer, []))
        else:
            if not groups:
                groups.append((None, []))
            groups[-1][1].append(layer)
    return [Block(*group) for group in groups]
