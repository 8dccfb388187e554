"""The layers between two masks: forward by bands that stay in the processor's caches, backward by the windows that survive.

Legend: B images, C channels, H height, W width; N windows. Maps are channels last. The level of a map is the number of
the segment's blocks below it, so block l takes level l to level l + 1.
"""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional

from .blocks import MEMORY_OPERATIONS, Block
from .geometry import Span, Windows

Shape = tuple[int, int, int]
"""C, H and W of a map."""

# Numbers of the maps that a band computes at a time: 4 MiB in single precision.
BAND_NUMBERS = 2**20
# Numbers of the largest maps of the windows that go backward at a time, and the maximum of these windows.
CHUNK_NUMBERS, CHUNK_WINDOWS = 2**21, 64


class Segment:
    """The blocks between two masks, for images of one size.

    Of the maps between its blocks, a segment keeps those that are expensive to compute. A map whose numbers take at most
    `MEMORY_OPERATIONS` multiplications each, such as that of a convolution of an image of one channel, is not kept but
    computed again, window by window.

    Args:
        blocks: from the lower mask, or the image, to the upper mask.
        shape: of the input.
    """

    def __init__(self, blocks: list[Block], shape: Shape) -> None:
        self.blocks = blocks
        self.shapes = [shape]
        for block in blocks:
            channels, *extents = self.shapes[-1]
            self.shapes.append((
                block.channels(channels), *(reach.outputs(extent) for reach, extent in zip(block.reach, extents))))
        last = len(blocks)
        self.is_kept = [level in (0, last) or blocks[level - 1].operations > MEMORY_OPERATIONS for level in range(last + 1)]

    @property
    def is_possible(self) -> bool:
        """Whether no map is too small for the layer above it."""
        return all(min(shape) > 0 for shape in self.shapes)

    @property
    def has_parameters(self) -> bool:
        """Whether there is anything to compute a gradient for."""
        return any(block.parameters for block in self.blocks)

    def forward(self, x: Tensor) -> list[Tensor | None]:
        """The maps of all levels for an input (B, C, H, W), without autograd; None for those that are not kept."""
        maps: list[Tensor | None] = [x.contiguous(memory_format=torch.channels_last)]
        first = 0
        for level in range(1, len(self.blocks) + 1):
            maps.append(self.stage(first, level, maps[first]) if self.is_kept[level] else None)
            first = level if self.is_kept[level] else first
        return maps

    def stage(self, first: int, last: int, x: Tensor) -> Tensor:
        """The map of level `last` from the map of level `first`: whole images, or bands of rows of one image."""
        shape = self.shapes[last]
        numbers = max(c * h * w for c, h, w in self.shapes[first + 1 : last + 1])
        images = max(1, BAND_NUMBERS // numbers)
        bands = -(-numbers // BAND_NUMBERS) if images == 1 else 1
        rows = -(-shape[1] // bands)
        if rows == shape[1] and images >= len(x):
            return self.band(first, last, x, 0, rows)
        result = torch.empty((len(x), *shape), dtype=x.dtype, device=x.device, memory_format=torch.channels_last)
        for image in range(0, len(x), images):
            for row in range(0, shape[1], rows):
                end = min(row + rows, shape[1])
                result[image : image + images, :, row:end] = self.band(first, last, x[image : image + images], row, end)
        return result

    def band(self, first: int, last: int, x: Tensor, row: int, end: int) -> Tensor:
        """Rows `row` to before `end` of the map of level `last`, from whole maps of level `first`."""
        if (row, end) == (0, self.shapes[last][1]):
            for block in self.blocks[first:last]:
                x = block.forward(x, tuple(reach.padding for reach in block.reach))
            return x
        needed = [(row, end)]
        for block in reversed(self.blocks[first:last]):
            needed.append(block.reach[0].rows_below(*needed[-1]))
        # The rows that `x` begins with: of the whole map, then of each block's output.
        start = 0
        for level, (low, high) in zip(range(first, last), reversed(needed)):
            block, height = self.blocks[level], self.shapes[level][1]
            x = x[:, :, max(low, 0) - start : min(high, height) - start]
            if low < 0 or high > height:
                x = functional.pad(x, (0, 0, max(-low, 0), max(high - height, 0)), value=block.fill)
            x = block.forward(x, (0, block.reach[1].padding))
            start = needed[last - level - 1][0]
        return x

    def spans(self, tile: int) -> list[tuple[Span, Span]]:
        """Along y and x, the windows of squares of `tile` x `tile` cells of the last level, on the map of each level."""
        spans = [tuple(Span(extent, tile, tile) for extent in self.shapes[-1][1:])]
        for block, shape in zip(reversed(self.blocks), reversed(self.shapes[:-1])):
            spans.append(tuple(
                span.below(reach, extent) for span, reach, extent in zip(spans[-1], block.reach, shape[1:])))
        return spans[::-1]

    def backward(self, maps: list[Tensor | None], gradient: Tensor, tile: int, needs_input: bool) -> Tensor | None:
        """Adds to the `grad` of the parameters; returns the input's gradient if it is needed.

        Args:
            maps: what `forward` returned.
            gradient: of the last level's map, zero but at the surviving cells.
            tile: the side of the squares of cells that windows belong to.
            needs_input: whether there is anything below this segment to compute a gradient for.
        """
        if not self.blocks:
            return gradient if needs_input else None
        for block in self.blocks:
            for parameter in block.parameters:
                if parameter.grad is None:
                    parameter.grad = torch.zeros_like(parameter)
        below = torch.zeros_like(maps[0]) if needs_input else None
        windows = live_tiles((gradient != 0).any(1), tile).nonzero()
        spans = self.spans(tile)
        for part, missing in in_chunks(windows, self.chunk(spans)):
            self.windows_backward(maps, gradient, below, spans, part, missing)
        return below

    def windows_backward(
        self, maps: list[Tensor | None], gradient: Tensor, below: Tensor | None, spans: list[tuple[Span, Span]],
        windows: Tensor, missing: int,
    ) -> None:
        """`backward` of some windows, int64 of shape (N, 3), of which the last `missing` are repetitions and add nothing.

        Adds the gradient of the input to `below`, unless that is None.
        """
        lowest = 0 if below is not None else min(
            level for level, block in enumerate(self.blocks) if block.parameters)
        start = max(level for level in range(lowest + 1) if self.is_kept[level])
        at = {level: Windows(spans[level], *windows.T) for level in range(start, len(self.blocks) + 1)}
        inputs: dict[int, Tensor] = {}
        for level in range(start, len(self.blocks)):
            fill = self.blocks[level].fill
            if self.is_kept[level]:
                inputs[level] = at[level].gather(maps[level], fill)
            else:
                inputs[level] = at[level].filled(self.blocks[level - 1].forward(inputs[level - 1], (0, 0)), fill)
        y, above = at[len(self.blocks)].gather(maps[-1]), at[len(self.blocks)].gather(gradient)
        above[len(above) - missing :] = 0
        for level in range(len(self.blocks) - 1, lowest - 1, -1):
            x = inputs[level]
            found = self.blocks[level].backward(x, y, above, needs_input=level > lowest or below is not None)
            if found is not None:
                # What lies beyond the map's edges is the layer's padding, and no output of the layer below.
                above, y = at[level].filled(found, 0), x
        if below is not None:
            at[0].add_to(below, above)

    def chunk(self, spans: list[tuple[Span, Span]]) -> int:
        """How many windows go backward at a time: a power of two."""
        numbers = max(shape[0] * y.size * x.size for shape, (y, x) in zip(self.shapes, spans))
        return 1 << max(1, min(CHUNK_WINDOWS, CHUNK_NUMBERS // numbers)).bit_length() - 1

    def cheapest_tile(self, live: Tensor, needs_input: bool) -> tuple[int, int]:
        """The side of the squares of cells whose windows cost least, and their cost as `work` counts it.

        Args:
            live: which cells of the last level survive: bool, shape (B, H, W).
        """
        largest = max(live.shape[1:])
        tiles = [1 << power for power in range(largest.bit_length()) if 1 << power < largest] + [largest]
        costs = {}
        for tile in tiles:
            sizes = [(y.size, x.size) for y, x in self.spans(tile)]
            costs[tile] = int(live_tiles(live, tile).sum()) * self.work(sizes, needs_input, recomputes=True)
        cheapest = min(tiles, key=costs.__getitem__)
        return cheapest, costs[cheapest]

    def dense_cost(self, images: int, needs_input: bool) -> int:
        """The cost of the backward pass on whole maps."""
        return images * self.work([shape[1:] for shape in self.shapes], needs_input, recomputes=False)

    def work(self, sizes: list[tuple[int, int]], needs_input: bool, recomputes: bool) -> int:
        """An estimate of the cost of a backward pass through maps of the given heights and widths, in multiplications.

        A block costs its multiplications once for the gradient of its parameters, once for that of its input, and once
        more if its output is computed again. Each number of its output costs `MEMORY_OPERATIONS` more.
        """
        total = 0
        has_gradient_below = needs_input
        for level, block in enumerate(self.blocks):
            has_parameters = bool(block.parameters)
            is_recomputed = recomputes and not (self.is_kept[level + 1] and block.is_decided_by_output)
            passes = has_gradient_below + has_parameters + is_recomputed
            has_gradient_below |= has_parameters
            height, width = sizes[level + 1]
            total += self.shapes[level + 1][0] * height * width * (passes * block.operations + MEMORY_OPERATIONS)
        return total

    def live_below(self, live: Tensor) -> Tensor:
        """Which cells of the input the given cells of the last level depend on.

        Args:
            live: bool, shape (B, H, W).

        Returns:
            bool, of the input's height and width.
        """
        y, x = (span.coverage(windows).to(live.device) for span, windows in zip(self.spans(1)[0], live.shape[1:]))
        return torch.einsum("byx,yi,xj->bij", live.float(), y, x) > 0


def live_tiles(live: Tensor, tile: int) -> Tensor:
    """Which squares of `tile` x `tile` cells have a live one: bool; (B, H, W) becomes (B, ceil(H / tile), ceil(W / tile))."""
    return functional.max_pool2d(live[:, None].float(), tile, ceil_mode=True)[:, 0] > 0


def in_chunks(windows: Tensor, chunk: int) -> Iterator[tuple[Tensor, int]]:
    """Windows, int64 of shape (N, 3), `chunk` at a time, and how many of these are repetitions, which add nothing.

    What is left after whole chunks is filled up to 1, 2, 3, 4, 6, 8, 12 and so on, since oneDNN prepares a convolution
    anew for every new shape.
    """
    for part in windows.split(chunk) if len(windows) else ():
        step = 1 << max(0, len(part).bit_length() - 2)
        missing = -len(part) % step
        yield torch.cat([part, part[:1].expand(missing, -1)]), missing
