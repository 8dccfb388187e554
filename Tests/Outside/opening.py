"""Readers of netCDF-4 open the files with named dimensions, coordinates and attributes."""

import subprocess

import h5py
import numpy as np
import xarray

from dataset import axes_of, name_of, recipe_of, varying_of
from fixture import FIELDS


def check_opens_in_xarray(fixture):
    """xarray opens shards and indices of every shape with named dimensions, coordinates and attributes"""
    for path in fixture.files("shard", "index", "half", "odd", *FIELDS):
        with xarray.open_dataset(path, engine="h5netcdf") as data, h5py.File(path, "r") as file:
            name, axes = name_of(recipe_of(file)), axes_of(recipe_of(file))
            assert data[name].dims == ("sample", *axes) and data["label"].dims == ("sample",), path.name
            for parameter in ("length_scale", "scale_label", *varying_of(recipe_of(file))):
                assert data[parameter].dims == ("sample", "scale"), path.name
            assert set(data.coords) == {"sample", "scale", *axes}, path.name
            assert data["sample"].values.tolist() == file["sample"][:].tolist(), path.name
            assert data.attrs["dataset_hash"] == file.attrs["dataset_hash"], path.name
            assert data["length_scale"].attrs["units"] == "pixel", path.name
            last = int(data["sample"][-1])
            assert np.array_equal(data[name].sel(sample=last).values, file[name][-1]), path.name


def check_opens_in_netcdf(fixture):
    """ncdump shows the dimensions of shards and indices of every shape"""
    for path in fixture.files("shard", "index", "odd", *FIELDS):
        run = subprocess.run(["ncdump", "-h", str(path)], capture_output=True, text=True, timeout=60)
        with h5py.File(path, "r") as file:
            recipe = recipe_of(file)
            axes = ["sample", *axes_of(recipe)]
            expected = {f"{axis} = {len(file[axis])} ;" for axis in (*axes, "scale")}
            expected |= {"int64 label(sample) ;", "float length_scale(sample, scale) ;"}
            expected |= {f"float {name}(sample, scale) ;" for name in varying_of(recipe)}
        # netCDF does not support float16, and ncdump fails after printing the rest.
        if recipe["dtype"] == "float32":
            assert run.returncode == 0, f"{path.name}: {run.stderr}"
            expected.add(f"float {name_of(recipe)}({', '.join(axes)}) ;")
        lines = {line.strip() for line in run.stdout.splitlines()}
        assert expected <= lines, f"{path.name}: missing {expected - lines}"
