"""The C interface, gpgen.h, by ctypes: the only module that calls it."""

from __future__ import annotations

import ctypes
import functools
import os
from ctypes import POINTER, byref, c_char, c_char_p, c_int32, c_int64, c_size_t, c_uint64, c_void_p

from gpgen._errors import Error, FileError

OK, END = 0, 1
UNSUPPORTED = 9
_TOO_SMALL = 4
_FILE = 5
_MEMORY = 8
_INTERFACE_VERSION = 1
_OWN = os.path.join(os.path.dirname(os.path.realpath(__file__)), "lib", "libGpgenC.so")


class _Error(ctypes.Structure):
    _fields_ = [("code", c_int32), ("message", c_char * 4092)]


class BatchInfo(ctypes.Structure):
    """gpgen_batch_info."""

    _fields_ = [
        ("count", c_int64), ("epoch", c_int64), ("is_last", c_int32), ("reserved", c_int32), ("pixels", c_void_p),
        ("labels", c_void_p), ("samples", c_void_p)]


class StreamInfo(ctypes.Structure):
    """gpgen_stream_info."""

    _fields_ = [
        ("batches_per_epoch", c_int64), ("samples_per_epoch", c_int64), ("batch_size", c_int64), ("axes", c_int32),
        ("reserved", c_int32), ("extents", c_int64 * 3)]


_ARGUMENTS = {
    "gpgen_open": [c_char_p, c_char_p, POINTER(c_uint64)],
    "gpgen_open_recipe": [c_char_p, c_char_p, c_char_p, POINTER(c_uint64)],
    "gpgen_close": [c_uint64],
    "gpgen_describe": [c_uint64, c_char_p, c_size_t, POINTER(c_size_t)],
    "gpgen_read": [c_uint64, c_void_p, c_size_t, c_void_p, c_size_t, c_int32],
    "gpgen_labels": [c_uint64, c_void_p, c_size_t, c_void_p],
    "gpgen_map": [c_uint64, POINTER(c_uint64), POINTER(c_void_p), POINTER(c_size_t)],
    "gpgen_unmap": [c_uint64],
    "gpgen_stream_open": [c_uint64, c_char_p, c_char_p, POINTER(c_uint64)],
    "gpgen_stream_close": [c_uint64],
    "gpgen_stream_describe": [c_uint64, POINTER(StreamInfo)],
    "gpgen_stream_next": [c_uint64, POINTER(c_uint64), POINTER(BatchInfo)],
    "gpgen_stream_state": [c_uint64, c_char_p, c_size_t, POINTER(c_size_t)],
    "gpgen_batch_release": [c_uint64],
}


@functools.cache
def _load() -> ctypes.CDLL:
    path = os.environ.get("GPGEN_LIBRARY") or _OWN
    try:
        library = ctypes.CDLL(path)
    except OSError as error:
        raise FileError(f"{path}: cannot be loaded ({error}); install the package again") from error
    found = library.gpgen_interface_version()
    if found != _INTERFACE_VERSION:
        raise Error(f"{path}: has interface version {found}, expected {_INTERFACE_VERSION}; install the package again")
    for name, arguments in _ARGUMENTS.items():
        function = getattr(library, name)
        function.argtypes, function.restype = [*arguments, POINTER(_Error)], c_int32
    return library


def call(name: str, *arguments: object, passing: tuple[int, ...] = ()) -> int:
    """Calls a function of gpgen.h, without the lock of the interpreter.

    Args:
        passing: codes that are no errors here, beside OK and END.

    Returns:
        The code.

    Raises:
        FileError: if a file is at fault.
        MemoryError: if there is too little memory.
        Error: for all other reasons.
    """
    error = _Error()
    code = getattr(_load(), name)(*arguments, byref(error))
    if code in (OK, END) or code in passing:
        return code
    message = error.message.decode(errors="replace")
    if code == _MEMORY:
        raise MemoryError(message)
    raise FileError(message) if code == _FILE else Error(message)


def text(name: str, handle: int) -> str:
    """The text that a function gives of a handle."""
    capacity = 1 << 16
    while True:
        room, length = ctypes.create_string_buffer(capacity), c_size_t()
        if call(name, handle, room, capacity, byref(length), passing=(_TOO_SMALL,)) == OK:
            return room.raw[: length.value].decode()
        capacity = length.value + 1


class Handle:
    """What the library has open, for as long as this object lives."""

    def __init__(self, close: str, open: str, *arguments: object) -> None:
        value = c_uint64()
        self._close, self.process = close, os.getpid()
        self._value = 0
        call(open, *arguments, byref(value))
        self._value = value.value

    @property
    def value(self) -> int:
        """The handle.

        Raises:
            Error: in a process that was forked since: it has none of the library's threads and locks.
        """
        if self.process != os.getpid():
            raise Error(
                "this was opened in another process, before a fork; open it in the process that uses it, or start processes by"
                " spawn or forkserver")
        if not self._value:
            raise Error("this is closed; open it again")
        return self._value

    def close(self) -> None:
        """Closes it; nothing happens where it is closed."""
        value, self._value = self._value, 0
        if value and self.process == os.getpid():
            call(self._close, value)

    def __del__(self) -> None:
        if getattr(self, "_value", 0):
            self.close()


class Memory:
    """Memory of the library's as an array; it is let go with the last array that shares it."""

    def __init__(self, handle: int, release: str, address: int, shape: tuple[int, ...], dtype: str, writable: bool) -> None:
        self._handle, self._release, self._process = handle, release, os.getpid()
        # NumPy's protocol; the array keeps this object.
        self.__array_interface__ = {
            "version": 3, "shape": shape, "typestr": dtype, "data": (address, not writable)}

    def __del__(self) -> None:
        if self._process == os.getpid():
            call(self._release, self._handle)
