"""experiment: the files that are committed are as the schema has them, results are what SciPy makes of the runs, and an
experiment that is killed goes on to the same tables."""

import csv
import json
import math
import os
import signal
import statistics
import subprocess
import time
from pathlib import Path

import scipy.stats
import yaml

from contracts import refuses, validator

EXPERIMENTS = Path(__file__).resolve().parents[2] / "experiments"
SMALL = """
recipe: {side: 16, length_scales: [[1, 2]], noise: 1}
training_samples: [16, 32]
test_samples: 64
training: {depth: 2, channels: 4}
methods:
  none:
  masks: {fine_mask: 0.5, coarse_mask: 0.5}
seeds: 3
steps: 400
learning_rates: [0.001, 0.003]
"""


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def interval(values):
    """Mean and the ends of its 95% interval."""
    mean = statistics.fmean(values)
    half = scipy.stats.t.ppf(0.975, len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
    return mean, mean - half, mean + half


def near(found, expected):
    assert all(abs(float(a) - b) < 2e-6 for a, b in zip(found, expected, strict=True)), (found, expected)


def check_committed_experiments(workshop):
    """the experiments are as the schema has them, and their quick versions can be read"""
    schema = validator("experiment.schema.json")
    files = sorted(EXPERIMENTS.glob("*.yaml"))
    assert len(files) >= 6
    for file in files:
        schema.validate(yaml.safe_load(file.read_text()))
        assert "cells" in workshop.gpgen("experiment --dry-run", file)
    assert refuses(schema, yaml.safe_load(SMALL) | {"methods": {"a": {"fine_masks": 1}}})
    assert refuses(schema, yaml.safe_load(SMALL) | {"seeds": 0})


def check_experiment_tables(workshop):
    """summary.csv is what SciPy makes of results.csv"""
    file, out = workshop.folder / "small.yaml", workshop.folder / "results"
    file.write_text(SMALL)
    validator("experiment.schema.json").validate(yaml.safe_load(SMALL))
    workshop.gpgen("experiment --quiet", file, "--out", out)
    runs, summary = rows(out / "results.csv"), rows(out / "summary.csv")
    assert len(runs) == 12 and len(summary) == 12, (len(runs), len(summary))
    for row in summary:
        group = {run["seed"]: float(run[row["metric"]]) for run in runs
                 if all(run[key] == row[key] for key in ("dataset", "samples", "network", "method"))}
        near((row["mean"], row["low"], row["high"]), interval(list(group.values())))
        if row["method"] == "none":
            assert row["baseline"] == row["difference"] == "", row
            continue
        base = {run["seed"]: float(run[row["metric"]]) for run in runs
                if run["method"] == "none" and run["samples"] == row["samples"]}
        near((row["difference"], row["difference_low"], row["difference_high"]),
             interval([group[seed] - base[seed] for seed in sorted(group)]))
    # A cell is a normal run: evaluated again on the test textures, it has the accuracy of its row.
    test = workshop.folder / "test.yaml"
    test.write_text(f"side: 16\nlength_scales: [[1, 2]]\nnoise: 1\nsamples: 64\nseed: {2**52}\n")
    for row in runs[:3]:
        cell = out / f"cells/textures/reference/none/16-samples/400-steps/seed-{row['seed']}"
        found = json.loads(workshop.gpgen("evaluate --json --split all", cell, test))
        near([row["accuracy"]], [found["classes"]["accuracy"]])


def check_experiment_killed(workshop):
    """an experiment that is killed again and again ends with the same bytes"""
    file, whole, parts = (workshop.folder / name for name in ("killed.yaml", "whole", "parts"))
    file.write_text(SMALL)
    workshop.gpgen("experiment --quiet", file, "--out", whole)
    command = [workshop.binary, "experiment", file, "--out", parts, "--quiet"]
    kills = 0
    for delay in (0.3, 0.6, 0.9):
        process = subprocess.Popen(command, start_new_session=True)
        time.sleep(delay)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            kills += 1
        process.wait()
    assert kills > 0, "it was never killed"
    subprocess.run(command, check=True, timeout=60)
    for name in ("summary.csv", "summary.md", "learning_rates.csv", "experiment.json"):
        assert (parts / name).read_bytes() == (whole / name).read_bytes(), name
