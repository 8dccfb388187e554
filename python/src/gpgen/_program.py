"""The `gpgen` command that the package brings."""

from __future__ import annotations

import os
from collections.abc import Sequence

from gpgen._errors import Error, FileError

# An installed package has both; GPGEN_PROGRAM and GPGEN_LIBRARY name others, such as those of a build.
_OWN = os.path.join(os.path.dirname(os.path.realpath(__file__)), "bin", "gpgen")


def program() -> str:
    """The path of the command.

    Raises:
        FileError: if it is not there.
    """
    path = os.environ.get("GPGEN_PROGRAM") or _OWN
    if not os.access(path, os.X_OK):
        raise FileError(f"{path}: found no gpgen program; install the package again, or set GPGEN_PROGRAM to a build of it")
    return path


def run(arguments: Sequence[str], text: str | None = None) -> None:
    """Runs the command to its end, with `text` on its standard input.

    Raises:
        FileError: with the command's message where a dataset is at fault.
        Error: if the arguments are.
        KeyboardInterrupt: after the command has stopped too; what is finished is kept.
    """
    # Here, as they would be a tenth of the time that `import gpgen` takes, and reading and streaming need neither.
    import signal
    import subprocess

    process = subprocess.Popen(
        [program(), *arguments], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _, message = process.communicate((text or "").encode())
    except BaseException:
        # It stops in order where it gets a signal; from a terminal it has got one already.
        process.send_signal(signal.SIGTERM)
        process.communicate()
        raise
    if process.returncode != 0:
        raise _error(process.returncode, message.decode(errors="replace"))


def _error(status: int, message: str) -> Error:
    lines = [line for line in message.strip().splitlines() if line]
    # Of a usage error, the lines that follow the message are help for a command line.
    said = next((line.removeprefix("Error: ") for line in lines if line.startswith("Error: ")), "\n".join(lines))
    if status < 0:
        return Error(f"gpgen was ended by signal {-status}" + (f": {said}" if said else ""))
    # EX_USAGE, of sysexits.h.
    return Error(said) if status == 64 else FileError(said)
