"""The program that the benchmarks of whole commands run, and how long a command takes."""

import subprocess
import time
from pathlib import Path

GPGEN = Path(__file__).resolve().parent.parent / ".build" / "release" / "gpgen"


def seconds(*words):
    start = time.perf_counter()
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start
