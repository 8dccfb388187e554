"""Training in several processes with a real mpirun: compared with one process, repeated, killed, stopped, and refused.

    apt-get install -y libopenmpi-dev openmpi-bin
    swift build -c release --traits MPI --product gpgen --scratch-path .build-mpi
    /usr/bin/python3 Tests/Outside/processes.py .build-mpi/release/gpgen
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from training import tensors

# Open MPI otherwise refuses to run as root, or with more processes than cores.
MPIRUN = ["mpirun", "--allow-run-as-root", "--oversubscribe"]
SMALL = "--epochs 3 --batch 8 --channels 8 --depth 3 --seed 4 --threads 1".split()
TIMES = {"seconds", "images_per_second", "data_wait_fraction", "kept_bytes"}


class Runs:
    """Runs of one dataset in a folder."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        subprocess.run(
            [program, "--size", "64", "--length-scales", "3,8", "--length-scales", "12,24", "--samples", "200", "--quiet",
             "--out", folder / "data.h5"], check=True)

    def command(self, count, name, *more, options=SMALL):
        words = [self.program, "train", self.folder / "data.h5", "--out", self.folder / name, *options, *more]
        return ([*MPIRUN, "-n", str(count)] if count > 1 else []) + [str(word) for word in words]

    def train(self, count, name, *more, options=SMALL):
        return subprocess.run(
            self.command(count, name, *more, options=options), capture_output=True, text=True, timeout=300)

    def succeed(self, count, name, *more):
        result = self.train(count, name, *more)
        assert result.returncode == 0, result.stderr
        return result

    def weights(self, name):
        values, _ = tensors(self.folder / name / "weights.safetensors")
        return np.concatenate([value.ravel() for value in values.values()])

    def metrics(self, name):
        lines = (self.folder / name / "metrics.jsonl").read_text().splitlines()
        return [{key: value for key, value in json.loads(line).items() if key not in TIMES} for line in lines]

    def step(self, name):
        """The step of the checkpoint."""
        data = (self.folder / name / "checkpoint.safetensors").read_bytes()
        header = json.loads(data[8:8 + int.from_bytes(data[:8], "little")])
        return json.loads(header["__metadata__"]["gpgen"])["position"]["step"]


def distance(found, expected):
    return np.linalg.norm(found - expected) / np.linalg.norm(expected)


def near(found, expected, tolerance):
    """Checks that floating-point numbers are equal within a tolerance, and other values exactly."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys(), (found.keys(), expected.keys())
        for key in expected:
            near(found[key], expected[key], tolerance)
    elif isinstance(expected, list):
        for pair in zip(found, expected, strict=True):
            near(*pair, tolerance)
    elif isinstance(expected, float):
        assert abs(found - expected) <= tolerance * max(1, abs(expected)), (found, expected)
    else:
        assert found == expected, (found, expected)


def check_equal_to_one_process(runs):
    """two and four processes train like one, up to rounding, and print results once"""
    one = runs.succeed(1, "one")
    for count in (2, 4):
        several = runs.succeed(count, f"{count}")
        assert several.stdout.count("weights ") == one.stdout.count("weights ") == 1, several.stdout
        assert several.stderr.count("epoch 3 ") == 1, several.stderr
        assert distance(runs.weights(f"{count}"), runs.weights("one")) < 1e-3
        near(runs.metrics(f"{count}"), runs.metrics("one"), 0.02)
    first, _ = tensors(runs.folder / "one" / "best.safetensors")
    assert first


def check_same_bytes(runs):
    """the same number of processes gives the same bytes"""
    for name in ("first", "second"):
        runs.succeed(2, name)
    for file in ("weights.safetensors", "best.safetensors", "evaluation.json"):
        assert (runs.folder / "first" / file).read_bytes() == (runs.folder / "second" / file).read_bytes(), file
    assert runs.metrics("first") == runs.metrics("second")


def started(runs, name, until, *more):
    """Starts two processes and waits until a condition holds; returns the launcher and the processes' ids."""
    launcher = subprocess.Popen(
        runs.command(2, name, "--checkpoint-minutes", "0.0001", *more), stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not until():
        assert launcher.poll() is None and time.monotonic() < deadline, launcher.stderr.read()
        time.sleep(0.005)
    children = subprocess.run(["pgrep", "-P", str(launcher.pid)], capture_output=True, text=True, check=True).stdout.split()
    return launcher, [int(child) for child in children]


def has_steps(runs, name, count):
    try:
        return runs.step(name) >= count
    except (OSError, KeyError, ValueError):
        return False


def check_killed(runs):
    """a killed process ends the job, which resumes from its checkpoint to the same bytes"""
    runs.succeed(2, "whole", "--checkpoint-minutes", "0.0001")
    for rank in (0, 1):
        name = f"killed-{rank}"
        launcher, children = started(runs, name, lambda: has_steps(runs, name, 10))
        assert len(children) == 2, children
        os.kill(children[rank], signal.SIGKILL)
        _, message = launcher.communicate(timeout=60)
        assert launcher.returncode != 0 and "signal 9" in message, message
        assert 10 <= runs.step(name) < 60
        runs.succeed(2, name, "--resume")
        assert (runs.weights(name) == runs.weights("whole")).all()
        assert runs.metrics(name) == runs.metrics("whole")


def check_asked_to_stop(runs):
    """a signal to mpirun stops all processes after the same step, and training resumes to the same bytes"""
    # Long enough that the signal comes in the middle.
    longer = ["--epochs", "200"]
    runs.succeed(2, "asked-whole", *longer)
    launcher, _ = started(runs, "asked", lambda: has_steps(runs, "asked", 10), *longer)
    launcher.send_signal(signal.SIGTERM)
    _, message = launcher.communicate(timeout=60)
    assert launcher.returncode != 0, message
    stopped = re.search(r"Stopped after step (\d+) of", message)
    assert stopped and 10 <= int(stopped[1]) == runs.step("asked") < 4000, message
    assert "mpirun -n 2 " in message and "--resume" in message, message
    runs.succeed(2, "asked", "--resume", *longer)
    assert (runs.weights("asked") == runs.weights("asked-whole")).all()


def check_refused(runs):
    """wrong options give one error message, before anything is written"""
    result = runs.train(2, "refused", "--batch", "9")
    assert result.returncode == 64, (result.returncode, result.stderr)
    assert "a batch of 9 samples for 2 processes" in result.stderr
    assert not (runs.folder / "refused").exists()
    result = runs.train(2, "one")
    assert result.returncode == 1 and "use --resume to continue it" in result.stderr, result.stderr


def main():
    program = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        runs = Runs(program, Path(folder))
        checks = [check for name, check in globals().items() if name.startswith("check_")]
        for check in checks:
            check(runs)
            print("ok ", check.__doc__)
    print(f"{len(checks)} passed, 0 failed")


if __name__ == "__main__":
    main()
