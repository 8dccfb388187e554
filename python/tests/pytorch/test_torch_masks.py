"""Masks and dropout: checked against schemas/noise.md, a second implementation in NumPy, and gpgen's own fixtures."""

import copy
import io
import json
import math
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from gpgen.torch import Backdrop, ChannelDropout, MeProp, StochasticBackpropagation, set_step
from gpgen.torch.document import LayerText, NetworkText
from gpgen.torch.masks import GradientMask
from gpgen.torch.networks import build_layers
from gpgen.torch.noise import DROPOUT, MaskNoise, philox

FIXTURES = Path(__file__).resolve().parents[3] / "Tests" / "BackdropTests" / "Fixtures"


def words_in_numpy(seed, step, layer, use, sample, count):
    """The words of a stream in unsigned 64-bit arithmetic."""
    mask = np.uint64(0xFFFFFFFF)
    blocks = np.arange((count + 3) // 4, dtype=np.uint64)
    c = [blocks, *(np.full_like(blocks, word) for word in (step, 3 << 24 | use << 20 | layer, sample))]
    k0, k1 = seed & 0xFFFFFFFF, seed >> 32
    for _ in range(10):
        p0, p1 = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [p1 >> np.uint64(32) ^ c[1] ^ np.uint64(k0), p1 & mask, p0 >> np.uint64(32) ^ c[3] ^ np.uint64(k1), p0 & mask]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack(c, axis=1).ravel()[:count]


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
    ])
def test_philox_gives_the_published_words(counter, key, words):
    low, high = (int(word, 16) for word in key.split())
    found = philox(tuple(torch.tensor(int(word, 16)) for word in counter.split()), high << 32 | low)
    assert [f"{int(word):08x}" for word in found] == words.split()


TABLE = [
    (0, 0, 0, 0, "0000100011001000", 7, "01101101"),
    (2018, 7, 4, 1, "1011101100000011", 2, "11011100"),
    (9007199254740991, 100000, 11, 3, "0110000001000001", 5, "11111111"),
]


@pytest.mark.parametrize(("seed", "step", "layer", "sample", "elements", "survivor", "channels"), TABLE)
def test_masks_are_those_of_the_format_document(seed, step, layer, sample, elements, survivor, channels):
    bits = [int(bit) for bit in elements]
    mask = Backdrop(0.75, seed=seed, layer=layer).mask((4, 3, 4, 4), step)
    expected = torch.tensor(bits, dtype=torch.float32) * (torch.tensor(16.0) / sum(bits))
    assert torch.equal(mask[sample].flatten(), expected)

    noise = MaskNoise(seed, step, layer)
    assert int(noise.survivors(4, 16)[sample]) == survivor
    assert noise.kept(4, 8, DROPOUT, 0.25)[sample].tolist() == [bit == "1" for bit in channels]

    dropout = ChannelDropout(0.25, seed=seed, layer=layer)
    set_step(dropout, step)
    kept = dropout(torch.ones(4, 8, 2, 2))[sample, :, 0, 0]
    assert torch.equal(kept, torch.tensor([int(bit) for bit in channels]) * torch.tensor(1 / 0.75, dtype=torch.float32))


@pytest.mark.parametrize("probability", [0.1, 0.5, 0.85, 0.999, 1])
@pytest.mark.parametrize(
    ("axes", "shape"),
    [
        (("sample", "y", "x"), (3, 4, 7, 9)), (("y", "x"), (3, 4, 7, 9)), (("x", "sample"), (3, 4, 7, 9)),
        (("channel",), (3, 40, 5, 5)), (("sample",), (30, 4, 5, 5)), (("sample", "channel", "y", "x"), (2, 3, 4, 5)),
        (("sample", "x"), (3, 2, 101)), (("sample", "z", "y", "x"), (2, 3, 4, 5, 6)), (("z",), (2, 3, 40, 5, 6)),
        (("sample", "channel"), (5, 12)), (("sample",), (25, 3)), (("sample", "y", "x"), (4, 3)),
    ])
def test_masks_equal_a_second_implementation(probability, axes, shape):
    seed, step, layer = 0x123456789ABCDEF, 70000, 9
    names = ["sample", "channel", *["z", "y", "x"][5 - len(shape) :]]
    extents = dict(zip(names, shape))
    masked = [name for name in ("sample", "channel", "z", "y", "x") if name in axes]
    own = masked if len(masked) == 1 else [name for name in masked if name != "sample"]
    count = math.prod(extents.get(name, 1) for name in own)
    values = []
    for sample in range(shape[0] if "sample" in masked and masked != ["sample"] else 1):
        kept = words_in_numpy(seed, step, layer, 0, sample, count) >= np.uint64(int(probability * 2**32 + 0.5))
        if not kept.any():
            high, low = (int(word) for word in words_in_numpy(seed, step, layer, 1, sample, 2))
            kept[(high << 32 | low) * count >> 64] = True
        values.append(kept * (np.float32(count) / np.float32(kept.sum())))
    expected = np.array(values, np.float32).reshape([extents[name] if name in masked else 1 for name in names])
    mask = Backdrop(probability, axes, seed=seed, layer=layer).mask(shape, step)
    assert mask.dtype == torch.float32
    assert np.array_equal(mask.numpy(), expected)


NETWORKS = sorted(FIXTURES.glob("network-*.json"))
assert NETWORKS, f"{FIXTURES} has no networks"


@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
def test_step_equals_gpgens_fixture(path: Path):
    """Outputs, loss and gradients of networks with all kinds of layers, which gpgen's own tests also compare with."""
    fixture = json.loads(path.read_text())
    document = fixture["network"]
    pairs = [(entry, {}) if isinstance(entry, str) else next(iter(entry.items())) for entry in document["layers"]]
    text = NetworkText(document["input_channels"], tuple(LayerText(name, keys) for name, keys in pairs))
    side, samples = fixture["side"], fixture["samples"]
    network = nn.Sequential(*build_layers(text, (side, side), fixture["seed"])).double()
    initialise(network, fixture["seed"])
    set_step(network, fixture["step"])
    assert {name: parameter.sum().item() for name, parameter in network.named_parameters()} == pytest.approx(
        fixture["weight_sums"], abs=1e-9)

    x = images(samples, document["input_channels"], side, side).requires_grad_()
    outputs = network(x)
    if fixture.get("criterion") == "auc":
        positive, negative = outputs[torch.arange(samples) % 2 == 1, 0], outputs[torch.arange(samples) % 2 == 0, 0]
        loss = functional.softplus(negative[None, :] - positive[:, None]).mean()
    else:
        loss = functional.cross_entropy(outputs, torch.arange(samples) % outputs.shape[1])
    loss.backward()

    assert loss.item() == pytest.approx(fixture["loss"], rel=1e-12)
    gradients = {name: parameter.grad for name, parameter in network.named_parameters()}
    assert gradients.keys() == fixture["gradients"].keys()
    pairs = [(gradients[name], values) for name, values in fixture["gradients"].items()]
    for found, values in [*pairs, (x.grad, fixture["input_gradient"]), (outputs, fixture["outputs"])]:
        expected = torch.tensor(values, dtype=torch.float64)
        # The fixtures have nine digits.
        assert (found.detach().flatten() - expected).abs().max() <= 1e-8 * expected.abs().max()


def initialise(network, seed):
    """gpgen's initial weights: section 8 of schemas/noise.md."""
    with torch.no_grad():
        for tensor, (name, parameter) in enumerate(network.named_parameters()):
            after = [layer for layer in network[int(name.split(".")[0]) + 1 :] if not isinstance(layer, (GradientMask, MeProp))]
            gain = 6 if after and isinstance(after[0], nn.ReLU) else 3
            parameter.zero_()
            if parameter.dim() > 1:
                bound = np.float32(math.sqrt(np.float32(gain / math.prod(parameter.shape[1:]))))
                blocks = torch.arange((parameter.numel() + 3) // 4)
                counter = (blocks, torch.tensor(tensor), torch.tensor(4 << 24), torch.tensor(0))
                words = torch.stack(torch.broadcast_tensors(*philox(counter, seed)), 1).flatten()[: parameter.numel()]
                units = (2 * (words.numpy() >> 8).astype(np.float32) * np.float32(2**-24) - 1) * bound
                parameter.copy_(torch.from_numpy(units).reshape(parameter.shape))


def images(*shape):
    """The images of the fixtures, by their linear congruential generator."""
    state, values = 1, []
    for _ in range(math.prod(shape)):
        state = (state * 1664525 + 1013904223) % 2**32
        values.append((state >> 8) * 2.0**-23 - 1)
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def gradient_of(layer, shape=(3, 2, 6, 6)):
    x = torch.ones(shape, requires_grad=True)
    layer(x).sum().backward()
    return x.grad


def test_step_advances_in_training_alone():
    layer = Backdrop(0.5)
    assert torch.equal(gradient_of(layer), layer.mask((3, 2, 6, 6), 0).expand(3, 2, 6, 6))
    assert torch.equal(gradient_of(layer), layer.mask((3, 2, 6, 6), 1).expand(3, 2, 6, 6))
    layer(torch.ones(3, 2, 6, 6))
    assert layer.step == 3
    layer.eval()
    assert torch.equal(gradient_of(layer), torch.ones(3, 2, 6, 6))
    assert layer.step == 3


def test_step_is_kept_without_a_name_among_the_weights():
    network = nn.Sequential(nn.Conv2d(1, 2, 3), Backdrop(0.5, layer=1), nn.Sequential(ChannelDropout(0.5, layer=2)))
    for _ in range(5):
        network(torch.ones(1, 1, 5, 5))
    assert list(network.state_dict()) == ["0.weight", "0.bias"]

    buffer = io.BytesIO()
    torch.save(network.state_dict(), buffer)
    buffer.seek(0)
    other = nn.Sequential(nn.Conv2d(1, 2, 3), Backdrop(0.5, layer=1), nn.Sequential(ChannelDropout(0.5, layer=2)))
    other.load_state_dict(torch.load(buffer, weights_only=True))
    assert (other[1].step, other[2][0].step) == (5, 5)
    assert pickle.loads(pickle.dumps(network))[1].step == 5
    assert copy.deepcopy(network)[1].step == 5

    # Weights alone, as from safetensors, leave the step.
    other.load_state_dict(OrderedDict(network.state_dict()))
    assert other[1].step == 5
    set_step(other, 9)
    assert (other[1].step, other[2][0].step) == (9, 9)


def test_probability_0_leaves_the_gradient_alone():
    x = torch.ones(1, 1, 3, 3, requires_grad=True)
    layer = Backdrop(0)
    assert layer(x) is x and layer.step == 1


def test_gradient_of_another_branch_is_not_masked():
    x = torch.ones(1, 1, 8, 8, requires_grad=True)
    layer = Backdrop(0.9)
    (layer(x) + x).sum().backward()
    assert torch.equal(x.grad, layer.mask(x.shape, 0) + 1)


def test_work_in_place_on_the_output_is_an_error():
    x = torch.ones(1, 1, 8, 8, requires_grad=True)
    with pytest.raises(RuntimeError, match="modified inplace"):
        nn.ReLU(inplace=True)(Backdrop(0.9)(x * 2))


def test_mask_is_identity_where_gradients_are_off_but_takes_its_step():
    layer = Backdrop(0.5)
    with torch.no_grad():
        assert torch.equal(layer(torch.ones(1, 1, 4, 4)), torch.ones(1, 1, 4, 4))
    assert layer.step == 1


def test_fixed_element_is_the_only_one():
    mask = Backdrop(0, fixed_element=(2, 1)).mask((2, 5, 4, 3), 0)
    expected = torch.zeros(2, 1, 4, 3)
    expected[:, 0, 2, 1] = 12
    assert torch.equal(mask, expected)
    assert Backdrop(0.5, ("sample",), fixed_element=[7]).mask((4, 2), 0)[:, 0].tolist() == [0, 0, 0, 4]


def test_sbp_passes_everything_with_ratio_1():
    assert torch.equal(gradient_of(StochasticBackpropagation(1)), torch.ones(3, 2, 6, 6))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Backdrop(1.5), "probability: found 1.5"),
        (lambda: Backdrop(0.5, ()), "axes: found"),
        (lambda: Backdrop(0.5, "x"), "axes: found 'x'"),
        (lambda: Backdrop(0.5, ("x", "x")), "each once"),
        (lambda: Backdrop(0.5, ("row",)), "row"),
        (lambda: Backdrop(0.5, seed=-1), "seed: found -1"),
        (lambda: Backdrop(0.5, layer=2**20), "layer: found 1048576"),
        (lambda: Backdrop(0.5, fixed_element=(1,)), "fixed_element"),
        (lambda: Backdrop(0.5, fixed_element=(1, 9)).mask((1, 1, 4, 4), 0), "found 9 along x"),
        (lambda: Backdrop(0.5).mask((2, 3, 50), 0), "expected y too"),
        (lambda: Backdrop(0.5).mask((2,), 0), "2 to 5 axes"),
        (lambda: StochasticBackpropagation(0), "ratio: found 0"),
        (lambda: StochasticBackpropagation(0.5, "rows"), "places: found 'rows'"),
        (lambda: StochasticBackpropagation(0.5).mask((2, 3), 0), "expected maps"),
        (lambda: ChannelDropout(-1), "probability: found -1"),
        (lambda: set_step(Backdrop(0.5), -1), "step: found -1"),
    ])
def test_error_names_what_was_found(make, message):
    with pytest.raises(ValueError, match=message):
        make()
