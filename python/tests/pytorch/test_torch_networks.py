"""Trained networks: read from small runs of the gpgen program, and compared with what it predicts and trains itself.

The program is the one that the environment variable GPGEN_PROGRAM names, or `gpgen` on the path, or the one that was built
in the repository. Without it, the tests that run it are skipped.
"""

import csv
import io
import itertools
import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional

from gpgen.torch import Backdrop, load_network, set_step, surviving_backward
from gpgen.torch import surviving as gpgen_surviving
from gpgen.torch.document import LayerText, read_network
from gpgen.torch.networks import build_network

BUILT = Path(__file__).resolve().parents[3] / ".build" / "release" / "gpgen"
GPGEN = os.environ.get("GPGEN_PROGRAM") or shutil.which("gpgen") or (str(BUILT) if BUILT.exists() else None)
needs_gpgen = pytest.mark.skipif(GPGEN is None, reason="the gpgen program is not there; set GPGEN_PROGRAM to its path")

LAYERS = """
layers:
  - convolution: {channels: 6, kernel: 3, stride: 2, padding: 1}
  - leaky_relu: {slope: 0.2}
  - backdrop: {probability: 0.7}
  - convolution: {channels: 7, kernel: 2}
  - relu
  - dropout: {probability: 0.3}
  - average_pool: {kernel: 3, stride: 2, padding: 1}
  - sbp: {ratio: 0.3, places: random}
  - convolution: {channels: 5, kernel: 3}
  - meprop: {k: 20}
  - relu
  - max_pool: {kernel: 2}
  - backdrop: {probability: 0.5, axes: [y, x]}
  - flatten
  - dropout: {probability: 0.2}
  - linear: {outputs: OUTPUTS}
"""


def gpgen(*words, text=True):
    done = subprocess.run([GPGEN, *map(str, words)], capture_output=True, text=text)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "data.h5"
    scales = ["--length-scales", "1,2", "--length-scales", "3,5"]
    gpgen("generate", "--size", 32, "--samples", 16, *scales, "--out", path, "--quiet")
    return path


def pixels(data):
    """The textures in order, float32 of shape (B, 1, H, W)."""
    arrays = io.BytesIO(gpgen("stream", data, "--sequential", "--batch", 16, "--to", "npy", text=False))
    return torch.from_numpy(np.load(arrays))


def train(data, run, *options, outputs=4):
    network = run.with_suffix(".yaml")
    network.write_text(LAYERS.replace("OUTPUTS", str(outputs)))
    gpgen("train", data, "--network", network, "--out", run, "--threads", 1, "--quiet", *options)
    return run


def predictions(run, data, *options):
    rows = list(csv.DictReader(io.StringIO(gpgen("predict", run, data, "--out", "-", "--quiet", *options))))
    names = [name for name in rows[0] if name.startswith(("score", "prediction"))]
    return torch.tensor([[float(row[name]) for name in names] for row in rows])


@needs_gpgen
@pytest.mark.parametrize(
    ("options", "outputs"),
    [
        (["--batch-mask", 0.5], 4),
        (["--loss", "auc", "--positive-classes", "1"], 1),
        (["--loss", "mse", "--target", "length_scale:0", "--target", "length_scale:1"], 2),
    ], ids=["classes", "binary", "targets"])
def test_outputs_equal_predict(data, tmp_path, options, outputs):
    run = train(data, tmp_path / "run", "--epochs", 2, "--batch", 4, *options, outputs=outputs)
    for best in (False, True):
        network = load_network(run, best=best)
        assert not network.training
        with torch.no_grad():
            found = network(pixels(data))
        expected = predictions(run, data, "--checkpoint", "best" if best else "final")
        assert found.shape == expected.shape == (16, outputs)
        assert (found - expected).abs().max() <= 2e-6 * expected.abs().max()


@needs_gpgen
@pytest.mark.parametrize("surviving", [False, True])
def test_first_step_equals_gpgens(data, tmp_path, surviving, monkeypatch):
    """One step of plain gradient descent with a rate of 1, whose weights are those before minus the gradient."""
    monkeypatch.setattr(gpgen_surviving, "WORTHWHILE", float("inf"))
    options = ["--batch", 3, "--train-count", 3, "--validation-fraction", 0, "--no-flip", "--no-turn", "--no-roll"]
    options += ["--epochs", 1, "--optimizer", "sgd", "--momentum", 0, "--lr", 1, "--seed", 2018]
    run = train(data, tmp_path / "first", *options)
    start = {name: value * 1.5 for name, value in load_file(run / "weights.safetensors").items()}
    save_file(start, tmp_path / "start.safetensors")
    run = train(data, tmp_path / "second", *options, "--weights-from", tmp_path / "start.safetensors")
    after = load_file(run / "weights.safetensors")

    differences = []
    # The order of the samples in their batch decides which mask is whose; one of all orders is gpgen's.
    for order in itertools.permutations(range(3)):
        network = load_network(run).train()
        network.load_state_dict(start)
        images, labels = pixels(data)[list(order)], torch.tensor(order)
        if surviving:
            assert gpgen_surviving.plan_step(network, images) is not None
            surviving_backward(network, images, lambda logits: functional.cross_entropy(logits, labels))
        else:
            functional.cross_entropy(network(images), labels).backward()
        gradients = {name: parameter.grad for name, parameter in network.named_parameters()}
        assert gradients.keys() == after.keys()
        differences.append(max(
            float((start[name] - after[name] - gradient).abs().max() / gradient.abs().max())
            for name, gradient in gradients.items()))
    assert sorted(differences)[0] < 1e-4 < 1e-2 < sorted(differences)[1]


def configuration(layers, **training):
    return {
        "format_version": 2,
        "dataset": {"height": 12, "width": 16},
        "standardization": {"mean": 0.5, "standard_deviation": 2.0},
        "training": {
            "network": f"# a network\ninput_channels: 1\nlayers:\n{layers}", "seed": 3,
            "augmentation": {"flip": True, "roll": True, "turn": False}, **training},
    }


def test_weights_have_the_names_of_gpgens_layers():
    network = build_network(configuration(
        "  - convolution: {channels: 2, kernel: 3, stride: 1, padding: 0}\n  - relu\n"
        "  - backdrop: {probability: 0.85, axes: [y, x]}\n  - flatten\n  - linear: {outputs: 4}\n", batch_mask=0.25))
    assert list(network.state_dict()) == ["0.weight", "0.bias", "4.weight", "4.bias"]
    assert network.get_submodule("4").in_features == 2 * 10 * 14
    mask, batch_mask = network.get_submodule("2"), network.get_submodule("5")
    assert (mask.probability, mask.axes, mask.layer, mask.seed) == (0.85, ("y", "x"), 2, 3)
    assert (batch_mask.probability, batch_mask.axes, batch_mask.layer) == (0.25, ("sample",), 5)
    assert torch.equal(network[0](torch.tensor([4.5])), torch.tensor([2.0]))


def test_crop_is_the_size_of_the_images():
    network = build_network(configuration(
        "  - flatten\n  - linear: {outputs: 4}\n", augmentation={"flip": False, "roll": False, "turn": False, "crop": 8}))
    assert network.get_submodule("1").in_features == 64


def test_linear_takes_a_map_of_one_place():
    network = build_network(configuration("  - global_average_pool\n  - linear: {outputs: 3}\n"))
    assert network(torch.zeros(2, 1, 12, 16)).shape == (2, 3)


def test_mse_outputs_are_in_the_targets_units():
    document = configuration("  - global_average_pool\n  - linear: {outputs: 2}\n")
    document["target_standardization"] = [
        {"name": "length_scale:0", "mean": 5, "standard_deviation": 2},
        {"name": "length_scale:1", "mean": 9, "standard_deviation": 4}]
    network = build_network(document)
    nn.init.zeros_(network.get_submodule("1").weight)
    with torch.no_grad():
        network.get_submodule("1").bias.copy_(torch.tensor([1.0, -1.0]))
    assert network(torch.zeros(1, 1, 12, 16)).tolist() == [[7, 5]]


def test_text_of_a_network_is_read():
    network = read_network(
        "# A network\ninput_channels: 2\nlayers:\n  - relu\n  - sbp: {ratio: 1e-05, places: grid, unbiased: true}\n"
        "  - backdrop: {probability: 1, axes: [sample, y], fixed_element: [3]}\n")
    assert network.input_channels == 2
    assert network.layers == (
        LayerText("relu"), LayerText("sbp", {"ratio": 1e-5, "places": "grid", "unbiased": True}),
        LayerText("backdrop", {"probability": 1, "axes": ["sample", "y"], "fixed_element": [3]}))
    assert Backdrop(**network.layers[2].keys).fixed_element == (3,)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ("  - relu\n  - attention: {heads: 4}\n", "layer 1 of the network: found `attention`"),
        ("  - relu\n  convolution\n", "line 5 of the network: found '  convolution'"),
        ("  - convolution: {channels: {a: 1}}\n", "line 4 of the network: found 'channels: {a: 1}'"),
    ])
def test_layer_that_is_not_known_is_named(layers, message):
    with pytest.raises(ValueError, match=message):
        build_network(configuration(layers))


def test_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="expected the folder of a run"):
        load_network(tmp_path)
    document = configuration("  - relu\n")
    (tmp_path / "configuration.json").write_text(json.dumps(document))
    with pytest.raises(FileNotFoundError, match="weights.safetensors: no such file; finish the run"):
        load_network(tmp_path)
    with pytest.raises(FileNotFoundError, match="best.safetensors: no such file; train with a validation part"):
        load_network(tmp_path, best=True)
    (tmp_path / "configuration.json").write_text(json.dumps(document | {"format_version": 3}))
    with pytest.raises(ValueError, match="found format_version 3, expected 2"):
        load_network(tmp_path)


def test_weights_of_another_network_are_refused(tmp_path):
    (tmp_path / "configuration.json").write_text(json.dumps(configuration("  - flatten\n  - linear: {outputs: 4}\n")))
    save_file({"0.weight": torch.zeros(2, 2)}, tmp_path / "weights.safetensors")
    with pytest.raises(RuntimeError, match='Missing key.*"1.weight"'):
        load_network(tmp_path)


def test_step_of_a_loaded_network_is_set():
    network = build_network(configuration("  - backdrop: {probability: 0.5, axes: [sample, y, x]}\n"))
    set_step(network, 12)
    assert network.get_submodule("0").step == 12
