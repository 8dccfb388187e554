"""The `gpgen` command: `gpgen`, or `python -m gpgen`."""

import os
import sys

from gpgen._errors import FileError
from gpgen._program import program


def main() -> None:
    """Becomes the program."""
    try:
        path = program()
    except FileError as error:
        sys.exit(f"Error: {error}")
    os.execv(path, ["gpgen", *sys.argv[1:]])


if __name__ == "__main__":
    main()
