"""Small networks in PyTorch with masks, SBP and meProp: outputs, loss, each named gradient and dL/dx, in double precision.

    python networks.py          # needs torch; writes network-NAME.json beside itself

Images follow from a linear congruential generator. Initial weights, masks and dropout are drawn here a second time, by
the counters that `Network.initialWeights`, `MaskRule.draw`, `Mask.dropout` and `sbp` layers document, in plain Python. Made with
PyTorch 2.15.0.
"""

import json
import math
from itertools import product
from pathlib import Path

import torch
from torch import nn

SEED, STEP = 20180606, 3
MASK, INITIALISATION = 3, 4
ELEMENTS, SURVIVOR, DROPOUT = 0, 1, 2


def philox(counter, key):
    """Philox4x32-10: four words from a counter of four words and a key of 64 bits."""
    c, k = list(counter), [key & 0xFFFFFFFF, key >> 32]
    for _ in range(10):
        p0, p1 = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        c = [p1 >> 32 ^ c[1] ^ k[0], p1 & 0xFFFFFFFF, p0 >> 32 ^ c[3] ^ k[1], p0 & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


def single(value):
    return torch.tensor(value, dtype=torch.float32).item()


def mask_word(use, element, sample, layer):
    counter = [element // 4, STEP, MASK << 24 | use << 20 | layer, sample]
    return philox(counter, SEED)[element % 4]


def kept(count, use, sample, layer, probability):
    return [mask_word(use, e, sample, layer) >= round(probability * 2**32) for e in range(count)]


def backdrop_mask(keys, shape, layer):
    """Factors of a Backdrop layer on an activation of the shape (B, C, H, W)."""
    names = ["sample", "channel", "y", "x"]
    axes = [a for a in names if a in keys.get("axes", ["sample", "y", "x"])]
    own = axes if len(axes) == 1 else [a for a in axes if a != "sample"]
    extents = [n if a in axes else 1 for a, n in zip(names, shape)]
    own_extents = [shape[names.index(a)] for a in own]
    count = math.prod(own_extents)
    masks = []
    for sample in range(1 if own == ["sample"] else extents[0]):
        if "fixed_element" in keys:
            b = [list(index) == keys["fixed_element"] for index in product(*map(range, own_extents))]
        else:
            b = kept(count, ELEMENTS, sample, layer, keys["probability"])
        if not any(b):
            words = [mask_word(SURVIVOR, e, sample, layer) for e in (0, 1)]
            b[(words[0] << 32 | words[1]) * count >> 64] = True
        masks += [single(count / sum(b)) if one else 0 for one in b]
    return torch.tensor(masks, dtype=torch.float64).reshape(extents)


def dropout_mask(keys, shape, layer):
    p, (samples, channels) = keys["probability"], shape[:2]
    masks = [single(1 / (1 - p)) if k else 0 for b in range(samples) for k in kept(channels, DROPOUT, b, layer, p)]
    return torch.tensor(masks, dtype=torch.float64).reshape(samples, channels, 1, 1)


def sbp_mask(keys, shape, layer):
    """Factors of an SBP layer: one mask for all samples and channels."""
    ratio, (height, width) = keys["ratio"], shape[2:]
    count = height * width
    if keys.get("places", "grid") == "random":
        keep = max(1, round(ratio * count))
        probability = keep / count
        order = sorted(range(count), key=lambda e: (-mask_word(ELEMENTS, e, 0, layer), e))
        b = [e in order[:keep] for e in range(count)]
    else:
        spacing = round(1 / min(ratio, 1 - ratio))
        probability = 1 / spacing if ratio <= 0.5 else 1 - 1 / spacing
        words = [mask_word(SURVIVOR, e, 0, layer) for e in (0, 1)]
        first = (words[0] << 32 | words[1]) * spacing >> 64
        b = [((y + x) % spacing == first) == (ratio <= 0.5) for y in range(height) for x in range(width)]
    factor = single(1 / probability) if keys.get("unbiased", False) else 1
    return torch.tensor([factor * one for one in b], dtype=torch.float64).reshape(1, 1, height, width)


class Backward(torch.autograd.Function):
    """The identity; its gradient is multiplied by a mask."""

    @staticmethod
    def forward(context, x, mask):
        context.save_for_backward(mask)
        return x.clone()

    @staticmethod
    def backward(context, gradient):
        return gradient * context.saved_tensors[0], None


class Largest(torch.autograd.Function):
    """The identity; only the k largest elements of each sample's gradient pass, but the bias also gets the others."""

    @staticmethod
    def forward(context, x, bias, k):
        context.k = k
        return x.clone()

    @staticmethod
    def backward(context, gradient):
        rows = gradient.flatten(1)
        order = rows.abs().argsort(dim=1, descending=True, stable=True)[:, : context.k]
        passed = torch.zeros_like(rows).scatter(1, order, rows.gather(1, order)).reshape(gradient.shape)
        dropped = gradient - passed
        return passed, dropped.transpose(0, 1).flatten(1).sum(1), None


class MeProp(nn.Module):
    def __init__(self, before, k):
        super().__init__()
        # Not a child, whose parameters would have two names.
        self.before, self.k = [before], k

    def forward(self, x):
        return Largest.apply(x, self.before[0].bias, self.k)


class Masked(nn.Module):
    def __init__(self, kind, keys, layer, drawn):
        super().__init__()
        self.kind, self.keys, self.layer, self.drawn = kind, keys, layer, drawn

    def forward(self, x):
        draw = {"backdrop": backdrop_mask, "dropout": dropout_mask, "sbp": sbp_mask}[self.kind]
        mask = draw(self.keys, (*x.shape, 1, 1)[:4], self.layer)
        self.drawn[self.layer] = mask
        mask = mask.reshape(mask.shape[: x.dim()])
        if self.kind == "sbp" and not self.keys.get("unbiased", False):
            return torch.where(mask > 0, x, x.detach())
        return x * mask if self.kind == "dropout" else Backward.apply(x, mask)


def module(document, side, drawn):
    """The network's nn.Sequential."""
    layers, x = [], torch.zeros(1, document["input_channels"], side, side)
    for index, entry in enumerate(document["layers"]):
        kind, keys = (entry, {}) if isinstance(entry, str) else next(iter(entry.items()))
        pooling = [keys.get("kernel"), keys.get("stride"), keys.get("padding", 0)]
        layers.append({
            "convolution": lambda: nn.Conv2d(
                x.shape[1], keys["channels"], keys["kernel"], keys.get("stride", 1), keys.get("padding", 0)),
            "relu": nn.ReLU,
            "max_pool": lambda: nn.MaxPool2d(*pooling),
            "average_pool": lambda: nn.AvgPool2d(*pooling),
            "global_average_pool": lambda: nn.AdaptiveAvgPool2d(1),
            "flatten": nn.Flatten,
            "linear": lambda: nn.Linear(x.shape[1], keys["outputs"]),
            "dropout": lambda: Masked(kind, keys, index, drawn),
            "backdrop": lambda: Masked(kind, keys, index, drawn),
            "sbp": lambda: Masked(kind, keys, index, drawn),
            "meprop": lambda: MeProp(layers[-1], keys["k"]),
        }[kind]())
        x = x if kind in ("backdrop", "dropout", "sbp", "meprop") else layers[-1](x)
    return nn.Sequential(*layers).double()


def acts_on_gradients_alone(module):
    return isinstance(module, MeProp) or isinstance(module, Masked) and module.kind != "dropout"


def initialise(network):
    with torch.no_grad():
        for tensor, (name, parameter) in enumerate(network.named_parameters()):
            layer = int(name.split(".")[0])
            after = [m for m in network[layer + 1 :] if not acts_on_gradients_alone(m)]
            gain = 6 if after and isinstance(after[0], nn.ReLU) else 3
            bound = single(math.sqrt(single(gain / math.prod(parameter.shape[1:])))) if parameter.dim() > 1 else 0
            count = parameter.numel()
            words = [philox([block, tensor, INITIALISATION << 24, 0], SEED) for block in range((count + 3) // 4)]
            values = [single((2 * (w >> 8) * 2.0**-24 - 1) * bound) for block in words for w in block]
            parameter.copy_(torch.tensor(values[:count], dtype=torch.float64).reshape(parameter.shape))


def images(*shape):
    state, values = 1, []
    for _ in range(math.prod(shape)):
        state = (state * 1664525 + 1013904223) % 2**32
        values.append((state >> 8) * 2.0**-23 - 1)
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def numbers(tensor):
    return [float(f"{value:.8e}") for value in tensor.detach().flatten().tolist()]


def conv(channels, kernel, stride=1, padding=0):
    return {"convolution": {"channels": channels, "kernel": kernel, "stride": stride, "padding": padding}}


def mask(probability, *axes, **keys):
    return {"backdrop": {"probability": probability, "axes": list(axes), **keys}}


def reference(kernel):
    padding = (kernel - 1) // 2
    rest = [layer for _ in range(3) for layer in (conv(4, kernel, 2, padding), "relu")]
    return [
        conv(4, 5, 2, 2), "relu", mask(0.6, "sample", "y", "x"), *rest, mask(0.75, "sample", "y", "x"),
        "global_average_pool", "flatten", {"linear": {"outputs": 4}},
    ]


NETWORKS = {
    "kernels": (1, 23, 3, [
        conv(6, 1), "relu", conv(7, 2, 1, 1), "relu", mask(0.5, "sample", "y", "x"), conv(8, 3, 2, 1), "relu",
        conv(6, 4, 3, 2), "relu", mask(0.7, "sample", "y", "x"), conv(8, 5, 1, 2), "global_average_pool",
        "flatten", {"linear": {"outputs": 3}},
    ]),
    "max-pool": (2, 17, 3, [
        conv(5, 3, 1, 1), "relu", {"max_pool": {"kernel": 3, "stride": 2, "padding": 1}}, conv(6, 3),
        {"max_pool": {"kernel": 2}}, "flatten", {"linear": {"outputs": 5}}, "relu", {"linear": {"outputs": 3}},
    ]),
    "average-pool": (1, 19, 3, [
        conv(6, 3, 2), "relu", {"average_pool": {"kernel": 3, "stride": 2, "padding": 1}}, {"dropout": {"probability": 0.4}},
        {"average_pool": {"kernel": 2, "stride": 1}}, mask(0.5, "sample", "y", "x"), "flatten", {"linear": {"outputs": 4}},
    ]),
    "axes": (1, 15, 4, [
        conv(4, 3), "relu", mask(0.7, "y", "x"), conv(5, 3), "relu", mask(0.7, "channel"), conv(5, 3, 1, 1), "relu",
        mask(0.5, "sample", "channel"), conv(4, 3, 1, 1), mask(0.9, "sample", "channel", "y", "x"), "relu",
        mask(1, "x"), conv(4, 3, 2), "relu", mask(0.6, "channel", "y"), mask(0, "sample", "x"), "flatten",
        {"linear": {"outputs": 4}}, mask(0.5, "sample"),
    ]),
    "fixed-element": (1, 13, 3, [
        conv(4, 3), "relu", mask(0.7, "sample", "y", "x", fixed_element=[2, 9]), conv(5, 3, 2), "relu",
        mask(0.5, "channel", fixed_element=[3]), "global_average_pool", "flatten", {"linear": {"outputs": 3}},
        mask(0.5, "sample", fixed_element=[1]),
    ]),
    "sbp": (1, 21, 3, [
        conv(5, 3, 1, 1), "relu", {"sbp": {"ratio": 0.5}}, conv(6, 3, 2, 1), {"sbp": {"ratio": 0.3, "places": "random"}},
        "relu", conv(5, 2), "relu", {"sbp": {"ratio": 0.8, "places": "grid", "unbiased": True}}, conv(4, 3), "relu",
        {"sbp": {"ratio": 0.25, "places": "random", "unbiased": True}}, "global_average_pool", "flatten",
        {"linear": {"outputs": 4}},
    ]),
    "meprop": (1, 19, 3, [
        conv(5, 3, 1, 1), {"meprop": {"k": 40}}, "relu", conv(9, 3, 2, 1), "relu", mask(0.5, "sample", "y", "x"),
        conv(6, 2), {"meprop": {"k": 20}}, {"average_pool": {"kernel": 2}}, "flatten", {"linear": {"outputs": 12}},
        {"meprop": {"k": 5}}, "relu", {"linear": {"outputs": 4}},
    ]),
    "reference-3x3": (1, 64, 2, reference(3)),
    "reference-2x2": (1, 64, 2, reference(2)),
    "auc": (1, 32, 5, [
        conv(4, 5, 2, 2), "relu", mask(0.6, "sample", "y", "x"), conv(5, 3, 2, 1), "relu", mask(0.75, "sample", "y", "x"),
        "global_average_pool", "flatten", {"linear": {"outputs": 1}}, mask(0.3, "sample"),
    ]),
}


def auc(outputs, targets):
    """The mean of log(1 + exp(-d)) over all pairs of a positive and a negative sample, d the difference of their outputs."""
    positive, negative = outputs[targets == 1, 0], outputs[targets == 0, 0]
    return nn.functional.softplus(negative[None, :] - positive[:, None]).mean()


def fixture(channels, side, samples, layers):
    document, drawn = {"input_channels": channels, "layers": layers}, {}
    network = module(document, side, drawn)
    initialise(network)
    x = images(samples, channels, side, side).requires_grad_()
    outputs = network(x)
    # One output is that of a binary loss.
    is_binary = outputs.shape[1] == 1
    targets = torch.arange(samples) % (2 if is_binary else outputs.shape[1])
    loss = auc(outputs, targets) if is_binary else nn.functional.cross_entropy(outputs, targets)
    loss.backward()
    # A fixture that cannot fail is useless.
    assert all(p.grad.abs().max() > 0 for p in (x, *network.parameters())) and outputs.std(0).min() > 1e-4, outputs
    return {
        "network": document, "side": side, "samples": samples, "seed": SEED, "step": STEP,
        "masks": {
            str(layer): {"extents": list(m.shape), "values": numbers(m)} for layer, m in sorted(drawn.items())
        },
        "outputs": numbers(outputs), **({"criterion": "auc"} if is_binary else {}), "loss": loss.item(),
        "weight_sums": {name: p.sum().item() for name, p in network.named_parameters()},
        "gradients": {name: numbers(p.grad) for name, p in network.named_parameters()},
        "input_gradient": numbers(x.grad),
    }


if __name__ == "__main__":
    assert philox([0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344], 0x299F31D0A4093822) == [
        0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]
    for name, arguments in NETWORKS.items():
        values = fixture(*arguments)
        lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in values.items())
        path = Path(__file__).parent / f"network-{name}.json"
        path.write_text(f"{{\n{lines}\n}}\n")
        print(path.name, path.stat().st_size)
