"""The files of `gpgen train`, checked against the JSON Schemas and for consistency."""

import csv
import hashlib
import json
import struct

import h5py
import numpy as np

from contracts import refuses, validator
from dataset import texture_of

TIMES = {"seconds", "images_per_second", "data_wait_fraction"}
# Continuous labels: a range, and a parameter with two values.
REGRESSION = {
    "side": 32, "samples": 24, "seed": 8, "weights": [1, 0.5], "noise": 0.1,
    "candidates": [
        [{"covariance": "squared_exponential", "length_scale": {"log_uniform": [1, 4]}}],
        [{"covariance": "matern", "length_scale": 6, "nu": nu} for nu in (0.5, 2.5)],
    ],
}  # fmt: skip
NETWORK = """layers:
  - convolution: {channels: 4, kernel: 3, stride: 2, padding: 1}
  - relu
  - backdrop: {probability: 0.5}
  - global_average_pool
  - flatten
  - linear: {outputs: %d}
"""


def run(fixture, name, options="", outputs=4, data=None):
    """The folder of a small run, on the shared shard unless other data are given."""
    folder = fixture.folder / f"run-{name}"
    if not folder.exists():
        network = fixture.folder / f"network-{outputs}.yaml"
        network.write_text(NETWORK % outputs)
        fixture.gpgen(
            f"train --epochs 2 --batch 4 --threads 1 --quiet {options} --network", network,
            data or fixture.dataset("shard"),
            "--out", folder)
    return folder


def independent(fixture):
    """The folder of a run with separate validation data and a log of steps, and the validation data."""
    data = fixture.folder / "validation.yaml"
    if not data.exists():
        data.write_text(fixture.gpgen(
            "recipe --size 64 --length-scales 3,4 --length-scales 10,20 --weights 0.75,1.25 --noise 0.1 --seed 8 --samples 6"))
    return run(fixture, "independent", f"--validation-data {data} --train-count 7 --log-every 3 --epochs 4"), data


def runs(fixture):
    yield run(fixture, "classes")
    yield run(fixture, "auc", "--loss auc --positive-classes 1,3 --batch-mask 0.5 --optimizer sgd --clip 1", 1)
    yield run(fixture, "f1", "--loss f1 --positive-classes 0 --schedule step --optimizer adamw --crop 32", 1)
    yield run(fixture, "whole", "--validation-fraction 0 --schedule cosine --warm-up 2 --flip")


def regression(fixture):
    """The folder of a run that predicts two continuous labels, and its data."""
    data = fixture.make_recipe("regression", REGRESSION)
    return run(fixture, "mse", "--loss mse --target length_scale:0 --target nu:1", 2, data), data


def soft(fixture):
    """The folder of a run trained with posteriors as soft labels, and their file."""
    posteriors = fixture.folder / "soft-posteriors.h5"
    if not posteriors.exists():
        fixture.gpgen("oracle --quiet", fixture.dataset("shard"), "--out", posteriors)
    return run(fixture, "soft", f"--soft-labels {posteriors}"), posteriors


def lines(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def tensors(path):
    """Reads a safetensors file; returns its tensors and metadata."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    values = {}
    for name, tensor in header.items():
        assert tensor["dtype"] == "F32"
        begin, end = tensor["data_offsets"]
        values[name] = np.frombuffer(data[8 + length + begin : 8 + length + end], "<f4").reshape(tensor["shape"])
    return values, metadata


def check_run_files(fixture):
    """configuration.json, metrics.jsonl and evaluation.json of runs satisfy their schemas"""
    configurations, metrics, evaluations = (
        validator(f"{name}.schema.json") for name in ("run", "metrics", "evaluation")
    )
    for folder in [*runs(fixture), regression(fixture)[0], soft(fixture)[0], independent(fixture)[0]]:
        configuration = json.loads((folder / "configuration.json").read_text())
        configurations.validate(configuration)
        recipe = configuration["dataset"]["recipe"]
        assert hashlib.sha256(recipe.encode()).hexdigest() == configuration["dataset"]["hash"]
        found = lines(folder)
        assert [line["epoch"] for line in found] == list(range(1, configuration["training"]["epochs"] + 1))
        for line in found:
            metrics.validate(line)
        evaluation = json.loads((folder / "evaluation.json").read_text())
        evaluations.validate(evaluation)
        held_out = configuration["dataset"]["validation_samples"] or "validation_dataset" in configuration
        assert evaluation["split"] == (
            "all" if "validation_dataset" in configuration else "validation" if held_out else "train")
        if configuration["training"]["loss"] == "cross-entropy":
            for measures in [line["train"], line["validation"] if held_out else evaluation["classes"], evaluation["classes"]]:
                assert len(measures["scale_accuracy"]) == 2
                assert min(measures["scale_accuracy"]) >= measures["accuracy"]
        # The first line has the ceiling, unless the network is trained on crops.
        has_ceiling = "crop" not in configuration["training"]["augmentation"]
        assert ("ceiling" in found[0]) == bool(has_ceiling and held_out) and "ceiling" not in found[1]
        assert ("ceiling" in evaluation) == has_ceiling
        assert refuses(metrics, line, epoch=0) and refuses(metrics, line, extra=1) and refuses(metrics, line, train=...)
        assert refuses(configurations, configuration, training=...) and refuses(evaluations, evaluation, split="none")


def check_validation_data(fixture):
    """a run with separate validation data records its hash, and trains on a balanced part of its samples"""
    folder, data = independent(fixture)
    configuration = json.loads((folder / "configuration.json").read_text())
    stored = configuration["validation_dataset"]
    assert hashlib.sha256(stored["recipe"].encode()).hexdigest() == stored["hash"] and stored["samples"] == [0, 6]
    assert json.loads(stored["recipe"])["seed"] == 8
    assert configuration["training"]["train_count"] == configuration["dataset"]["training_samples"] == 7
    assert configuration["dataset"]["validation_samples"] == 0
    evaluation = json.loads(fixture.gpgen("evaluate --json", folder, data))
    assert evaluation == json.loads((folder / "evaluation.json").read_text()) and evaluation["samples"] == 6
    assert evaluation["dataset_hash"] == stored["hash"]
    # The first seven samples are as balanced over the four classes as possible.
    with h5py.File(fixture.dataset("shard")) as file:
        pixels = texture_of(file)[:7].astype(np.float64)
    standardization = configuration["standardization"]
    assert np.isclose(standardization["mean"], pixels.mean(), atol=1e-6)
    assert np.isclose(standardization["standard_deviation"], pixels.std(), rtol=1e-6)


def check_steps(fixture):
    """the lines of steps.jsonl satisfy their schema and add up to the epochs of metrics.jsonl"""
    folder, _ = independent(fixture)
    schema = validator("steps.schema.json")
    steps = [json.loads(line) for line in (folder / "steps.jsonl").read_text().splitlines()]
    # Four epochs of two batches with 4 and 3 samples; the last two steps have no line.
    assert [line["step"] for line in steps] == [3, 6] and [line["epoch"] for line in steps] == [2, 3]
    for line in steps:
        schema.validate(line)
        assert len(line["scale_accuracy"]) == 2 and min(line["scale_accuracy"]) >= line["accuracy"]
    assert refuses(schema, line, step=0) and refuses(schema, line, extra=1) and refuses(schema, line, seconds=...)
    epochs = lines(folder)[:3]
    assert np.isclose(
        sum(line["multiply_adds"] for line in steps), sum(line["multiply_adds"] for line in epochs), rtol=1e-9)
    right = [line["accuracy"] * samples for line, samples in zip(steps, (11, 10), strict=True)]
    assert np.isclose(sum(right), sum(7 * line["train"]["accuracy"] for line in epochs), rtol=1e-9)
    loss = [line["loss"] * samples for line, samples in zip(steps, (11, 10), strict=True)]
    assert np.isclose(sum(loss), sum(7 * line["train"]["loss"] for line in epochs), rtol=1e-9)
    assert steps[0]["seconds"] < steps[1]["seconds"]


def check_network_text(fixture):
    """the network that `gpgen recipe --network` prints satisfies its schema and trains like the reference network"""
    options = "--depth 2 --channels 3 --method sbp --sbp-ratio 0.25"
    network = fixture.folder / "reference.yaml"
    network.write_text(fixture.gpgen(f"recipe --network --size 64 --length-scales 3,4 --length-scales 10,20 {options}"))
    folders = []
    for name, choice in [("reference", options), ("printed", f"--network {network}")]:
        folders.append(fixture.folder / f"run-{name}")
        fixture.gpgen(
            f"train --epochs 1 --batch 4 --threads 1 --quiet {choice}", fixture.dataset("shard"), "--out", folders[-1])
    first, second = ((folder / "weights.safetensors").read_bytes() for folder in folders)
    assert first == second


def check_predictions(fixture):
    """the CSV of `gpgen predict` gives the accuracy and the confusion matrix of `gpgen evaluate`"""
    data = fixture.dataset("shard")
    for folder in runs(fixture):
        evaluation = json.loads(fixture.gpgen("evaluate --split all --json", folder, data))
        report = evaluation.get("classes") or evaluation["binary"]
        rows = list(csv.DictReader(fixture.gpgen("predict --out -", folder, data).splitlines()))
        truth = "label" if "classes" in evaluation else "positive"
        confusion = np.zeros_like(report["confusion"])
        for row in rows:
            confusion[int(row[truth]), int(row["predicted"])] += 1
        assert confusion.tolist() == report["confusion"] and len(rows) == evaluation["samples"]
        assert np.isclose(np.trace(confusion) / confusion.sum(), report["accuracy"], rtol=1e-12)
        assert [int(row["sample"]) for row in rows] == list(range(len(rows)))


def scale_accuracy(confusion, counts):
    """The accuracy of each scale's choice; scale 0 varies fastest."""
    confusion, step = np.array(confusion), 1
    for count in counts:
        choice = np.arange(len(confusion)) // step % count
        yield confusion[choice[:, None] == choice[None, :]].sum() / confusion.sum()
        step *= count


def check_scale_accuracy(fixture):
    """the accuracy of each scale follows from the confusion matrix, and the ceiling is near 1"""
    evaluation = json.loads(
        fixture.gpgen("evaluate --split all --ceiling --json", run(fixture, "classes"), fixture.dataset("shard")))
    report, ceiling = evaluation["classes"], evaluation["ceiling"]
    assert np.allclose(report["scale_accuracy"], list(scale_accuracy(report["confusion"], [2, 2])), rtol=1e-12)
    assert ceiling["method"] == "modes" and ceiling["expected_accuracy"] <= min(ceiling["scale_accuracy"]) + 1e-12
    # Without noise, textures of 64 x 64 pixels can be told apart almost perfectly.
    assert ceiling["expected_accuracy"] > 0.99 and ceiling["accuracy"] == 1


def check_regression(fixture):
    """predictions of continuous labels match the labels in the file and the metrics of `gpgen evaluate`"""
    folder, data = regression(fixture)
    evaluation = json.loads(fixture.gpgen("evaluate --split all --ceiling --json", folder, data))
    validator("evaluation.schema.json").validate(evaluation)
    rows = list(csv.DictReader(fixture.gpgen("predict --out -", folder, data).splitlines()))
    targets = json.loads((folder / "configuration.json").read_text())["target_standardization"]
    with h5py.File(data) as file:
        stored = {"length_scale:0": file["length_scale"][:, 0], "nu:1": np.where(file["label"][:] == 0, 0.5, 2.5)}
    standardized = []
    for score, best, target in zip(
        evaluation["regression"]["targets"], evaluation["ceiling"]["targets"], targets, strict=True
    ):
        name = score["name"]
        assert name == best["name"] == target["name"]
        truth = np.array([float(row[f"target_{name}"]) for row in rows])
        predicted = np.array([float(row[f"prediction_{name}"]) for row in rows])
        assert np.allclose(truth, stored[name], rtol=1e-6)
        error = np.mean((predicted - truth) ** 2)
        assert np.isclose(score["mean_squared_error"], error, rtol=1e-9)
        assert np.isclose(score["root_mean_squared_error"], np.sqrt(error), rtol=1e-9)
        assert np.isclose(score["r_squared"], 1 - error / np.var(truth), rtol=1e-9)
        assert best["mean_squared_error"] < score["mean_squared_error"]
        standardized.append(error / target["standard_deviation"] ** 2)
    assert np.isclose(evaluation["loss"], np.mean(standardized), rtol=1e-5)
    low, high = 1, 4
    mean = (high - low) / np.log(high / low)
    assert np.isclose(targets[0]["mean"], mean, rtol=1e-12)
    assert np.isclose(
        targets[0]["standard_deviation"], np.sqrt((high**2 - low**2) / (2 * np.log(high / low)) - mean**2), rtol=1e-12)
    assert np.isclose(targets[1]["mean"], 1.5) and np.isclose(targets[1]["standard_deviation"], 1)


def check_soft_labels(fixture):
    """a run with soft labels records the hash of their file, and its loss is not below their entropy"""
    folder, posteriors = soft(fixture)
    stored = json.loads((folder / "configuration.json").read_text())["training"]["soft_labels"]
    assert stored == {"hash": hashlib.sha256(posteriors.read_bytes()).hexdigest(), "path": str(posteriors)}
    with h5py.File(posteriors) as file:
        logarithms = file["log_posterior"][:]
    probabilities = np.exp(logarithms)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    entropy = -np.sum(probabilities * np.where(probabilities > 0, logarithms, 0), axis=1)
    for line in lines(folder):
        assert line["train"]["loss"] >= np.mean(np.sort(entropy)[:8])


def check_weights(fixture):
    """weights have the names of PyTorch's nn.Sequential and the values of the last checkpoint"""
    folder = run(fixture, "classes")
    weights, metadata = tensors(folder / "weights.safetensors")
    assert {name: value.shape for name, value in weights.items()} == {
        "0.weight": (4, 1, 3, 3), "0.bias": (4,), "5.weight": (4, 4), "5.bias": (4,),
    }  # fmt: skip
    standardization = json.loads((folder / "configuration.json").read_text())["standardization"]
    assert np.float32(metadata["mean"]) == np.float32(standardization["mean"])
    assert np.float32(metadata["standard_deviation"]) == np.float32(standardization["standard_deviation"])
    checkpoint, _ = tensors(folder / "checkpoint.safetensors")
    for name, value in weights.items():
        assert np.array_equal(value.view(np.uint32), checkpoint[name].view(np.uint32))
        assert checkpoint[f"exp_avg.{name}"].shape == checkpoint[f"exp_avg_sq.{name}"].shape == value.shape


def check_recipe_training(fixture):
    """training on a recipe gives the same bits as training on its files"""
    stored = run(fixture, "classes")
    recipe = fixture.folder / "trained.yaml"
    recipe.write_text(fixture.gpgen(
        "recipe --size 64 --length-scales 3,4 --length-scales 10,20 --weights 0.75,1.25 --seed 7 --samples 10"))
    made = fixture.folder / "run-made"
    fixture.gpgen(
        "train --epochs 2 --batch 4 --threads 1 --quiet --network", fixture.folder / "network-4.yaml", recipe,
        "--out", made)
    assert (made / "weights.safetensors").read_bytes() == (stored / "weights.safetensors").read_bytes()
    for a, b in zip(lines(made), lines(stored), strict=True):
        assert {key: a[key] for key in a.keys() - TIMES} == {key: b[key] for key in b.keys() - TIMES}
