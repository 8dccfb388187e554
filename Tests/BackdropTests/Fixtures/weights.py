"""weights.safetensors and weights-float16.safetensors: files as the safetensors package writes them.

    python weights.py                             # writes them
    python weights.py weights-gpgen.safetensors   # reads what gpgen writes of the same tensors, and compares
"""

import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

if len(sys.argv) > 1:
    expected, found = load_file("weights.safetensors"), load_file(sys.argv[1])
    assert expected.keys() == found.keys(), found.keys()
    for name in expected:
        assert torch.equal(expected[name], found[name]) and expected[name].shape == found[name].shape, name
    with safe_open(sys.argv[1], framework="pt") as file:
        assert file.metadata() == {"made by": "a \"test\" \\ of names: é, 雪, 🎲\n"}, file.metadata()
    print("equal")
    sys.exit()

tensors = {
    "0.weight": torch.arange(2 * 1 * 3 * 3).float().reshape(2, 1, 3, 3) / 8 - 1,
    "0.bias": torch.tensor([0.5, -0.25]),
    "9.weight": torch.arange(10).float().reshape(5, 2) / -4,
    "10.scale": torch.tensor(2.5),
    "11.nothing": torch.zeros(0, 3),
}
save_file(tensors, "weights.safetensors", metadata={"made by": "a \"test\" \\ of names: é, 雪, 🎲\n"})
save_file({"0.weight": torch.zeros(2, 2, dtype=torch.float16)}, "weights-float16.safetensors")
