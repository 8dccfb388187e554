#!/usr/bin/env python3
"""Long fault tests: `python3 Tests/Outside/faults.py path/to/gpgen [word ...]`; about an hour on two cores.

Stops the program at random moments, fills its disk, removes its folder, and feeds it thousands of damaged and hostile
files. Words select the checks whose names contain one of them. All seeds are fixed. `check.py` describes the output
and the requirements.
"""

import os
import sys
import tempfile
from pathlib import Path

import flips
import interruptions
import untrusted
from check import passes
from fixture import Fixture


def main():
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit("usage: faults.py path/to/gpgen [word ...]")
    words = sys.argv[2:]
    functions = [
        function
        for module in (interruptions, flips, untrusted)
        for name, function in vars(module).items()
        if name.startswith("check_") and (not words or any(word in name for word in words))
    ]
    with tempfile.TemporaryDirectory() as folder:
        fixture = Fixture(str(Path(sys.argv[1]).resolve()), Path(folder))
        results = [passes(function, fixture) for function in functions]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(0 if results and all(results) else 1)


if __name__ == "__main__":
    main()
