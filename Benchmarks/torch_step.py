"""Times training steps of the reference network in PyTorch, as TrainingBenchmark does for gpgen.

    torch_step.py [SIDE BATCH KERNEL FINE COARSE AXES] [--relu copy] [--compile] [--layout contiguous] [--plain]

The arguments are those of TrainingBenchmark without its last: side in pixels, batch, kernel, probabilities of the fine
and the coarse mask, axes of the masks ("sample,y,x" or "y,x"). Prints one line of JSON: milliseconds per image, and for
the step also the CPU time of all threads; the peak memory of the process in bytes, and its peak before the first step;
the settings.

The defaults are the fastest of the measured settings: channels_last, ReLU in place, and the allocator settings in
ALLOCATOR, which the program sets by restarting itself. --plain does not change the allocator's settings: steps are
slower, but freed memory is returned to the system, and the peak is lower.
Needs torch. Benchmarks/train.py and Benchmarks/masks.py run this program.
"""

import argparse
import json
import math
import os
import statistics
import sys
import time
from pathlib import Path

import torch
from torch import nn

STEPS, WARM_UP = 10, 2
THREADS = 2
# glibc reads these when a process starts. They keep freed memory in the process, and large buffers in huge pages;
# otherwise the kernel maps and clears new pages for the activations of every step.
ALLOCATOR = {
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 34),
}
# Environment variables that affect PyTorch's speed or memory, reported with the settings.
REPORTED = (*ALLOCATOR, "LD_PRELOAD", "MALLOC_CONF", "THP_MEM_ALLOC_ENABLE", "OMP_WAIT_POLICY", "OMP_PROC_BIND")


class Backdrop(nn.Module):
    """The identity in the forward pass. In the backward pass, the gradient is multiplied by m = b * count / sum(b), where b
    is 0 with the given probability. If all of b is 0, one position is kept. One mask per sample, or one for the batch."""

    def __init__(self, probability, axes):
        super().__init__()
        self.probability, self.per_sample = probability, "sample" in axes

    def forward(self, x):
        if x.requires_grad and self.probability > 0:
            mask = self.draw(len(x) if self.per_sample else 1, x.shape[2:]).to(x.dtype)
            x.register_hook(lambda gradient: gradient * mask)
        return x

    def draw(self, masks, extent):
        count = extent.numel()
        kept = torch.bernoulli(torch.full((masks, count), 1 - self.probability))
        empty = (kept.sum(1) == 0).nonzero().flatten()
        kept[empty, torch.randint(count, (len(empty),))] = 1
        return (kept * count / kept.sum(1, keepdim=True)).view(masks, 1, *extent)


def reference_network(side, kernel, fine, coarse, axes, channels=64, outputs=4, inplace=False):
    """The same network as `Network.reference` of the Swift library Backdrop: the side determines the depth; the coarse
    mask follows the last convolution, and the fine mask the third before it."""
    depth = max(4, round(math.log2(side)) - 2)
    layers = []
    for position in range(1, depth + 1):
        if position == 1:
            layers += [nn.Conv2d(1, channels, 5, stride=2, padding=2), nn.ReLU(inplace)]
        else:
            layers += [
                nn.Conv2d(channels, channels, kernel, stride=2, padding=(kernel - 1) // 2), nn.ReLU(inplace)]
        if position == depth - 3:
            layers.append(Backdrop(fine, axes))
    return nn.Sequential(
        *layers, Backdrop(coarse, axes), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, outputs))


def compiled(network):
    """The network with each run of layers between masks compiled by torch.compile."""
    parts, run = [], []
    for layer in network:
        if isinstance(layer, Backdrop):
            parts += [torch.compile(nn.Sequential(*run)), layer]
            run = []
        else:
            run.append(layer)
    return nn.Sequential(*parts, torch.compile(nn.Sequential(*run)))


def peak_bytes():
    # Not ru_maxrss from getrusage, which starts at the parent's value.
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def arguments(description):
    """The command line of a program that times steps."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("side", 1024), ("batch", 4), ("kernel", 3), ("fine", 0.85), ("coarse", 0.95)):
        parser.add_argument(name, nargs="?", default=default, type=type(default))
    parser.add_argument("axes", nargs="?", default="sample,y,x")
    parser.add_argument("--relu", choices=("in-place", "copy"), default="in-place")
    parser.add_argument("--layout", choices=("channels_last", "contiguous"), default="channels_last")
    parser.add_argument("--plain", action="store_true", help="do not change the allocator's settings")
    return parser


def restart_with_allocator():
    """Restarts this program in the same process with the allocator settings, unless they are already set."""
    if any(os.environ.get(name) != value for name, value in ALLOCATOR.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | ALLOCATOR)


def settings(options):
    """The settings that affect speed, as text."""
    words = [options.layout, f"ReLU {options.relu}"]
    words += ["torch.compile"] if getattr(options, "compile", False) else []
    return ", ".join(words + [f"{name}={os.environ[name]}" for name in REPORTED if name in os.environ])


def problem(options):
    """The network, the images and the labels of a benchmark, in the layout from the options."""
    layout = torch.channels_last if options.layout == "channels_last" else torch.contiguous_format
    network = reference_network(
        options.side, options.kernel, options.fine, options.coarse, options.axes.split(","),
        inplace=options.relu == "in-place")
    images = torch.randn(options.batch, 1, options.side, options.side).to(memory_format=layout)
    return network.to(memory_format=layout), images, torch.arange(options.batch) % 4


def report(options, forward, backward, network):
    """Times steps and prints the measurements as one line of JSON.

    `forward()` computes the forward pass and returns the argument of `backward`.
    """
    optimizer = torch.optim.SGD(network.parameters(), 1e-3)
    before = peak_bytes()
    times = {"forward": [], "backward": [], "step": [], "processor": []}
    for _ in range(STEPS):
        start, busy = time.perf_counter(), time.process_time()
        result = forward()
        middle = time.perf_counter()
        backward(result)
        end = time.perf_counter()
        optimizer.step()
        optimizer.zero_grad()
        times["step"].append(time.perf_counter() - start)
        times["processor"].append(time.process_time() - busy)
        times["forward"].append(middle - start)
        times["backward"].append(end - middle)
    figures = {
        name: round(statistics.median(values[WARM_UP:]) / options.batch * 1e3, 3) for name, values in times.items()}
    shape = {name: getattr(options, name) for name in ("side", "batch", "kernel", "fine", "coarse", "axes")}
    print(json.dumps({
        **shape, "way": f"torch {torch.__version__}", "settings": settings(options), **figures,
        "before_bytes": before, "peak_bytes": peak_bytes()}))


def main():
    parser = arguments(__doc__)
    parser.add_argument("--compile", action="store_true", help="use torch.compile, which needs a C++ compiler")
    options = parser.parse_args()
    if not options.plain:
        restart_with_allocator()
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    network, images, labels = problem(options)
    if options.compile:
        network = compiled(network)
    report(options, lambda: nn.functional.cross_entropy(network(images), labels), torch.Tensor.backward, network)


if __name__ == "__main__":
    main()
