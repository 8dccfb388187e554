"""Training with two processes of one thread compared with one process of two threads, in one run.

    apt-get install -y libopenmpi-dev openmpi-bin
    swift build -c release --traits MPI --product gpgen --scratch-path .build-mpi
    /usr/bin/python3 Benchmarks/processes.py [--side 1024] [--batch 8] [--rounds 5]

Prints textures per second within the epochs, without the start of the processes, and the ratio of two processes to one
in each round. The dataset is on a RAM disk, --ram-disk.
"""

import argparse
import json
import statistics
import subprocess
from pathlib import Path

from train_command import dataset, folder

BUILD = Path(__file__).resolve().parent.parent / ".build-mpi" / "release"
# Each process is bound to a core, as mpirun does by default for two processes.
RUNS = {
    "one process of two threads": ([], 2),
    "two processes of one thread": (["mpirun", "--allow-run-as-root", "--bind-to", "core", "-n", "2"], 1),
}


def textures_per_second(launcher, threads, data, masks, batch, epochs):
    with folder(data.parent) as out:
        words = [
            *launcher, BUILD / "gpgen", "train", data, "--out", out / "run", "--fine-mask", masks[0], "--coarse-mask", masks[1],
            "--batch", batch, "--epochs", epochs, "--validation-fraction", 0, "--threads", threads, "--quiet"]
        subprocess.run([str(word) for word in words], check=True)
        lines = [json.loads(line) for line in (out / "run" / "metrics.jsonl").read_text().splitlines()]
    # The first epoch is a warm-up.
    return statistics.mean(line["images_per_second"] for line in lines[1:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=1024)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--ram-disk", type=Path, default=Path("/dev/shm"))
    arguments = parser.parse_args()
    with folder(arguments.ram_disk) as place:
        data = dataset(BUILD, place / "data.h5", arguments.side, arguments.samples)
        for masks in ((0.85, 0.75), (0, 0)):
            rounds = {name: [] for name in RUNS}
            for number in range(arguments.rounds):
                names = list(RUNS) if number % 2 == 0 else list(RUNS)[::-1]
                for name in names:
                    rounds[name].append(
                        textures_per_second(*RUNS[name], data, masks, arguments.batch, arguments.epochs))
            one, two = rounds.values()
            ratios = [b / a for a, b in zip(one, two)]
            print(f"{arguments.side} px, batch {arguments.batch}, masks {masks[0]:g} / {masks[1]:g}")
            for name, values in rounds.items():
                print(f"  {name}: {statistics.median(values):.1f} textures/s ({min(values):.1f} to {max(values):.1f})")
            print(f"  ratio: {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})")


if __name__ == "__main__":
    main()
