"""The path of gpgen, and the time of a command, for benchmarks of whole commands."""

import subprocess
import time
from pathlib import Path

GPGEN = Path(__file__).resolve().parent.parent / ".build" / "release" / "gpgen"


def seconds(*words):
    """Runs a command, and returns its time in seconds."""
    start = time.perf_counter()
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start
