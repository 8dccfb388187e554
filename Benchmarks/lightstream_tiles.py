"""Times an exact dense step of the reference network on one large image, in tiles, with lightstream's StreamingCNN.

    .venv/bin/pip install --no-deps lightstream             # and torch, numpy
    lightstream_tiles.py [SIDE TILE] [--steps 2] [--plain] [--check]

The lower five convolutions run tile by tile, forward and backward, so that memory depends on the tile and not on the
image; the upper layers run as usual. There are no masks. lightstream was made for GPUs: on a CPU it runs correctly but
slowly. Prints one line of JSON: milliseconds per image and peak memory in bytes. --check compares every gradient with
that of the plain step in float64, and exits with status 1 if one differs by more than 1e-10 of its maximum.

Source: Pinckaers, van Ginneken and Litjens, arXiv:1911.04432.
"""

import argparse
import importlib.util
import json
import statistics
import sys
import time
import types
import warnings
from importlib.metadata import version

import torch
from torch import nn
from torch.nn import functional
from torch_step import THREADS, Backdrop, peak_bytes, reference_network, restart_with_allocator

TOLERANCE = 1e-10


def streaming_cnn():
    """The class StreamingCNN. It needs only torch and numpy, but the package's `__init__` imports Lightning and
    torchvision, so an empty module replaces the package."""
    spec = importlib.util.find_spec("lightstream")
    if spec is None:
        sys.exit("lightstream is not installed: pip install --no-deps lightstream")
    package = types.ModuleType("lightstream")
    package.__path__ = spec.submodule_search_locations
    sys.modules["lightstream"] = package
    from lightstream.core.scnn.scnn import StreamingCNN

    return StreamingCNN


class Tiled:
    """The reference network, with the layers below its fine mask computed in tiles."""

    def __init__(self, side, tile, dtype):
        network = reference_network(side, 3, 0, 0, "sample,y,x").to(dtype)
        mask = next(place for place, layer in enumerate(network) if isinstance(layer, Backdrop))
        self.lower, self.upper = network[:mask], network[mask:]
        self.state = {name: value.clone() for name, value in network.state_dict().items()}
        self.stream = streaming_cnn()(self.lower, tile_shape=(1, 1, tile, tile), copy_to_gpu=False)

    def parameters(self):
        return [*self.stream.stream_module.parameters(), *self.upper.parameters()]

    def forward(self, image, label):
        with torch.no_grad():
            maps = self.stream.forward(image)
        maps.requires_grad_()
        return functional.cross_entropy(self.upper(maps), label), maps

    def backward(self, loss, maps, image):
        loss.backward()
        self.stream.backward(image, maps.grad)


def check(side, tile):
    """The maximum difference from the gradients of the plain step, relative to each gradient's maximum."""
    tiled = Tiled(side, tile, torch.float64)
    image, label = torch.randn(1, 1, side, side, dtype=torch.float64), torch.zeros(1, dtype=torch.long)
    tiled.backward(*tiled.forward(image, label), image)
    plain = reference_network(side, 3, 0, 0, "sample,y,x").double()
    plain.load_state_dict(tiled.state)
    functional.cross_entropy(plain(image), label).backward()
    pairs = zip(plain.parameters(), tiled.parameters())
    return max(float((a.grad - b.grad).abs().max() / a.grad.abs().max()) for a, b in pairs)


def measure(side, tile, steps):
    tiled = Tiled(side, tile, torch.float32)
    optimizer = torch.optim.SGD(tiled.parameters(), 1e-3)
    image, label = torch.randn(1, 1, side, side), torch.zeros(1, dtype=torch.long)
    before = peak_bytes()
    times = {"forward": [], "backward": [], "step": []}
    # The first step is a warm-up.
    for _ in range(1 + steps):
        start = time.perf_counter()
        result = tiled.forward(image, label)
        middle = time.perf_counter()
        tiled.backward(*result, image)
        end = time.perf_counter()
        optimizer.step()
        optimizer.zero_grad()
        times["step"].append(time.perf_counter() - start)
        times["forward"].append(middle - start)
        times["backward"].append(end - middle)
    figures = {name: round(statistics.median(values[1:]) * 1e3, 3) for name, values in times.items()}
    return {
        "side": side, "tile": tile, "way": f"lightstream {version('lightstream')}, torch {torch.__version__}",
        **figures, "before_bytes": before, "peak_bytes": peak_bytes()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("side", nargs="?", default=2048, type=int)
    parser.add_argument("tile", nargs="?", default=1024, type=int)
    parser.add_argument("--plain", action="store_true", help="do not change the allocator's settings")
    parser.add_argument("--steps", default=2, type=int, help="steps to time after a warm-up step")
    parser.add_argument("--check", action="store_true", help="compare with the plain step instead of timing")
    options = parser.parse_args()
    if not options.plain:
        restart_with_allocator()
    # lightstream requests CUDA autocast, and PyTorch warns that it is not available.
    warnings.filterwarnings("ignore", message="User provided device_type of 'cuda'")
    warnings.filterwarnings("ignore", message="CUDA is not available")
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    if options.check:
        difference = check(options.side, options.tile)
        print(f"maximum relative difference from the plain step: {difference:.1e}")
        sys.exit(0 if difference <= TOLERANCE else 1)
    print(json.dumps(measure(options.side, options.tile, options.steps)))


if __name__ == "__main__":
    main()
