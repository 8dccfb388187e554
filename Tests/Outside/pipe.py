"""Reads what `gpgen stream --to npy` writes into a pipe, with NumPy alone: for programs that cannot have the Python package.

    for images, labels in batches(["gpgen", "stream", "data.h5", "--to", "npy", "--quiet"]):
        ...

`numpy.load` wants files in which it can seek, which a pipe is not.
"""

import subprocess

import numpy as np


def arrays(pipe):
    """The arrays of a pipe, one after the other, to its end.

    Args:
        pipe: a buffered binary stream, such as `sys.stdin.buffer`.

    Raises:
        EOFError: where it ends in the middle of an array's numbers.
        ValueError: where it ends in the middle of a header, or has no arrays.
    """
    while pipe.peek(1):
        np.lib.format.read_magic(pipe)
        shape, _, dtype = np.lib.format.read_array_header_1_0(pipe)
        array = np.empty(shape, dtype)
        view = memoryview(array.reshape(-1).view(np.uint8))
        while view:
            count = pipe.readinto(view)
            if count == 0:
                raise EOFError("the pipe ended in the middle of an array")
            view = view[count:]
        yield array


def batches(command):
    """Images of shape (B, 1, N) and labels of shape (B) that a command writes.

    Raises:
        subprocess.CalledProcessError: where the command fails or is killed.
    """
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        stream = arrays(process.stdout)
        yield from zip(stream, stream)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
