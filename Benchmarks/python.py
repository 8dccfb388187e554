"""The Python package compared with the alternatives in PyTorch, in one run: medians and ratios.

    swift build -c release && swift build -c release --product GpgenC
    python3 -m venv .venv && .venv/bin/pip install torch numpy h5py safetensors
    .venv/bin/python Benchmarks/python.py [batches] [textures] [import] [surviving] [--quick] [--rounds 5]

Run it on an idle machine. GPGEN_PROGRAM and GPGEN_LIBRARY replace the program and library of .build/release. The RAM
disk needs 4.3 GB. --quick uses small data, to test that everything runs; its numbers are meaningless.

batches: shuffled batches of 16 textures of 1024 x 1024 from a file in memory, as torch tensors:
gpgen.torch.TextureLoader compared with `gpgen stream`, and with a DataLoader over h5py with the best number of workers
in each round.
textures: textures of 1024 x 1024 and two scales, generated as NumPy arrays, compared with torch.fft.
import: `import gpgen` compared with `import numpy`, both precompiled as by pip.
surviving: surviving_backward compared with plain PyTorch, with Benchmarks/surviving.py.

Each measurement is a separate process, and the processes take turns. Prints the median, minimum and maximum of the
ratios in each round.
"""

import argparse
import compileall
import contextlib
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build" / "release"
PACKAGE = ROOT / "python" / "src"
BATCH = 16
WORKERS = (0, 1, 2, 4)
MINIMUM_ROUNDS = 5
ENVIRONMENT = {
    "GPGEN_PROGRAM": str(BUILD / "gpgen"), "GPGEN_LIBRARY": str(BUILD / "libGpgenC.so"), **os.environ,
    "PYTHONPATH": str(PACKAGE)}


# Measurements of one process. Each function prints nothing and returns one number.


def loader(path):
    """GB/s of one epoch with TextureLoader. As for `gpgen stream`, time starts when the file is open, before threads read
    ahead."""
    import gpgen
    from gpgen.torch import TextureLoader

    data, count = gpgen.open(path), 0
    start = time.perf_counter()
    for images, _ in TextureLoader(data, BATCH, shuffle_seed=1):
        count += images.nbytes
    return count / (time.perf_counter() - start) / 1e9


def data_loader(path, workers):
    """GB/s of one epoch with a DataLoader over h5py."""
    from stream import torch_loader

    return torch_loader(path, int(workers))


def sampled(recipe, count):
    """Milliseconds per texture of gpgen.sample, called for one batch at a time."""
    import gpgen

    def make(first):
        return gpgen.sample(recipe, range(first, first + BATCH))

    make(0)
    start = time.perf_counter()
    for first in range(BATCH, BATCH + int(count), BATCH):
        make(first)
    return (time.perf_counter() - start) / int(count) * 1e3


def streamed(recipe, count):
    """Milliseconds per texture of gpgen.Stream, without the first batches, which are made ahead of time."""
    import gpgen

    batches = iter(gpgen.Stream(recipe, BATCH))
    for _ in range(8):
        next(batches)
    start = time.perf_counter()
    for _ in range(int(count) // BATCH):
        next(batches)
    return (time.perf_counter() - start) / int(count) * 1e3


def torch_fft(side, fine, coarse, count):
    """Milliseconds per texture of torch.fft, as NumPy arrays."""
    from generate import torch_texture

    texture = torch_texture(int(side), (float(fine), float(coarse)))
    texture().numpy()
    start = time.perf_counter()
    for _ in range(int(count)):
        texture().numpy()
    return (time.perf_counter() - start) / int(count) * 1e3


def importing(module, folder):
    """Milliseconds to import a module, without the start of the interpreter."""
    sys.path.insert(0, folder)
    start = time.perf_counter()
    __import__(module)
    return (time.perf_counter() - start) * 1e3


TASKS = {function.__name__: function for function in (loader, data_loader, sampled, streamed, torch_fft, importing)}


def task(name, *words):
    """Runs a task in a separate process, and returns its number."""
    command = [sys.executable, __file__, "--task", name, *map(str, words)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
    if done.returncode:
        sys.exit(f"{name} {' '.join(map(str, words))}: exit status {done.returncode}")
    return json.loads(done.stdout)


def gpgen(*words):
    """Runs gpgen, and returns its output."""
    command = [ENVIRONMENT["GPGEN_PROGRAM"], *map(str, words)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT).stdout


def command_rate(path):
    """GB/s that a run of `gpgen stream` reports."""
    return float(re.search(r"([0-9.]+) GB/s", gpgen("stream", path, "--batch", BATCH, "--shuffle-seed", 1))[1])


# Comparisons.


def rounds_of(measures, rounds):
    """A dictionary of measurements for each round, without a first one that warms up caches and the disk."""
    found = []
    for turn in range(rounds + 1):
        figures = {name: measure() for name, measure in measures.items()}
        if turn:
            found.append(figures)
            print(f"round {turn} of {rounds}: " + ", ".join(f"{each:.4g}" for each in figures.values()), file=sys.stderr)
    return found


def spread(values):
    return f"{statistics.median(values):8.2f}   ({min(values):.2f} to {max(values):.2f})"


def table(title, unit, found, ratios):
    """Prints the measurements of rounds, and ratios, given as functions of a round's measurements by name."""
    print(f"\n{title}, {len(found)} rounds")
    for name in found[0]:
        print(f"  {name + ', ' + unit:58s}{spread([figures[name] for figures in found])}")
    for name, ratio in ratios.items():
        print(f"  {name:58s}{spread([ratio(figures) for figures in found])}", flush=True)


def batches(folder, options):
    side, samples = (256, 256) if options.quick else (1024, 1000)
    path = folder / "data.h5"
    gpgen("--size", side, "--samples", samples, "--quiet", "--out", path)
    peers = {f"DataLoader over h5py, {n} workers": lambda n=n: task("data_loader", path, n) for n in WORKERS}
    found = rounds_of(
        {"gpgen stream": lambda: command_rate(path), "TextureLoader": lambda: task("loader", path), **peers}, options.rounds)
    table(f"shuffled batches of {BATCH} of {side} x {side}", "GB/s", found, {
        "TextureLoader / best DataLoader": lambda f: f["TextureLoader"] / max(f[name] for name in peers),
        "TextureLoader / gpgen stream": lambda f: f["TextureLoader"] / f["gpgen stream"]})


def textures(folder, options):
    side, count, peer_count = (256, 64, 16) if options.quick else (1024, 1024, 64)
    fine, coarse = 9.5 * side / 1024, 80 * side / 1024
    recipe = folder / "recipe.yaml"
    recipe.write_text(
        f"side: {side}\nlength_scales: [[{fine}], [{coarse}]]\nweights: [0.75, 1.25]\nsamples: {count + 16 * BATCH}\n")
    found = rounds_of({
        "gpgen.Stream": lambda: task("streamed", recipe, count),
        "gpgen.sample": lambda: task("sampled", recipe, count),
        "torch.fft, 2 threads": lambda: task("torch_fft", side, fine, coarse, peer_count),
    }, options.rounds)
    table(f"textures of {side} x {side} as NumPy arrays", "ms each", found, {
        "torch.fft / gpgen.Stream": lambda f: f["torch.fft, 2 threads"] / f["gpgen.Stream"],
        "torch.fft / gpgen.sample": lambda f: f["torch.fft, 2 threads"] / f["gpgen.sample"]})


def imports(folder, options):
    package = folder / "package"
    shutil.copytree(PACKAGE, package)
    # As pip compiles what it installs; even files with unchanged size and time.
    compileall.compile_dir(package, quiet=1, force=True)
    # Many rounds, since they are short and their times vary.
    rounds = options.rounds if options.quick else max(options.rounds, 25)
    found = rounds_of({
        "import numpy": lambda: task("importing", "numpy", package),
        "import gpgen": lambda: task("importing", "gpgen", package)}, rounds)
    table("importing", "ms", found, {"import gpgen / import numpy": lambda f: f["import gpgen"] / f["import numpy"]})


def surviving(folder, options):
    words = [256, 2] if options.quick else [1024, 4]
    print(flush=True)
    subprocess.run(
        [sys.executable, ROOT / "Benchmarks" / "surviving.py", *map(str, words), "--rounds", str(options.rounds)], check=True)


PARTS = {"batches": batches, "textures": textures, "import": imports, "surviving": surviving}


def main():
    if sys.argv[1:2] == ["--task"]:
        with contextlib.redirect_stdout(sys.stderr):
            number = TASKS[sys.argv[2]](*sys.argv[3:])
        print(json.dumps(number))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"parts to run: {', '.join(PARTS)} (default: all)")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", default=MINIMUM_ROUNDS, type=int)
    parser.add_argument("--ram-disk", default="/dev/shm", type=Path)
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"unknown part {', '.join(sorted(unknown))}: expected {', '.join(PARTS)}")
    if options.rounds < MINIMUM_ROUNDS:
        parser.error(f"--rounds: found {options.rounds}, expected at least {MINIMUM_ROUNDS}, since times vary")
    # So that the RAM disk is cleared.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    folder = Path(tempfile.mkdtemp(dir=options.ram_disk))
    try:
        for part in options.parts or PARTS:
            PARTS[part](folder, options)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
