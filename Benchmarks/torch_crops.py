"""Times an exact Backdrop step in PyTorch with a backward pass through crops, as an informed user would write it.

    torch_crops.py [SIDE BATCH KERNEL FINE COARSE AXES] [--crops 32] [--images 1] [--check]

The layers below the fine mask run forward without autograd. The layers above it run as usual, and give the gradient at
the fine mask. That gradient is zero except at live cells: those that the fine mask keeps below a cell that the coarse
mask keeps. Each live cell depends on one window of its image. The windows are cropped, stacked as a batch, and
passed forward and backward through the lower layers, without padding.

Crops are always used, even if the masks block so little that the step of torch_step.py is faster. Arguments, options
and output are those of torch_step.py. --check compares every gradient with the plain step's in float64, with the same
masks, and exits with status 1 if one differs by more than 1e-10 of its maximum.
"""

import sys
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional
from torch_step import THREADS, Backdrop, arguments, problem, report, restart_with_allocator

TOLERANCE = 1e-10


@dataclass(frozen=True)
class Level:
    """A map below the fine mask, and the windows of it that the cells of the masked map depend on.

    The window of cell (y, x) begins at (y * stride + offset, x * stride + offset) and may extend beyond the map's edge.
    All sizes are in cells of this map.
    """

    side: int
    window: int
    stride: int
    offset: int

    def inside(self, cells):
        """Which positions in the windows of `cells`, along one axis, are on the map: shape (cells, window)."""
        places = (cells * self.stride + self.offset)[:, None] + torch.arange(self.window)
        return (places >= 0) & (places < self.side)


def levels(convolutions, side):
    """The levels of the image and of each convolution's output, from the image up."""
    sides = [side]
    for layer in convolutions:
        sides.append((sides[-1] + 2 * layer.padding[0] - layer.kernel_size[0]) // layer.stride[0] + 1)
    found = [Level(sides.pop(), 1, 1, 0)]
    for layer in reversed(convolutions):
        above = found[-1]
        kernel, stride, padding = layer.kernel_size[0], layer.stride[0], layer.padding[0]
        window = (above.window - 1) * stride + kernel
        found.append(Level(sides.pop(), window, above.stride * stride, above.offset * stride - padding))
    return found[::-1]


class Cropped:
    """A network of square images whose backward pass below its first mask goes through crops.

    `crops` windows pass through the lower layers at the same time, and `images` images in the forward pass.
    """

    def __init__(self, network, side, crops, images):
        mask = next(place for place, layer in enumerate(network) if isinstance(layer, Backdrop))
        self.lower, self.upper = network[:mask], network[mask:]
        self.convolutions = [layer for layer in self.lower if isinstance(layer, nn.Conv2d)]
        self.levels = levels(self.convolutions, side)
        self.crops, self.images = crops, images

    def forward(self, images, labels):
        """The loss, and the map at the fine mask, whose gradient `backward` needs."""
        with torch.no_grad():
            masked = torch.cat([self.lower(part) for part in images.split(self.images)])
        masked.requires_grad_()
        return functional.cross_entropy(self.upper(masked), labels), masked

    def backward(self, loss, masked, images):
        """Adds the gradient of the loss to the `grad` of every parameter. Returns the number of live cells."""
        loss.backward()
        gradient = masked.grad
        live = (gradient != 0).any(1).nonzero()
        windows = self.windows(images)
        for start in range(0, len(live), self.crops):
            sample, y, x = live[start : start + self.crops].T
            above = gradient[sample, :, y, x]
            # The number of crops is constant, since oneDNN prepares a convolution again for every new shape.
            missing = self.crops - len(sample)
            if missing:
                sample, y, x = (functional.pad(places, (0, missing)) for places in (sample, y, x))
                above = functional.pad(above, (0, 0, 0, missing))
            self.recompute(windows[sample, :, y, x], y, x).backward(above[:, :, None, None])
        return len(live)

    def windows(self, images):
        """A view of all windows of the images, zero beyond their edges: shape (batch, 1, y, x, window, window)."""
        image, top = self.levels[0], self.levels[-1]
        after = max(0, (top.side - 1) * image.stride + image.offset + image.window - image.side)
        padded = functional.pad(images, (-image.offset, after) * 2)
        return padded.unfold(2, image.window, image.stride).unfold(3, image.window, image.stride)

    def recompute(self, crops, y, x):
        """The output of the lower layers for the windows of cells (y, x): shape (crops, channels, 1, 1).

        Positions beyond the edge of a map are its layer's zero padding: they and their gradients stay zero.
        """
        result = crops.contiguous(memory_format=torch.channels_last)
        for layer, level in zip(self.convolutions, self.levels[1:]):
            result = functional.conv2d(result, layer.weight, layer.bias, layer.stride).relu_()
            rows, columns = level.inside(y), level.inside(x)
            if not (rows.all() and columns.all()):
                result = result * (rows[:, None, :, None] & columns[:, None, None, :])
        return result


def check(options):
    """The maximum difference between the gradients of the two steps, relative to each gradient's maximum."""
    torch.manual_seed(1)
    network, images, labels = problem(options)
    network, images = network.double(), images.double()
    cropped = Cropped(network, options.side, options.crops, options.images)

    def gradients(step):
        network.zero_grad()
        torch.manual_seed(2)
        step()
        return [parameter.grad.clone() for parameter in network.parameters()]

    plain = gradients(lambda: functional.cross_entropy(network(images), labels).backward())
    crops = gradients(lambda: cropped.backward(*cropped.forward(images, labels), images))
    return max(float((a - b).abs().max() / a.abs().max()) for a, b in zip(plain, crops))


def main():
    parser = arguments(__doc__)
    parser.add_argument("--crops", default=32, type=int, help="windows per backward pass")
    parser.add_argument("--images", default=1, type=int, help="images per forward pass")
    parser.add_argument("--check", action="store_true", help="compare with the plain step instead of timing")
    options = parser.parse_args()
    if not options.plain:
        restart_with_allocator()
    torch.set_num_threads(THREADS)
    if options.check:
        difference = check(options)
        print(f"maximum relative difference from the plain step: {difference:.1e}")
        sys.exit(0 if difference <= TOLERANCE else 1)
    torch.manual_seed(0)
    network, images, labels = problem(options)
    cropped = Cropped(network, options.side, options.crops, options.images)
    report(
        options, lambda: cropped.forward(images, labels), lambda result: cropped.backward(*result, images), network)


if __name__ == "__main__":
    main()
