"""experiment: committed files satisfy the schema, summaries match SciPy's, and a killed experiment resumes to the same
tables."""

import csv
import json
import math
import os
import re
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
    """The mean and both ends of its 95% interval."""
    mean = statistics.fmean(values)
    half = scipy.stats.t.ppf(0.975, len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
    return mean, mean - half, mean + half


def near(found, expected):
    assert all(abs(float(a) - b) < 2e-6 for a, b in zip(found, expected, strict=True)), (found, expected)


def check_committed_experiments(fixture):
    """the committed experiments satisfy the schema, and gpgen can read them"""
    schema = validator("experiment.schema.json")
    files = sorted(EXPERIMENTS.glob("*.yaml"))
    assert len(files) >= 6
    for file in files:
        schema.validate(yaml.safe_load(file.read_text()))
        assert "cells" in fixture.gpgen("experiment --dry-run", file)
    assert refuses(schema, yaml.safe_load(SMALL) | {"methods": {"a": {"fine_masks": 1}}})
    assert refuses(schema, yaml.safe_load(SMALL) | {"seeds": 0})


def table_of(summary, metric, dataset, budget="steps"):
    """{method: numbers of each column in percent: mean, half-width, difference, its half-width}, from summary.csv.

    Columns are the numbers of samples or of steps, or the datasets if `dataset` is "all"."""
    table = {}
    for row in summary:
        if (row["metric"], row["budget"]) == (metric, budget) and dataset in (row["dataset"], "all"):
            numbers = [float(row["mean"])]
            if row["high"]:
                numbers.append(float(row["high"]) - numbers[0])
            if row["difference"]:
                numbers.append(float(row["difference"]))
                if row["difference_high"]:
                    numbers.append(float(row["difference_high"]) - float(row["difference"]))
            table.setdefault(row["method"], []).append([100 * number for number in numbers])
    return table


def check_documented_tables(fixture):
    """the tables in docs/experiments.md match the committed summary.csv"""
    tables = 0
    lines = (EXPERIMENTS.parent / "docs" / "experiments.md").read_text().splitlines()
    for index, line in enumerate(lines):
        found = re.fullmatch(r"<!-- (\S+): (\S+), (\S+?)(?:, at equal (cost))? -->", line)
        if not found:
            assert not line.startswith("<!--") or line.startswith("<!-- not run: "), line
            continue
        name, metric, dataset, budget = found.groups()
        expected = table_of(rows(EXPERIMENTS / "results" / name / "summary.csv"), metric, dataset, budget or "steps")
        assert expected, line
        written = {}
        for row in lines[index + 3:]:
            if not row.startswith("|"):
                break
            method, *cells = [cell.strip() for cell in row.strip("|").split("|")]
            written[method] = [[float(n) for n in re.findall(r"[+-]?\d+\.\d+", cell)] for cell in cells]
        written.pop("best possible", None)
        assert written.keys() <= expected.keys() and len(written) > 1, (line, written.keys() ^ expected.keys())
        for method, cells in written.items():
            assert len(cells) == len(expected[method]), (line, method)
            for cell, numbers in zip(cells, expected[method]):
                assert len(cell) == len(numbers), (line, method, cell, numbers)
                assert all(abs(a - b) < 0.0501 for a, b in zip(cell, numbers)), (line, method, cell, numbers)
        tables += 1
    assert tables == len(re.findall(r"^\|---", "\n".join(lines), re.M)) - 2, "a table of results has no comment that names its source"


def check_quick_experiment(fixture):
    """the quick version of the committed experiment completes"""
    out = fixture.folder / "quick"
    command = [fixture.binary, "experiment", EXPERIMENTS / "two-scale.yaml", "--quick", "--quiet", "--out", out]
    subprocess.run(command, check=True, timeout=180)
    state = json.loads((out / "experiment.json").read_text())
    assert state["quick"] and state["cells"] == state["finished"] == 4, state
    chosen = [row["learning_rate"] for row in rows(out / "learning_rates.csv") if row["chosen"] == "1"]
    assert len(chosen) == 2, chosen


def check_experiment_tables(fixture):
    """summary.csv matches SciPy's statistics of results.csv"""
    file, out = fixture.folder / "small.yaml", fixture.folder / "results"
    file.write_text(SMALL)
    validator("experiment.schema.json").validate(yaml.safe_load(SMALL))
    fixture.gpgen("experiment --quiet", file, "--out", out)
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
    # A cell is a normal run: `evaluate` on the test textures gives the accuracy in its row.
    test = fixture.folder / "test.yaml"
    test.write_text(f"side: 16\nlength_scales: [[1, 2]]\nnoise: 1\nsamples: 64\nseed: {2**52}\n")
    for row in runs[:3]:
        cell = out / f"cells/textures/reference/none/16-samples/400-steps/seed-{row['seed']}"
        found = json.loads(fixture.gpgen("evaluate --json --split all", cell, test))
        near([row["accuracy"]], [found["classes"]["accuracy"]])


def check_experiment_killed(fixture):
    """an experiment that is killed several times ends with the same bytes"""
    file, whole, parts = (fixture.folder / name for name in ("killed.yaml", "whole", "parts"))
    file.write_text(SMALL)
    fixture.gpgen("experiment --quiet", file, "--out", whole)
    command = [fixture.binary, "experiment", file, "--out", parts, "--quiet"]
    kills = 0
    for delay in (0.3, 0.6, 0.9):
        process = subprocess.Popen(command, start_new_session=True)
        time.sleep(delay)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            kills += 1
        process.wait()
    assert kills > 0, "the experiment was too fast to be killed"
    subprocess.run(command, check=True, timeout=60)
    for name in ("summary.csv", "summary.md", "learning_rates.csv", "experiment.json"):
        assert (parts / name).read_bytes() == (whole / name).read_bytes(), name
