"""gpgen in PyTorch: Backdrop's masks, trained networks, steps at the cost of what survives, and datasets.

    from gpgen.torch import Backdrop, TextureLoader, surviving_backward

Everything here runs on a CPU, on which it is tested.
"""

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
