"""oracle: its output satisfies the schema, and its posteriors match NumPy's likelihood of the same pixels."""

import json
import subprocess

import h5py
import numpy as np
import xarray

from contracts import refuses, validator
from dataset import texture_of

NOISY = "--size 24 --length-scales 1.5,2 --length-scales 4,6 --weights 0.75,1.25 --noise 1.5 --seed 5 --samples 200"
RANGES = """
side: 24
noise: 0.5
samples: 60
candidates:
  - [{covariance: squared_exponential, length_scale: {uniform: [2, 4]}}]
"""


def report(fixture, *words):
    found = json.loads(fixture.gpgen("oracle --json", *words))
    validator("oracle.schema.json").validate(found)
    confusion = np.array(found["confusion"])
    assert confusion.sum() == found["samples"], found
    assert abs(np.trace(confusion) / confusion.sum() - found["accuracy"]) < 1e-12, found
    assert found["interval"][0] <= found["accuracy"] <= found["interval"][1], found
    assert confusion.shape == (len(found["class_names"]),) * 2, found
    return found


def spectrum(side, length_scale):
    """Eigenvalues of the periodised squared exponential: the transform of the sum over its images."""
    shifts = np.arange(-8, 9) * side
    lag = np.arange(side)[:, None] + shifts
    axis = np.fft.fft(np.exp(-(lag**2) / (2 * length_scale**2)).sum(axis=1)).real
    return np.outer(axis, axis)


def log_posteriors(textures):
    side = textures.shape[-1]
    power = np.abs(np.fft.fft2(textures.astype(float))) ** 2 / side**2
    values = []
    for coarse in (4, 6):
        for fine in (1.5, 2):
            v = 0.75**2 * spectrum(side, fine) + 1.25**2 * spectrum(side, coarse) + 1.5**2
            values.append(-0.5 * (power / v + np.log(v)).sum(axis=(1, 2)))
    values = np.array(values).T
    return values - np.logaddexp.reduce(values, axis=1, keepdims=True)


def check_oracle_posteriors(fixture):
    """oracle's posteriors match NumPy's, in a file that h5py, xarray and ncdump open"""
    data = fixture.make("noisy", NOISY)
    out = fixture.folder / "posteriors.h5"
    found = report(fixture, data, "--out", out)
    with h5py.File(data) as file, h5py.File(out) as posteriors:
        expected = log_posteriors(texture_of(file)[:])
        assert np.abs(posteriors["log_posterior"][:] - expected).max() < 1e-3
        assert (posteriors["label"][:] == file["label"][:]).all()
        assert (posteriors["sample"][:] == file["sample"][:]).all()
        assert posteriors.attrs["posteriors_version"] == 1 and posteriors.attrs["method"] == "modes"
        assert posteriors.attrs["dataset_hash"] == file.attrs["dataset_hash"] == found["dataset_hash"]
        assert list(posteriors.attrs["class_names"]) == list(file.attrs["class_name"]) == found["class_names"]
        decisions = expected.argmax(axis=1)
        assert np.mean(decisions == file["label"][:]) == found["accuracy"]
        fine = np.exp(expected).reshape(-1, 2, 2).sum(axis=1).argmax(axis=1)
        assert np.mean(fine == file["scale_label"][:, 0]) == found["scale_accuracy"][0]
    with xarray.open_dataset(out, engine="h5netcdf") as opened:
        assert opened["log_posterior"].dims == ("sample", "class")
    subprocess.run(["ncdump", "-h", out], check=True, capture_output=True, timeout=60)
    schema = validator("oracle.schema.json")
    assert refuses(schema, found, extra=1) and refuses(schema, found, accuracy=...) and refuses(schema, found, method="x")


def check_oracle_of_recipes(fixture):
    """oracle gives the same report for a recipe as for its files; parts, ranges and open windows work"""
    recipe = fixture.folder / "noisy.yaml"
    recipe.write_text(fixture.gpgen(f"recipe {NOISY}"))
    data = fixture.make("noisy", NOISY)
    assert report(fixture, recipe) == report(fixture, data)
    part = report(fixture, data, "--split", "test", "--test-fraction", "0.1", "--validation-fraction", "0.2")
    assert part["split"] == "test" and part["samples"] == 20, part
    more = report(fixture, recipe, "--samples", "300")
    assert more["samples"] == 300 and more["dataset_hash"] == part["dataset_hash"]
    ranges = fixture.folder / "ranges.yaml"
    ranges.write_text(RANGES)
    (parameter,) = report(fixture, ranges)["parameters"]
    assert parameter["parameter"] == "length_scale" and abs(parameter["prior_variance"] - 4 / 12) < 1e-3, parameter
    assert parameter["mean_squared_error"] < 0.5 * parameter["prior_variance"], parameter
    window = fixture.folder / "window.yaml"
    window.write_text(fixture.gpgen("recipe --size 12 --length-scales 2,3 --noise 0.5 --boundary open --samples 20"))
    dense = report(fixture, window)
    assert dense["method"] == "dense" and "modes" not in dense and "log10_error_bound" not in dense
    assert report(fixture, window, "--whittle")["method"] == "whittle"
