"""Networks that `gpgen train` has trained, as PyTorch modules."""

import json
from collections import OrderedDict
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .document import LayerText, NetworkText, read_network
from .geometry import Reach
from .masks import Backdrop, StochasticBackpropagation
from .thinning import ChannelDropout, MeProp

FORMAT_VERSION = 2


class Standardization(nn.Module):
    """(x - mean) / standard deviation: of all elements, or of each output (B, C) by itself.

    The two numbers are no weights, so they are not in the state dictionary.
    """

    def __init__(self, mean: float | list[float], standard_deviation: float | list[float]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32), persistent=False)
        self.register_buffer("standard_deviation", torch.tensor(standard_deviation, dtype=torch.float32), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.mean) / self.standard_deviation

    def extra_repr(self) -> str:
        return f"mean={self.mean.tolist()}, standard_deviation={self.standard_deviation.tolist()}"


class TargetUnits(Standardization):
    """The inverse of a standardization: from standardized targets to targets in their own units."""

    def forward(self, x: Tensor) -> Tensor:
        return x * self.standard_deviation + self.mean


class LinearOfMap(nn.Linear):
    """`nn.Linear` that takes features (B, C), or maps (B, C, 1, 1) of one place."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.flatten(1))


def load_network(run: str | PathLike[str], *, best: bool = False) -> nn.Sequential:
    """The network of a run of `gpgen train`, in evaluation mode, with the run's weights.

    It takes raw images, float32 of shape (B, C, H, W), and its outputs are those of `gpgen predict`: a logit for each class
    in the order of the run's class names, one logit for a binary loss, or for the loss mse each target in its own unit.

    The first module, named "standardization", brings the pixels to the mean and standard deviation of the training part. The
    layers after it have their index in gpgen's network for a name, "0", "1" and so on, so the state dictionary has the names
    of the run's own files, and loads and saves as these do. A run with the loss mse ends with a module "targets", which
    brings the outputs to the targets' units.

    After `network.train()`, masks and dropout are those that `gpgen train` draws with the run's seed, from step 0;
    `set_step` chooses another. A batch mask of the run is one more layer behind the last.

    Args:
        run: the folder of the run.
        best: whether to load the weights after the epoch with the best validation, in place of the last ones.

    Raises:
        FileNotFoundError: if the folder lacks its configuration or the weights.
        ModuleNotFoundError: if the package safetensors is not installed, which reads the weights.
        RuntimeError: if the weights belong to another network.
        ValueError: if the configuration has another version or an unknown layer; the message names it.

    Source: gpgen's `schemas/run.schema.json` and `schemas/network.schema.json`.
    """
    folder = Path(run)
    configuration = read_configuration(folder / "configuration.json")
    network = build_network(configuration)
    weights = folder / ("best.safetensors" if best else "weights.safetensors")
    if not weights.exists():
        how = "train with a validation part" if best else "finish the run with `gpgen train --resume`, or pass best=True"
        raise FileNotFoundError(f"{weights}: no such file; {how}")
    # Here, so that all else works without safetensors.
    from safetensors.torch import load_file

    network.load_state_dict(load_file(weights))
    return network.eval()


def read_configuration(path: Path) -> dict[str, Any]:
    """A run's configuration.json."""
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file; expected the folder of a run of `gpgen train`")
    configuration = json.loads(path.read_text())
    version = configuration.get("format_version", 1)
    if version != FORMAT_VERSION:
        raise ValueError(
            f"{path}: found format_version {version}, expected {FORMAT_VERSION}; train again with a gpgen of this version")
    return configuration


def build_network(configuration: dict[str, Any]) -> nn.Sequential:
    """The network that a configuration describes, in training mode, with PyTorch's initial weights."""
    training, dataset = configuration["training"], configuration["dataset"]
    crop = training["augmentation"].get("crop")
    side = (crop, crop) if crop else (dataset["height"], dataset["width"])
    document = read_network(training["network"])
    pixels = configuration["standardization"]
    modules = OrderedDict[str, nn.Module](standardization=Standardization(pixels["mean"], pixels["standard_deviation"]))
    layers = build_layers(document, side, training["seed"])
    if training.get("batch_mask") is not None:
        layers.append(Backdrop(training["batch_mask"], ("sample",), seed=training["seed"], layer=len(layers)))
    modules |= {str(index): layer for index, layer in enumerate(layers)}
    if targets := configuration.get("target_standardization"):
        modules["targets"] = TargetUnits(
            [target["mean"] for target in targets], [target["standard_deviation"] for target in targets])
    return nn.Sequential(modules)


def build_layers(document: NetworkText, side: tuple[int, int], seed: int) -> list[nn.Module]:
    """The layers of a network for images of a given height and width.

    Raises:
        ValueError: if a layer is not known.
    """
    layers: list[nn.Module] = []
    shape = (document.input_channels, *side)
    for index, layer in enumerate(document.layers):
        if layer.name not in BUILDERS:
            raise ValueError(
                f"layer {index} of the network: found `{layer.name}`, expected one of {', '.join(BUILDERS)}; this gpgen.torch"
                " does not know it, a newer one may")
        layers.append(BUILDERS[layer.name](layer, shape, layers, seed))
        shape = output_shape(layers[-1], shape)
    return layers


Shape = tuple[int, int, int]
"""Channels, height and width of one image's activation; of features, 1 and 1."""


def output_shape(layer: nn.Module, shape: Shape) -> Shape:
    channels, *extents = shape
    match layer:
        case nn.Conv2d():
            reach = Reach(layer.kernel_size[0], layer.stride[0], layer.padding[0])
            return (layer.out_channels, *map(reach.outputs, extents))
        case nn.MaxPool2d() | nn.AvgPool2d():
            return (channels, *map(Reach(layer.kernel_size, layer.stride, layer.padding).outputs, extents))
        case nn.AdaptiveAvgPool2d():
            return channels, 1, 1
        case nn.Flatten():
            return channels * extents[0] * extents[1], 1, 1
        case nn.Linear():
            return layer.out_features, 1, 1
    return shape


Builder = Callable[[LayerText, Shape, list[nn.Module], int], nn.Module]
"""A layer from its keys, the shape of its input, the layers below and the training's seed."""


def convolution(layer: LayerText, shape: Shape, below: list[nn.Module], seed: int) -> nn.Module:
    keys = layer.keys
    return nn.Conv2d(shape[0], keys["channels"], keys["kernel"], keys.get("stride", 1), keys.get("padding", 0))


def pooling(kind: type[nn.MaxPool2d] | type[nn.AvgPool2d]) -> Builder:
    def build(layer: LayerText, shape: Shape, below: list[nn.Module], seed: int) -> nn.Module:
        return kind(layer.keys["kernel"], layer.keys.get("stride"), layer.keys.get("padding", 0))

    return build


def plain(kind: Callable[[], nn.Module]) -> Builder:
    return lambda layer, shape, below, seed: kind()


def drawn(kind: Callable[..., nn.Module]) -> Builder:
    """A layer that takes its keys by their names, and draws."""
    return lambda layer, shape, below, seed: kind(**layer.keys, seed=seed, layer=len(below))


BUILDERS: dict[str, Builder] = {
    "convolution": convolution,
    "max_pool": pooling(nn.MaxPool2d),
    "average_pool": pooling(nn.AvgPool2d),
    "relu": plain(nn.ReLU),
    "leaky_relu": lambda layer, shape, below, seed: nn.LeakyReLU(layer.keys.get("slope", 0.01)),
    "global_average_pool": plain(lambda: nn.AdaptiveAvgPool2d(1)),
    "flatten": plain(nn.Flatten),
    "linear": lambda layer, shape, below, seed: LinearOfMap(shape[0] * shape[1] * shape[2], layer.keys["outputs"]),
    "dropout": drawn(ChannelDropout),
    "backdrop": drawn(Backdrop),
    "sbp": drawn(StochasticBackpropagation),
    "meprop": lambda layer, shape, below, seed: MeProp(below[-1], layer.keys["k"]),
}
