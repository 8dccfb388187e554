"""Training steps of the reference network in gpgen and PyTorch, in one run: tables of medians and ratios.

    swift build -c release
    python3 -m venv .venv && .venv/bin/pip install torch numpy
    .venv/bin/python Benchmarks/train.py [--rounds 5] [--ram-disk /dev/shm]
    .venv/bin/python Benchmarks/train.py --quick             # a quarter of the sides, batches of 2, one round
    .venv/bin/python Benchmarks/train.py --largest 16384 --masks 0 0  # only a step of gpgen with batch 1 at a side
    .venv/bin/python Benchmarks/train.py --huge 32768        # only `gpgen train` on one texture made on the fly
    .venv/bin/python Benchmarks/train.py --tiles 2048 1024   # only a comparison with lightstream (pip, --no-deps)

Run it on an idle machine. Each measurement is a separate process with ten steps, without the first two. The processes
take turns, and the tables show medians over the rounds. All programs use two threads. A step is forward, backward and
update.

The columns: "PyTorch" is torch_step.py with the fastest known settings, and "crops" is torch_crops.py, gpgen's method
in PyTorch; "whole" is gpgen with backward passes on whole maps, including zeros, and "gpgen" is gpgen as it trains. The
gain of the algorithm is PyTorch/crops and whole/gpgen; the gain of the implementation is PyTorch/whole and crops/gpgen.
Peak memory is the maximum resident set of the process: PyTorch's with the interpreter and its libraries, gpgen's with
the predictions that TrainingBenchmark makes between the steps. PyTorch's fastest settings keep freed memory; its peaks
are for the default allocator.
"""

import argparse
from pathlib import Path

import train_command
from programs import BUILD, PER_SAMPLE, SHARED, gpgen, in_turn, lightstream, plain, pytorch, pytorch_crops, table

BENCHMARK, DEFAULT, HALF, NONE = (0.85, 0.95), (0.85, 0.75), (0.5, 0.5), (0, 0)
PEERS = ("PyTorch", "crops")
# A memory limit, in MiB, that the activations of a step at 1024 pixels exceed.
LITTLE_MEMORY = 64


def named(side, batch, kernel):
    return f"{kernel}x{kernel}, {side} px, batch {batch}"


def masked(fine, coarse):
    return f"masks {fine:g} / {coarse:g}" if fine or coarse else "no masks"


def programs(shape, masks, axes, build):
    """The four programs that the tables compare."""
    return {
        "PyTorch": pytorch(*shape, *masks, axes), "crops": pytorch_crops(*shape, *masks, axes),
        "whole": gpgen(*shape, *masks, axes, "whole", build), "gpgen": gpgen(*shape, *masks, axes, build=build)}


def steps(shapes, rounds, build):
    """Times of steps with the benchmark's masks, per sample and shared, and without masks; the forward pass and oneDNN's."""
    commands = {}
    for shape in shapes:
        for axes in (PER_SAMPLE, SHARED):
            for name, command in programs(shape, BENCHMARK, axes, build).items():
                commands[shape, axes, name] = command
        for name, command in programs(shape, NONE, PER_SAMPLE, build).items():
            # Without masks every cell is live, and crops are slower.
            if name != "crops":
                commands[shape, "none", name] = command
        commands[shape, "none", "direct"] = gpgen(*shape, *NONE, PER_SAMPLE, "direct", build)
    figures = in_turn(commands, rounds)
    peer = figures[shapes[0], PER_SAMPLE, "PyTorch"]
    print(f"{peer['way']} ({peer['settings']}), medians of {rounds} rounds")

    def rows(figure, axes, names, ratios):
        for shape in shapes:
            for which in axes:
                values = {name: figures[shape, which, name][figure] for name in names}
                suffix = "" if len(axes) == 1 else f", {which}"
                quotients = [values[slow] / values[fast] for slow, fast in ratios]
                yield (named(*shape) + suffix, *values.values(), *(f"{ratio:.3g}" for ratio in quotients))

    def times(title, figure, axes, names, ratios):
        columns = [*names, *("/".join(ratio) for ratio in ratios)]
        table(title, columns, rows(figure, axes, names, ratios))

    all_axes, all_names = (PER_SAMPLE, SHARED), ("PyTorch", "crops", "whole", "gpgen")
    split = (
        ("PyTorch", "crops"), ("whole", "gpgen"), ("PyTorch", "whole"), ("crops", "gpgen"), ("PyTorch", "gpgen"))
    times(f"step, {masked(*BENCHMARK)}, ms per image", "step", all_axes, all_names, split)
    times("backward pass, ms per image", "backward", all_axes, all_names, split)
    times(
        "step, no masks, ms per image", "step", ["none"], ("PyTorch", "whole", "gpgen"),
        (("PyTorch", "whole"), ("PyTorch", "gpgen"), ("gpgen", "whole")))
    forward = []
    for shape in shapes:
        ours, direct = figures[shape, PER_SAMPLE, "gpgen"]["forward"], figures[shape, "none", "direct"]["forward"]
        forward.append((named(*shape), direct, ours, direct / ours))
    table("forward pass, ms per image", ["direct oneDNN", "gpgen", "oneDNN/gpgen"], forward)


def peers(shapes, rounds, build):
    """Steps with the benchmark's masks, and the peers with their fastest settings and with the default allocator."""
    tasks = {}
    for shape in shapes:
        for name, task in programs(shape, BENCHMARK, PER_SAMPLE, build).items():
            if name in PEERS:
                tasks[shape, name, "default allocator"] = plain(task)
            if name != "whole":
                tasks[shape, name, ""] = task
    figures = in_turn(tasks, rounds)
    table(
        f"step, {masked(*BENCHMARK)}, medians of {rounds} rounds", ["ms per image", "forward", "ratio to gpgen"],
        [(", ".join(filter(None, (named(*shape), name, setting))), run["step"], run["forward"],
          f"{run['step'] / figures[shape, 'gpgen', '']['step']:.3g}")
         for (shape, name, setting), run in figures.items()])


def defaults(shape, rounds, build):
    """Images per second with the default masks of `gpgen train` and with the benchmark's."""
    tasks = {masks: gpgen(*shape, *masks, PER_SAMPLE, build=build) for masks in (BENCHMARK, DEFAULT)}
    figures = in_turn(tasks, rounds)
    rates = {masks: 1e3 / run["step"] for masks, run in figures.items()}
    table(
        "gpgen, images per second", ["images/s", "ratio to first"],
        [(f"{named(*shape)}, {masked(*masks)}", rate, rate / rates[BENCHMARK]) for masks, rate in rates.items()])


def little_memory(shape, rounds, build):
    """Steps without masks, with all activations kept and with limited memory for activations."""
    little = gpgen(*shape, *NONE, PER_SAMPLE, build=build, activation_memory=LITTLE_MEMORY)
    tasks = {"whole": gpgen(*shape, *NONE, PER_SAMPLE, "whole", build), f"{LITTLE_MEMORY} MiB": little}
    whole, limited = in_turn(tasks, rounds).values()
    table(
        "no masks, activations limited", ["whole, ms", "limited, ms", "limited/whole", "whole, MB", "limited, MB"],
        [(f"{named(*shape)}, {LITTLE_MEMORY} MiB", whole["step"], limited["step"],
          f"{limited['step'] / whole['step']:.3f}", whole["peak_bytes"] / 1e6, limited["peak_bytes"] / 1e6)])


def memory(shape, rounds, build):
    """Peak memory of steps of each program, PyTorch's with the default allocator."""
    tasks = programs(shape, BENCHMARK, PER_SAMPLE, build)
    figures = in_turn({name: plain(task) if name in PEERS else task for name, task in tasks.items()}, rounds)
    peaks = {name: run["peak_bytes"] / 1e6 for name, run in figures.items()}
    table(
        "peak memory of training steps, MB", [*peaks, "PyTorch/gpgen", "crops/gpgen"],
        [(named(*shape), *peaks.values(), peaks["PyTorch"] / peaks["gpgen"], peaks["crops"] / peaks["gpgen"])])
    start = figures["PyTorch"]["before_bytes"] / 1e6
    print(f"Before its first step, PyTorch uses {start:.0f} MB.")


def largest(side, masks, rounds, build):
    """A step of gpgen on one texture of a given side."""
    run = in_turn({"run": gpgen(side, 1, 3, *masks, PER_SAMPLE, build=build)}, rounds)["run"]
    table(
        "one texture per step", ["step, s", "forward, s", "backward, s", "peak memory, GiB"],
        [(f"3x3, {side} px, {masked(*masks)}", *(run[name] / 1e3 for name in ("step", "forward", "backward")),
          run["peak_bytes"] / 2**30)])


def tiles(side, tile, rounds, build):
    """Steps without masks on one texture: lightstream's tiles, the whole texture, and gpgen with little memory."""
    shape = (side, 1, 3)
    tasks = {
        f"lightstream, tiles of {tile} px": lightstream(side, tile),
        "PyTorch": pytorch(*shape, *NONE, PER_SAMPLE),
        "gpgen whole": gpgen(*shape, *NONE, PER_SAMPLE, "whole", build),
        f"gpgen, {LITTLE_MEMORY} MiB of activations": gpgen(
            *shape, *NONE, PER_SAMPLE, build=build, activation_memory=LITTLE_MEMORY)}
    figures = in_turn(tasks, rounds)
    peers = [name for name in tasks if not name.startswith("gpgen")]
    peaks = figures | in_turn({name: plain(tasks[name]) for name in peers}, rounds)
    table(
        f"{named(*shape)}, no masks", ["step, ms", "forward, ms", "backward, ms", "peak memory, MB"],
        [(name, run["step"], run["forward"], run["backward"], peaks[name]["peak_bytes"] / 1e6)
         for name, run in figures.items()])


def everything(scale, batches, rounds, options):
    """Prints all tables except those with their own options. Sides are divided by `scale`."""
    side, small = 1024 // scale, 256 // scale
    batch, double, many = batches
    steps([(side, batch, 3), (side, batch, 2), (small, many, 3)], rounds, options.build)
    peers([(side, batch, 3), (side, batch, 2)], rounds, options.build)
    defaults((side, double, 3), rounds, options.build)
    little_memory((side, batch, 3), rounds, options.build)
    memory((side, double, 3), rounds, options.build)
    train_command.memory(
        side, 16, 8, (BENCHMARK, DEFAULT, HALF, NONE), rounds, options.ram_disk, options.build)
    train_command.waiting(
        side, 200 // scale, 4, BENCHMARK, rounds, options.ram_disk, options.build)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", default=5, type=int)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--largest", metavar="SIDE", type=int)
    parser.add_argument("--huge", metavar="SIDE", nargs="?", const=32768, type=int)
    parser.add_argument("--tiles", metavar=("SIDE", "TILE"), nargs="*", type=int, help="default: 2048 1024")
    parser.add_argument(
        "--masks", metavar=("FINE", "COARSE"), nargs=2, default=BENCHMARK, type=float, help="masks for --largest and --huge")
    parser.add_argument("--ram-disk", default="/dev/shm", type=Path)
    parser.add_argument("--build", default=BUILD, type=Path, help="folder of gpgen and TrainingBenchmark")
    options = parser.parse_args()
    if options.tiles is not None and len(options.tiles) not in (0, 2):
        parser.error("--tiles: expected a side and a tile, or no values")
    if options.largest:
        largest(options.largest, options.masks, options.rounds, options.build)
    elif options.huge:
        train_command.huge(options.huge, options.masks, options.rounds, options.ram_disk, options.build)
    elif options.tiles is not None:
        tiles(*(options.tiles or (2048, 1024)), options.rounds, options.build)
    elif options.quick:
        everything(4, (2, 2, 2), 1, options)
    else:
        everything(1, (4, 8, 32), options.rounds, options)


if __name__ == "__main__":
    main()
