"""Reads the text of a network as gpgen writes it into a run's configuration.json.

gpgen writes every network in one form, whatever the file that was trained looked like: a line `input_channels: 1`, a line
`layers:`, and a line for each layer, such as `  - relu` or `  - backdrop: {probability: 0.85, axes: [sample, y, x]}`. This
form is read without a YAML library; `schemas/network.schema.json` describes the layers.
"""

import re
from dataclasses import dataclass, field
from typing import Any

CHANNELS = re.compile(r"input_channels: (\d+)")
LAYER = re.compile(r"  - (\w+)(?:: \{(.*)\})?")
ENTRY = re.compile(r"(\w+): (\[[^\[\]]*\]|[^,\[\]{}]+)(?:, |$)")


@dataclass(frozen=True)
class LayerText:
    """A layer's name and its keys."""

    name: str
    keys: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class NetworkText:
    """A network's layers, in order."""

    input_channels: int
    layers: tuple[LayerText, ...]


def read_network(text: str) -> NetworkText:
    """The network of a text in gpgen's own form.

    Raises:
        ValueError: if a line has another form; the message has the line.
    """
    channels, layers = 1, []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#") or line == "layers:":
            continue
        if match := CHANNELS.fullmatch(line):
            channels = int(match[1])
        elif match := LAYER.fullmatch(line):
            layers.append(LayerText(match[1], read_keys(match[2] or "", number)))
        else:
            raise ValueError(
                f"line {number} of the network: found {line!r}, expected a layer as gpgen writes it, such as"
                " `  - max_pool: {kernel: 2}`")
    return NetworkText(channels, tuple(layers))


def read_keys(text: str, number: int) -> dict[str, Any]:
    """The keys of a layer; `number` is its line's, for the message."""
    keys, place = {}, 0
    while place < len(text):
        match = ENTRY.match(text, place)
        if not match:
            raise ValueError(f"line {number} of the network: found {text[place:]!r}, expected `key: value`")
        value = match[2]
        keys[match[1]] = [scalar(item) for item in value[1:-1].split(", ") if item] if value[0] == "[" else scalar(value)
        place = match.end()
    return keys


def scalar(text: str) -> bool | int | float | str:
    """A truth value, a number or a word."""
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
