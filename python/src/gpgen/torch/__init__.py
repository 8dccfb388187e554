"""gpgen in PyTorch: Backdrop's masks, trained networks, steps at the cost of what survives, and datasets.

    from gpgen.torch import Backdrop, TextureLoader, surviving_backward

Everything here runs on a CPU, on which it is tested.
"""

try:
    import torch as _torch  # noqa: F401
except ModuleNotFoundError as error:
    if error.name != "torch":
        raise
    raise ModuleNotFoundError(
        "gpgen.torch needs PyTorch, which is not installed: pip install torch safetensors", name="torch") from error

from .drawn import set_step
from .loaders import TextureLoader
from .masks import Backdrop, StochasticBackpropagation
from .networks import load_network
from .surviving import surviving_backward
from .textures import Textures
from .thinning import ChannelDropout, MeProp

__all__ = [
    "Backdrop",
    "ChannelDropout",
    "MeProp",
    "StochasticBackpropagation",
    "TextureLoader",
    "Textures",
    "load_network",
    "set_step",
    "surviving_backward",
]
