"""Reads the output of `gpgen stream --to npy` from a pipe with NumPy alone, for programs without the Python package.

    for images, labels in batches(["gpgen", "stream", "data.h5", "--to", "npy", "--quiet"]):
        ...

`numpy.load` needs a seekable file, which a pipe is not.
"""

import subprocess

import numpy as np


def arrays(pipe):
    """Yields the arrays in a pipe, up to its end.

    Args:
        pipe: a buffered binary stream, such as `sys.stdin.buffer`.

    Raises:
        EOFError: if the pipe ends within the data of an array.
        ValueError: if the pipe ends within a header, or contains no arrays.
    """
    while pipe.peek(1):
        np.lib.format.read_magic(pipe)
        shape, _, dtype = np.lib.format.read_array_header_1_0(pipe)
        array = np.empty(shape, dtype)
        view = memoryview(array.reshape(-1).view(np.uint8))
        while view:
            count = pipe.readinto(view)
            if count == 0:
                raise EOFError("the pipe ended within an array")
            view = view[count:]
        yield array


def batches(command):
    """Yields the images, shape (B, 1, ...), and labels, shape (B), that a command writes.

    Raises:
        subprocess.CalledProcessError: if the command fails or is killed.
    """
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        stream = arrays(process.stdout)
        yield from zip(stream, stream)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
