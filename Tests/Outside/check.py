#!/usr/bin/env python3
"""Independent checks: `.venv/bin/python Tests/Outside/check.py path/to/gpgen`.

Generates small datasets and checks them against `schemas/` with readers that share no code with gpgen: h5py, xarray,
ncdump, jsonschema, NumPy, SciPy and GSTools. Each check is a function `check_...` in one of the modules below, and
prints its docstring. The last line counts the checks that passed; the exit status is 1 if any failed.

Requirements: Debian's python3-h5py, python3-numpy, python3-scipy, python3-xarray, python3-h5netcdf, python3-zarr,
python3-fsspec, python3-aiohttp, python3-jsonschema, python3-yaml and netcdf-bin; GSTools from PyPI, in a virtual
environment with access to these, for the covariances; a C compiler for the faults of system calls and the C interface,
whose library is in the program's folder; and python3-pytest for the Python package.
"""

import os
import sys
import tempfile
import traceback
from pathlib import Path

import c_interface
import certifying
import contracts
import covariances
import experimenting
import faultinjection
import opening
import oracle
import pictures
import reporting
import reproducibility
import sampling
import secondmoments
import shapes
import sharding
import streaming
import structure
import training
import verifying
import webreading
from fixture import Fixture

HERE = Path(__file__).resolve().parent
MODULES = [
    structure,
    sharding,
    opening,
    contracts,
    reproducibility,
    sampling,
    secondmoments,
    covariances,
    streaming,
    training,
    verifying,
    oracle,
    certifying,
    experimenting,
    pictures,
    reporting,
    shapes,
    faultinjection,
    c_interface,
    webreading,
]


def checks():
    for module in MODULES:
        for name, function in vars(module).items():
            if name.startswith("check_"):
                yield function


def passes(function, fixture):
    try:
        function(fixture)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        frames = [frame for frame in frames if Path(frame.filename).parent == HERE]
        text = "; ".join(line for line in str(error).splitlines()[:2] if line)
        print(f"FAILED  {function.__doc__}")
        print(f"        {Path(frames[-1].filename).name}:{frames[-1].lineno}: {type(error).__name__}: {text}", flush=True)
        return False
    print(f"passed  {function.__doc__}", flush=True)
    return True


def main():
    if len(sys.argv) != 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit("usage: check.py path/to/gpgen")
    with tempfile.TemporaryDirectory() as folder:
        fixture = Fixture(str(Path(sys.argv[1]).resolve()), Path(folder))
        results = [passes(function, fixture) for function in checks()]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
