#!/usr/bin/env python3
"""The faults, in full: `python3 Tests/Outside/faults.py path/to/gpgen [word ...]`; an hour on two cores.

Stops the program at random moments, takes the disk and the folder away under it, and gives it damaged and hostile files
by the thousand; words choose the checks that have one of them in their name. All chance comes from fixed seeds. What is
printed is as in `check.py`, which also says what has to be installed.
"""

import os
import sys
import tempfile
from pathlib import Path

import flips
import interruptions
import strangers
from check import passes
from workshop import Workshop


def main():
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit("usage: faults.py path/to/gpgen [word ...]")
    words = sys.argv[2:]
    functions = [
        function
        for module in (interruptions, flips, strangers)
        for name, function in vars(module).items()
        if name.startswith("check_") and (not words or any(word in name for word in words))
    ]
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(str(Path(sys.argv[1]).resolve()), Path(folder))
        results = [passes(function, workshop) for function in functions]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(0 if results and all(results) else 1)


if __name__ == "__main__":
    main()
