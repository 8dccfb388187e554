"""Where the windows of a map's cells lie on the maps below.

A cell is one place of a map, with all its channels. A window is what some neighbouring cells depend on: a rectangle of
each map below, part of which may lie beyond that map's edges. Both axes of a map work alike, and are described one by one.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Reach:
    """What one output of a convolution or pooling depends on, along one axis, in places of its input."""

    kernel: int = 1
    stride: int = 1
    padding: int = 0
    dilation: int = 1

    @property
    def extent(self) -> int:
        return self.dilation * (self.kernel - 1) + 1

    def outputs(self, extent: int) -> int:
        """The extent of the output of an input of the given extent; 0 or less where the input is too small."""
        return (extent + 2 * self.padding - self.extent) // self.stride + 1

    def rows_below(self, first: int, end: int) -> tuple[int, int]:
        """The inputs of the outputs from `first` to before `end`, as such a range; it may reach beyond the input."""
        return first * self.stride - self.padding, (end - 1) * self.stride - self.padding + self.extent


@dataclass(frozen=True)
class Span:
    """Windows on a map along one axis: window t covers `size` places from t * stride + offset on.

    `extent` is the map's. Places under 0, and from the extent on, are beyond its edges.
    """

    extent: int
    size: int
    stride: int
    offset: int = 0

    def below(self, reach: Reach, extent: int) -> "Span":
        """The windows on the input of a layer whose output these windows are on."""
        return Span(
            extent, (self.size - 1) * reach.stride + reach.extent, self.stride * reach.stride,
            self.offset * reach.stride - reach.padding)

    def places(self, windows: Tensor) -> Tensor:
        """The places of some windows, by their numbers: int64, shape (N, size)."""
        return (windows * self.stride + self.offset)[:, None] + torch.arange(self.size, device=windows.device)

    def coverage(self, windows: int) -> Tensor:
        """Which places of the map the first windows cover: float32, 1 or 0, shape (windows, extent)."""
        start = (torch.arange(windows) * self.stride + self.offset)[:, None]
        places = torch.arange(self.extent)
        return ((places >= start) & (places < start + self.size)).float()


class Windows:
    """Some windows on a map: which rows of the map, as a table of cells, they take.

    Legend: N windows of h x w places; B images, C channels, H height, W width.

    Args:
        spans: along y and x.
        sample, y, x: of each window the image and its number along each axis: int64, shape (N,).
    """

    def __init__(self, spans: tuple[Span, Span], sample: Tensor, y: Tensor, x: Tensor) -> None:
        self.spans = spans
        self.sample = sample
        self.ys, self.xs = (span.places(windows) for span, windows in zip(spans, (y, x)))
        inside = [(at >= 0) & (at < span.extent) for span, at in zip(spans, (self.ys, self.xs))]
        self.beyond: Tensor | None = None
        """Places of the windows beyond the map's edges, as indices into N * h * w; None where there are none."""
        if not all(bool(axis.all()) for axis in inside):
            outside = ~(inside[0][:, :, None] & inside[1][:, None, :])
            self.beyond = outside.flatten().nonzero().flatten()

    @property
    def rows(self) -> Tensor:
        """The cell of each place, as an index into B * H * W: shape (N * h * w,). Beyond the map, any cell."""
        height, width = (span.extent for span in self.spans)
        ys, xs = self.ys.clamp(0, height - 1), self.xs.clamp(0, width - 1)
        return ((self.sample[:, None, None] * height + ys[:, :, None]) * width + xs[:, None, :]).flatten()

    def gather(self, maps: Tensor, fill: float = 0) -> Tensor:
        """The windows of maps (B, C, H, W), `fill` beyond the maps' edges: shape (N, C, h, w), channels last."""
        cells = table(maps).index_select(0, self.rows)
        windows = cells.view(len(self.sample), *(span.size for span in self.spans), maps.shape[1]).permute(0, 3, 1, 2)
        return self.filled(windows, fill)

    def add_to(self, maps: Tensor, windows: Tensor) -> None:
        """Adds windows (N, C, h, w), zero beyond the maps' edges, to maps (B, C, H, W) that are channels last."""
        values = table(windows)
        table(maps).scatter_add_(0, self.rows[:, None].expand_as(values), values)

    def filled(self, windows: Tensor, fill: float) -> Tensor:
        """Windows (N, C, h, w) with `fill` beyond the map's edges, set in place where the windows are channels last."""
        windows = windows.contiguous(memory_format=torch.channels_last)
        if self.beyond is not None:
            table(windows).index_fill_(0, self.beyond, fill)
        return windows


def table(maps: Tensor) -> Tensor:
    """Maps (B, C, H, W) as a table of cells, of shape (B * H * W, C); a view of maps that are channels last."""
    return maps.permute(0, 2, 3, 1).reshape(-1, maps.shape[1])
