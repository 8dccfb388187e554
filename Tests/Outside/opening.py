"""Readers that know HDF5 only by way of netCDF-4: named dimensions, coordinates, attributes."""

import subprocess

import h5py
import numpy as np
import xarray


def check_opens_in_xarray(workshop):
    """xarray opens shards and indices with named dimensions, coordinates and attributes"""
    for path in workshop.files("shard", "index", "half", "odd"):
        with xarray.open_dataset(path, engine="h5netcdf") as data, h5py.File(path, "r") as file:
            assert data["image"].dims == ("sample", "y", "x") and data["label"].dims == ("sample",), path.name
            assert data["length_scale"].dims == data["scale_label"].dims == ("sample", "scale"), path.name
            assert set(data.coords) == {"sample", "scale", "y", "x"}, path.name
            assert data["sample"].values.tolist() == file["sample"][:].tolist(), path.name
            assert data.attrs["dataset_hash"] == file.attrs["dataset_hash"], path.name
            assert data["length_scale"].attrs["units"] == "pixel", path.name
            last = int(data["sample"][-1])
            assert np.array_equal(data["image"].sel(sample=last).values, file["image"][-1]), path.name


def check_opens_in_netcdf(workshop):
    """ncdump shows the dimensions of shards and indices"""
    for path in workshop.files("shard", "index", "odd"):
        run = subprocess.run(["ncdump", "-h", str(path)], capture_output=True, text=True, timeout=60)
        assert run.returncode == 0, f"{path.name}: {run.stderr}"
        with h5py.File(path, "r") as file:
            count, scales, side = len(file["sample"]), len(file["scale"]), len(file["y"])
        lines = {line.strip() for line in run.stdout.splitlines()}
        expected = {f"sample = {count} ;", f"scale = {scales} ;", f"y = {side} ;", f"x = {side} ;"}
        expected |= {"float image(sample, y, x) ;", "int64 label(sample) ;", "float length_scale(sample, scale) ;"}
        assert expected <= lines, f"{path.name}: lacks {expected - lines}"
