"""Times a step of gpgen.torch's surviving_backward and a plain step of PyTorch: medians, and the ratio with its range.

    python3 -m venv .venv && .venv/bin/pip install torch numpy safetensors
    .venv/bin/python Benchmarks/surviving.py [SIDE BATCH KERNEL FINE COARSE AXES] [--rounds 5]

Run it on an idle machine. The network is the reference network of torch_step.py. Both steps run with the fastest
settings for a plain step: channels_last, ReLU in place, and an allocator that keeps freed memory. Each measurement is a
separate process with ten steps, without the first two; the two programs take turns, and each round gives a ratio. A
step is forward, backward and update, with two threads. Every sample has its own masks unless the axes are "y,x".

With --step, this process itself takes the steps, and prints a line of JSON as torch_step.py does, in which the backward
pass includes the forward pass. --layout, --relu and --plain are as there.
"""

import statistics
import sys
from pathlib import Path

import torch
from programs import pytorch, run
from torch import nn
from torch.nn import functional
from torch_step import THREADS, Backdrop, arguments, problem, report, restart_with_allocator

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python" / "src"))
import gpgen.torch  # noqa: E402

MINIMUM_ROUNDS = 5


def with_masks_of_gpgen(network):
    """The network with torch_step.py's masks replaced by gpgen.torch's."""
    return nn.Sequential(*(
        gpgen.torch.Backdrop(layer.probability, ("sample", "y", "x") if layer.per_sample else ("y", "x"), layer=index)
        if isinstance(layer, Backdrop) else layer
        for index, layer in enumerate(network)))


def take_steps(options):
    """Times steps in this process."""
    if not options.plain:
        restart_with_allocator()
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    network, images, labels = problem(options)
    network = with_masks_of_gpgen(network)

    def step(_):
        gpgen.torch.surviving_backward(network, images, lambda logits: functional.cross_entropy(logits, labels))

    report(options, lambda: None, step, network)


def compare(options):
    """Runs both programs in turn, and prints their times, peaks and ratio."""
    shape = (options.side, options.batch, options.kernel, options.fine, options.coarse, options.axes)
    rest = ["--relu", options.relu, "--layout", options.layout, *(["--plain"] if options.plain else [])]
    plain, surviving = [*pytorch(*shape), *rest], [sys.executable, __file__, *shape, "--step", *rest]
    rounds = []
    for _ in range(options.rounds):
        rounds.append((run(plain), run(surviving)))
        times = [figures["step"] for figures in rounds[-1]]
        print(f"round {len(rounds)}: plain {times[0]:.1f}, surviving {times[1]:.1f} ms per image", file=sys.stderr)
    ratios = [one["step"] / other["step"] for one, other in rounds]
    print(
        f"{options.kernel}x{options.kernel}, {options.side} px, batch {options.batch}, masks {options.fine:g} /"
        f" {options.coarse:g} over {options.axes}; {rounds[0][0]['way']} ({rounds[0][0]['settings']})")
    for name, column in zip(("plain", "surviving"), zip(*rounds)):
        step, peak = (statistics.median(figures[key] for figures in column) for key in ("step", "peak_bytes"))
        print(f"{name:10s}{step:8.1f} ms per image, peak memory {peak / 1e6:.0f} MB")
    print(
        f"plain / surviving: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) in"
        f" {options.rounds} rounds")


def main():
    parser = arguments(__doc__)
    parser.add_argument("--rounds", default=MINIMUM_ROUNDS, type=int)
    parser.add_argument("--step", action="store_true", help="take the steps in this process")
    options = parser.parse_args()
    if options.step:
        take_steps(options)
        return
    if options.rounds < MINIMUM_ROUNDS:
        parser.error(f"--rounds: found {options.rounds}, expected at least {MINIMUM_ROUNDS}, since times vary")
    compare(options)


if __name__ == "__main__":
    main()
