"""Measurements of whole runs of `gpgen train`: peak memory, and the fraction of time spent waiting for data.

Benchmarks/train.py runs them. Each run is a new process; its peak is the maximum resident set that the kernel reports
at its end.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from programs import ENVIRONMENT, THREADS, in_turn, table


@contextmanager
def folder(parent):
    """A temporary folder in `parent`, removed at the end."""
    path = Path(tempfile.mkdtemp(dir=parent))
    try:
        yield path
    finally:
        shutil.rmtree(path)


def dataset(build, out, side, samples):
    words = [build / "gpgen", "--size", str(side), "--samples", str(samples), "--quiet", "--out", out]
    subprocess.run(words, check=True)
    return out


def recipe(build, out, side, samples):
    words = [build / "gpgen", "recipe", "--size", str(side), "--samples", str(samples)]
    out.write_bytes(subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout)
    return out


def train(build, data, fine, coarse, batch, epochs):
    """Measures one run of `gpgen train` on all samples of `data`: total seconds, seconds of its epochs, the fraction of
    the epochs spent waiting for data, and peak memory in bytes."""
    with folder(data.parent) as out:
        words = [
            build / "gpgen", "train", data, "--out", out / "run", "--fine-mask", fine, "--coarse-mask", coarse,
            "--batch", batch, "--epochs", epochs, "--validation-fraction", 0, "--threads", THREADS, "--quiet"]
        words = [str(word) for word in words]
        start = time.perf_counter()
        process = subprocess.Popen(words, env=ENVIRONMENT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
        if process.returncode:
            sys.exit(f"{' '.join(words)}: exit status {process.returncode}")
        lines = [json.loads(line) for line in (out / "run" / "metrics.jsonl").read_text().splitlines()]
    in_epochs = sum(epoch["seconds"] for epoch in lines)
    waited = sum(epoch["data_wait_fraction"] * epoch["seconds"] for epoch in lines) / in_epochs
    return {"seconds": seconds, "epochs": in_epochs, "waited": waited, "peak_bytes": usage.ru_maxrss * 1024}


def waiting(side, samples, batch, masks, rounds, ram_disk, build):
    """The fraction of time that `gpgen train` waits for data, from a file in memory and made on the fly."""
    with folder(ram_disk) as place:
        sources = {
            "from a file": dataset(build, place / "data.h5", side, samples),
            "made on the fly": recipe(build, place / "recipe.yaml", side, samples)}
        figures = in_turn(sources, rounds, lambda source: train(build, source, *masks, batch, 2))
    table(
        "gpgen train, waiting for data", ["fraction of time", "epochs, s"],
        [(f"{side} px, batch {batch}, {name}", f"{run['waited']:.2%}", run["epochs"]) for name, run in figures.items()])


def memory(side, samples, batch, masks, rounds, ram_disk, build):
    """Peak memory of `gpgen train` for several pairs of masks."""
    with folder(ram_disk) as place:
        data = dataset(build, place / "data.h5", side, samples)
        figures = in_turn(
            {pair: pair for pair in masks}, rounds, lambda pair: train(build, data, *pair, batch, 1))
    table(
        "gpgen train, peak memory", ["MB"],
        [(f"{side} px, batch {batch}, {'masks %g / %g' % pair if any(pair) else 'no masks'}", run["peak_bytes"] / 1e6)
         for pair, run in figures.items()])


def huge(side, masks, rounds, ram_disk, build):
    """Peak memory and time of `gpgen train` on one texture made on the fly."""
    with folder(ram_disk) as place:
        source = recipe(build, place / "recipe.yaml", side, 1)
        run = in_turn({"run": source}, rounds, lambda source: train(build, source, *masks, 1, 1))["run"]
    table(
        "gpgen train, one texture made on the fly", ["peak memory, GB", "total, s", "waiting for data"],
        [(f"{side} px, masks {masks[0]:g} / {masks[1]:g}", run["peak_bytes"] / 1e9, run["seconds"],
          f"{run['waited']:.2%}")])
