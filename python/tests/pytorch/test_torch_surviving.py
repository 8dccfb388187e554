"""Steps at the cost of what survives: every gradient compared with plain autograd's, in double precision."""

import copy
import random
import types

import pytest
import torch
from torch import nn
from torch.nn import functional

from gpgen.torch import Backdrop, ChannelDropout, StochasticBackpropagation, set_step, surviving, surviving_backward
from gpgen.torch.networks import Standardization

TOLERANCE = 1e-12


def loss_of(outputs):
    """A smooth loss whose gradient differs at every output."""
    weights = torch.linspace(0.5, 1.5, outputs.numel(), dtype=outputs.dtype).reshape(outputs.shape)
    return (weights * outputs.tanh()).sum()


def compare(network, images, loss=loss_of, *, by_windows=True, tolerance=TOLERANCE):
    """Steps of both kinds from equal weights at equal steps: losses, gradients and the layers' steps are equal."""
    assert (surviving.plan_step(network, images) is not None) == by_windows
    network.zero_grad()
    plain = copy.deepcopy(network)
    value = loss(plain(images))
    value.backward()
    found = surviving_backward(network, images, loss)
    assert not found.requires_grad
    torch.testing.assert_close(found, value.detach(), rtol=tolerance, atol=0)
    for (name, expected), parameter in zip(plain.named_parameters(), network.parameters()):
        assert (expected.grad is None) == (parameter.grad is None), name
        if expected.grad is not None:
            difference = (parameter.grad - expected.grad).abs().max()
            assert difference <= tolerance * expected.grad.abs().max(), (name, float(difference))
            assert parameter.grad.stride() == expected.grad.stride()
    assert [layer.step for layer in network.modules() if hasattr(layer, "step")] == [
        layer.step for layer in plain.modules() if hasattr(layer, "step")]


@pytest.fixture
def always(monkeypatch):
    """Windows are used whatever they cost."""
    monkeypatch.setattr(surviving, "WORTHWHILE", float("inf"))


def random_pointwise(draw):
    return draw.choice([
        [nn.ReLU()], [nn.ReLU()], [nn.ReLU()], [nn.ReLU(inplace=True)], [nn.LeakyReLU(0.2)], [nn.LeakyReLU(0.0)], [nn.GELU()],
        [nn.Tanh()], [nn.ELU(), nn.ReLU()], []])


def random_spatial(draw, channels):
    """A convolution or pooling, and the channels of its output."""
    kernel = (draw.choice([1, 2, 3, 5]), draw.choice([1, 2, 3, 5])) if draw.random() < 0.3 else draw.choice([1, 2, 3, 3, 5])
    kind = draw.random()
    if kind < 0.7:
        groups = channels if draw.random() < 0.15 else 1
        out = groups * draw.randint(1, 2) if groups > 1 else draw.randint(2, 9)
        return nn.Conv2d(
            channels, out, kernel, draw.randint(1, 3), draw.randint(0, 3), dilation=draw.choice([1, 1, 1, 2]), groups=groups,
            bias=draw.random() < 0.8), out
    side = kernel if isinstance(kernel, int) else min(kernel)
    stride, padding = draw.choice([None, 1, 2, 3]), draw.randint(0, side // 2)
    if kind < 0.85:
        return nn.MaxPool2d(kernel, stride, padding, dilation=draw.choice([1, 1, 2])), channels
    return nn.AvgPool2d(kernel, stride, padding, divisor_override=draw.choice([None, None, 3])), channels


def random_mask(draw, layer):
    if draw.random() < 0.12:
        return StochasticBackpropagation(draw.choice([0.1, 0.3]), draw.choice(["grid", "random"]), True, seed=3, layer=layer)
    axes = draw.choice([
        ("sample", "y", "x"), ("sample", "y", "x"), ("sample", "y", "x"), ("y", "x"), ("sample",), ("channel",), ("x",),
        ("sample", "channel", "y", "x"), ("sample", "y")])
    return Backdrop(draw.choice([0, 0.3, 0.7, 0.9, 0.97, 1]), axes, seed=draw.randint(0, 99), layer=layer)


def random_network(seed):
    """A network with masks between random layers, and images for it whose maps are all of at least one cell."""
    draw = random.Random(seed)
    torch.manual_seed(seed)
    while True:
        channels = inputs = draw.choice([1, 1, 2])
        layers = [Standardization(0.3, 1.7)] if draw.random() < 0.2 else []
        for _ in range(draw.randint(1, 3)):
            for _ in range(draw.randint(0 if layers else 1, 3)):
                spatial, channels = random_spatial(draw, channels)
                layers += [spatial, *random_pointwise(draw)]
            layers.append(random_mask(draw, len(layers)))
        images = torch.randn(draw.randint(1, 3), inputs, draw.randint(7, 44), draw.randint(7, 44), dtype=torch.float64)
        network = nn.Sequential(
            *layers, nn.Conv2d(channels, 4, 2, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3),
            Backdrop(draw.choice([0, 0.5]), ("sample",), layer=len(layers))).double()
        try:
            with torch.no_grad():
                network(images)
        except RuntimeError:
            # A map is too small for the layer above it, or plain autograd refuses work in place.
            continue
        if draw.random() < 0.3:
            network.to(memory_format=torch.channels_last)
        for parameter in network.parameters():
            parameter.requires_grad_(draw.random() < 0.9)
        set_step(network, draw.randint(0, 1000))
        return network, images


def has_windows(network):
    """Whether a mask blocks something, and a layer below the last of these has a gradient."""
    masks = [
        index for index, layer in enumerate(network[:-6])
        if isinstance(layer, (Backdrop, StochasticBackpropagation)) and not layer.blocks_nothing]
    return bool(masks) and any(parameter.requires_grad for parameter in network[: masks[-1]].parameters())


@pytest.mark.parametrize("seed", range(300))
def test_random_networks_have_the_gradients_of_autograd(seed, always):
    network, images = random_network(seed)
    if not any(parameter.requires_grad for parameter in network.parameters()):
        network[-2].requires_grad_()
    for _ in range(3):
        compare(network, images, by_windows=has_windows(network))


def test_random_networks_by_what_the_estimate_chooses():
    windows = 0
    for seed in range(300, 400):
        network, images = random_network(seed)
        network.requires_grad_()
        has_plan = surviving.plan_step(network, images) is not None
        compare(network, images, by_windows=has_plan)
        windows += has_plan
    # Both ways are compared with autograd.
    assert 20 <= windows <= 80


def reference(side, kernel, fine, coarse, channels=8, axes=("sample", "y", "x"), inplace=False):
    """The reference network of gpgen with few channels."""
    layers, depth = [], max(4, (side - 1).bit_length() - 2)
    for position in range(1, depth + 1):
        sizes = (1, channels, 5, 2, 2) if position == 1 else (channels, channels, kernel, 2, (kernel - 1) // 2)
        layers += [nn.Conv2d(*sizes), nn.ReLU(inplace)]
        if position in (depth - 3, depth):
            layers.append(Backdrop(fine if position < depth else coarse, axes, seed=5, layer=len(layers)))
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 4))


@pytest.mark.parametrize("axes", [("sample", "y", "x"), ("y", "x")])
@pytest.mark.parametrize("kernel", [2, 3])
def test_reference_network_over_steps_of_an_optimizer(kernel, axes):
    torch.manual_seed(kernel)
    ours = reference(128, kernel, 0.85, 0.95, axes=axes, inplace=True).double().to(memory_format=torch.channels_last)
    plain = copy.deepcopy(ours)
    images, labels = torch.randn(4, 1, 128, 128, dtype=torch.float64), torch.arange(4)
    optimizers = [torch.optim.SGD(network.parameters(), 0.01, momentum=0.9) for network in (ours, plain)]
    assert surviving.plan_step(ours, images) is not None
    for _ in range(5):
        losses = surviving_backward(ours, images, lambda logits: functional.cross_entropy(logits, labels))
        expected = functional.cross_entropy(plain(images), labels)
        expected.backward()
        assert abs(losses - expected.detach()) <= TOLERANCE
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
    for a, b in zip(ours.parameters(), plain.parameters()):
        assert (a - b).abs().max() <= TOLERANCE * b.abs().max()
    assert {layer.step for layer in ours.modules() if isinstance(layer, Backdrop)} == {5}


def test_single_precision_differs_by_rounding_alone():
    torch.manual_seed(0)
    network = reference(128, 3, 0.85, 0.95, channels=16).to(memory_format=torch.channels_last)
    images, labels = torch.randn(3, 1, 128, 128), torch.arange(3)
    compare(network, images, lambda logits: functional.cross_entropy(logits, labels), tolerance=1e-4)


def test_gradients_add_up():
    torch.manual_seed(0)
    network, images = reference(64, 3, 0.85, 0.9).double(), torch.randn(2, 1, 64, 64, dtype=torch.float64)
    plain = copy.deepcopy(network)
    for _ in range(2):
        surviving_backward(network, images, loss_of)
        loss_of(plain(images)).backward()
    for a, b in zip(network.parameters(), plain.parameters()):
        assert (a.grad - b.grad).abs().max() <= TOLERANCE * b.grad.abs().max()


def test_bands_and_chunks_make_no_difference(monkeypatch, always):
    """Maps that do not fit into one band, and windows that do not fit into one chunk."""
    monkeypatch.setattr("gpgen.torch.segments.BAND_NUMBERS", 500)
    monkeypatch.setattr("gpgen.torch.segments.CHUNK_WINDOWS", 4)
    for seed in range(60):
        network, images = random_network(seed)
        network.requires_grad_()
        compare(network, images, by_windows=has_windows(network))


@pytest.mark.parametrize("tile", [1, 2, 3, 7, 100])
def test_every_square_of_cells_gives_the_same(tile, monkeypatch, always):
    monkeypatch.setattr("gpgen.torch.segments.Segment.cheapest_tile", lambda *arguments: (tile, 0))
    for seed in range(20):
        network, images = random_network(seed)
        network.requires_grad_()
        compare(network, images, by_windows=has_windows(network))


def simple(*middle):
    return nn.Sequential(
        nn.Conv2d(1, 3, 3, 2, 1), nn.ReLU(), *middle, nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten()).double()


IMAGES = torch.randn(3, 1, 40, 40, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


class Doubled(nn.ReLU):
    def forward(self, x):
        return 2 * super().forward(x)


@pytest.mark.parametrize(
    "network",
    [
        simple(),
        simple(Backdrop(0)),
        simple(Backdrop(0.9).eval()),
        simple(Backdrop(0.01)),
        simple(nn.BatchNorm2d(3), Backdrop(0.95)),
        simple(ChannelDropout(0.5), Backdrop(0.95)),
        simple(Doubled(), Backdrop(0.95)),
        simple(nn.PReLU(3), Backdrop(0.95)),
        simple(nn.Conv2d(3, 3, 3, padding=1, padding_mode="circular"), Backdrop(0.95)),
        simple(nn.Conv2d(3, 3, 3, padding="same"), Backdrop(0.95)),
        simple(nn.MaxPool2d(3, ceil_mode=True), Backdrop(0.95)),
        simple(nn.AvgPool2d(3, padding=1, count_include_pad=False), Backdrop(0.95)),
        simple(*[Backdrop(0.95)] * 2),
    ])
def test_other_steps_go_through_autograd(network):
    compare(network, IMAGES, by_windows=False)


def test_replaced_forward_goes_through_autograd():
    network = simple(Backdrop(0.95))
    compare(network, IMAGES)
    network[0].forward = types.MethodType(lambda layer, x: 2 * nn.Conv2d.forward(layer, x), network[0])
    compare(network, IMAGES, by_windows=False)


def test_images_of_whole_numbers_go_through_autograd():
    network = nn.Sequential(Standardization(100.0, 60.0), *simple(Backdrop(0.95)).float())
    compare(network, (100 + 60 * IMAGES).clamp(0, 255).to(torch.uint8), by_windows=False, tolerance=1e-5)


@pytest.mark.parametrize(
    "network",
    [
        simple(Backdrop(0.95), nn.BatchNorm2d(3)),
        simple(Backdrop(0.95), nn.Dropout2d(0.0), Backdrop(0.9, layer=5)),
        simple(nn.Sequential(nn.MaxPool2d(2), nn.Sequential(Backdrop(0.95)))),
        simple(nn.AvgPool2d(3, count_include_pad=False), Backdrop(0.95)),
    ])
def test_layers_above_the_last_mask_are_any(network):
    compare(network, IMAGES)


@pytest.mark.parametrize(
    "network",
    [
        nn.Sequential(nn.Conv1d(1, 3, 3), nn.ReLU(), Backdrop(0.9, ("sample", "x")), nn.Flatten()),
        nn.Sequential(nn.Conv3d(1, 3, 3), nn.ReLU(), Backdrop(0.9, ("sample", "z", "y", "x")), nn.Flatten()),
        nn.Sequential(nn.Flatten(), nn.Linear(9, 5), Backdrop(0.5, ("sample", "channel"))),
    ], ids=["series", "volumes", "features"])
def test_inputs_that_are_no_maps_go_through_autograd(network):
    network = network.double()
    extents = {nn.Conv1d: (20,), nn.Conv3d: (6, 7, 8), nn.Flatten: (3, 3)}[type(network[0])]
    torch.manual_seed(0)
    compare(network, torch.randn(2, 1, *extents, dtype=torch.float64), by_windows=False)


def test_modules_that_are_no_sequential_go_through_autograd():
    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.convolution, self.mask = nn.Conv2d(1, 1, 3, padding=1), Backdrop(0.9)

        def forward(self, x):
            return self.mask(x + self.convolution(x))

    compare(Residual().double(), IMAGES, by_windows=False)


def test_hooks_are_called_on_whole_maps():
    network = simple(Backdrop(0.95))
    seen = []
    network[0].register_forward_hook(lambda module, inputs, output: seen.append(output.shape))
    surviving_backward(network, IMAGES, loss_of)
    assert seen == [(3, 3, 20, 20)]

    network = simple(Backdrop(0.95))
    network[0].weight.register_hook(lambda gradient: seen.append(gradient.shape))
    surviving_backward(network, IMAGES, loss_of)
    assert seen[1:] == [(3, 1, 3, 3)]


def test_images_get_their_gradient():
    network, images = simple(Backdrop(0.95)), IMAGES.clone().requires_grad_()
    surviving_backward(network, images, loss_of)
    found = images.grad
    images.grad = None
    set_step(network, 0)
    loss_of(network(images)).backward()
    assert found.abs().sum() > 0
    assert torch.equal(found, images.grad)


def test_samples_without_a_gradient_have_no_windows(always):
    network = simple(Backdrop(0.5))
    compare(network, IMAGES, lambda outputs: loss_of(outputs[1:2]))


def test_gradient_that_is_zero_is_no_missing_gradient(always):
    network = simple(Backdrop(0.5))
    compare(network, IMAGES, lambda outputs: (0 * outputs).sum())
    assert network[0].weight.grad.count_nonzero() == 0


def test_loss_that_does_not_depend_on_the_outputs(always):
    network, other = simple(Backdrop(0.5)), torch.ones(2, requires_grad=True)
    assert surviving_backward(network, IMAGES, lambda outputs: outputs.detach().sum() * 0 + other.sum()) == 2
    assert other.grad.tolist() == [1, 1]
    assert all(parameter.grad is None for parameter in network.parameters())


def test_frozen_layers_get_no_gradient(always):
    network = simple(Backdrop(0.9), nn.Conv2d(3, 3, 3), nn.ReLU(), Backdrop(0.8, layer=5))
    network[0].requires_grad_(False)
    compare(network, IMAGES)
    assert network[0].weight.grad is None


def test_estimate_prefers_cells_where_few_survive_and_everything_where_all_do():
    network, images = reference(128, 3, 0.98, 0.5), torch.zeros(2, 1, 128, 128)
    assert surviving.plan_step(network, images).parts[0].tile == 1
    assert surviving.plan_step(reference(128, 3, 0.02, 0.02), images) is None
