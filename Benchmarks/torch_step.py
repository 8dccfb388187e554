"""Times training steps of the reference network in PyTorch, channels_last, as TrainingBenchmark does gpgen's.

The same arguments but for the last: side, batch, kernel, fine mask, coarse mask, axes ("sample,y,x" or "y,x"). Prints one
line of JSON: milliseconds an image, the peak memory of the process, and how much of it was there before the first step.
Needs torch. Benchmarks/train.py and Benchmarks/masks.py run it.
"""

import json
import math
import statistics
import sys
import time
from pathlib import Path

import torch
from torch import nn

STEPS, WARM_UP = 10, 2


class Backdrop(nn.Module):
    """The identity forward. Backward the gradient is multiplied by m = b * count / sum(b), where b is 0 with the given
    probability; of a mask that would be all 0 one place is kept. One mask a sample, or one for the batch."""

    def __init__(self, probability, axes):
        super().__init__()
        self.probability, self.per_sample = probability, "sample" in axes

    def forward(self, x):
        if x.requires_grad and self.probability > 0:
            mask = self.draw(len(x) if self.per_sample else 1, x.shape[2:])
            x.register_hook(lambda gradient: gradient * mask)
        return x

    def draw(self, masks, extent):
        count = extent.numel()
        kept = torch.bernoulli(torch.full((masks, count), 1 - self.probability))
        empty = (kept.sum(1) == 0).nonzero().flatten()
        kept[empty, torch.randint(count, (len(empty),))] = 1
        return (kept * count / kept.sum(1, keepdim=True)).view(masks, 1, *extent)


def reference_network(side, kernel, fine, coarse, axes, channels=64, outputs=4):
    """As `Network.reference` of the Swift library Backdrop: the depth by the side, the coarse mask after the last
    convolution, the fine one three before it."""
    depth = max(4, round(math.log2(side)) - 2)
    layers = []
    for position in range(1, depth + 1):
        if position == 1:
            layers += [nn.Conv2d(1, channels, 5, stride=2, padding=2), nn.ReLU()]
        else:
            layers += [nn.Conv2d(channels, channels, kernel, stride=2, padding=(kernel - 1) // 2), nn.ReLU()]
        if position == depth - 3:
            layers.append(Backdrop(fine, axes))
    return nn.Sequential(
        *layers, Backdrop(coarse, axes), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, outputs))


def peak_bytes():
    # Not getrusage's ru_maxrss: that begins with the parent's.
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def main():
    words = sys.argv[1:] + ["1024", "4", "3", "0.85", "0.95", "sample,y,x"][len(sys.argv) - 1 :]
    side, batch, kernel = map(int, words[:3])
    fine, coarse, axes = float(words[3]), float(words[4]), words[5]
    torch.set_num_threads(2)
    torch.manual_seed(0)
    network = reference_network(side, kernel, fine, coarse, axes.split(","))
    network = network.to(memory_format=torch.channels_last)
    images = torch.randn(batch, 1, side, side).to(memory_format=torch.channels_last)
    labels = torch.arange(batch) % 4
    optimizer = torch.optim.SGD(network.parameters(), 1e-3)
    before = peak_bytes()
    times = {"forward": [], "backward": [], "step": []}
    for _ in range(STEPS):
        start = time.perf_counter()
        loss = nn.functional.cross_entropy(network(images), labels)
        middle = time.perf_counter()
        loss.backward()
        end = time.perf_counter()
        optimizer.step()
        optimizer.zero_grad()
        times["step"].append(time.perf_counter() - start)
        times["forward"].append(middle - start)
        times["backward"].append(end - middle)
    figures = {name: round(statistics.median(values[WARM_UP:]) / batch * 1e3, 3) for name, values in times.items()}
    print(json.dumps({
        "side": side, "batch": batch, "kernel": kernel, "fine": fine, "coarse": coarse, "axes": axes,
        "way": f"torch {torch.__version__}", **figures, "before_bytes": before, "peak_bytes": peak_bytes()}))


if __name__ == "__main__":
    main()
