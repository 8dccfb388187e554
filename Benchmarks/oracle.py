"""gpgen oracle compared with generating the same textures: medians of five rounds, and their ratio.

    swift build -c release
    python3 Benchmarks/oracle.py [--ram-disk /dev/shm] [--samples 10000]

Textures of 256 x 256 pixels in 4 classes, 4 or 5 px and 20 or 35 px: without noise, and with a standard deviation of 3,
for which all modes count. Run it on an idle machine; 10,000 textures take 2.6 GB on the RAM disk. Both programs run on
all cores and take turns, so that a slowdown of the machine affects both. `gpgen stream` makes the textures without
writing them, which is faster than writing a file; the oracle reads them from the page cache.
"""

import argparse
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

from timing import GPGEN, seconds

FIELD = ["--size", 256, "--length-scales", "4,5", "--length-scales", "20,35", "--weights", "0.75,1.25"]
ROUNDS = 5


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ram-disk", default="/dev/shm", type=Path)
    parser.add_argument("--samples", default=10_000, type=int)
    options = parser.parse_args()
    print(f"{'textures/s':26}{'stream':>10} {'oracle':>10} {'ratio':>8}")
    for noise in (0, 3):
        folder = Path(tempfile.mkdtemp(dir=options.ram_disk))
        try:
            data = folder / "data.h5"
            recipe = folder / "recipe.yaml"
            with open(recipe, "w") as file:
                words = [GPGEN, "recipe", *FIELD, "--noise", noise, "--samples", options.samples]
                subprocess.run([str(word) for word in words], check=True, stdout=file)
            seconds(GPGEN, "--recipe", recipe, "--out", data, "--quiet")
            make = [GPGEN, "stream", recipe, "--sequential", "--quiet"]
            oracle = [GPGEN, "oracle", data, "--quiet"]
            made, judged = [], []
            for _ in range(ROUNDS):
                made.append(seconds(*make))
                judged.append(seconds(*oracle))
        finally:
            shutil.rmtree(folder)
        rates = [options.samples / statistics.median(times) for times in (made, judged)]
        ratio = statistics.median(a / b for a, b in zip(made, judged))
        print(f"noise {noise:<20}{rates[0]:10.0f} {rates[1]:10.0f} {ratio:8.2f}", flush=True)


if __name__ == "__main__":
    main()
