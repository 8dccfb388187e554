"""Multi-scale Gaussian-process textures: make them, read them, stream them.

    import gpgen
    data = gpgen.generate("data.h5", scales=2, samples=1000)       # or gpgen.open("data.h5")
    image, label = data[3]
    for images, labels in gpgen.Stream(data, batch_size=16):        # (B, 1, H, W) float32, (B) int64
        ...
    fields = gpgen.sample({"side": 256, "length_scales": [[4, 5], [30, 60]]}, range(8))

``gpgen.torch`` has datasets and layers for PyTorch, which is imported where it is first used.

Legend: B textures in a batch; N the extents of a texture in the order of its axes: x, y x, or z y x.
"""

from gpgen._dataset import Dataset, open
from gpgen._errors import Error, FileError
from gpgen._generating import generate, sample
from gpgen._stream import Stream

__all__ = ["Dataset", "Error", "FileError", "Stream", "generate", "open", "sample"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name == "torch":
        import importlib

        return importlib.import_module("gpgen.torch")
    raise AttributeError(f"module 'gpgen' has no attribute {name!r}")
