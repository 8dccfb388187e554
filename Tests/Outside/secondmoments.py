"""The measurements of `gpgen covariance`, against NumPy's transforms of pixels read with h5py."""

import csv

import h5py
import numpy as np

from dataset import texture_of


def rows(fixture, data, name):
    """The rows of the CSV by class and kind, as arrays of x, measured, expected, low, high."""
    path = fixture.folder / f"{name}.csv"
    fixture.gpgen("covariance --quiet --force", data, "--out", path)
    found = {}
    with open(path) as file:
        for row in csv.DictReader(file):
            values = [float(row[key]) for key in ("x", "measured", "expected", "low", "high")]
            found.setdefault((row["class"], row["kind"]), []).append(values)
    return {key: np.array(values) for key, values in found.items()}


def check_second_moments(fixture):
    """measured covariances and power spectra match the pixels, and are close to the model's"""
    data = fixture.dataset("ensemble")
    found = rows(fixture, data, "ensemble")
    with h5py.File(data) as file:
        textures, labels, names = texture_of(file)[:], file["label"][:], list(file.attrs["class_name"])
    side = textures.shape[-1]
    k = 2 * np.pi * np.fft.fftfreq(side)
    size = np.hypot(k[:, None], k[None, :])
    rings = np.rint(size / (2 * np.pi / side)).astype(int)
    centres = np.array([np.mean(size[rings == ring]) for ring in range(rings.max() + 1)])
    inside = []
    for index, name in enumerate(names):
        own = textures[labels == index].astype(np.float64)
        power = np.mean(np.abs(np.fft.fft2(own)) ** 2, axis=0) / side**2
        x, measured, expected, low, high = found[name, "spectrum"].T
        for value, at in zip(measured, x):
            ring = np.argmin(np.abs(centres - at))
            assert np.isclose(centres[ring], at, rtol=1e-9)
            assert np.isclose(value, np.mean(power[rings == ring]), rtol=1e-3), (name, at)
        inside += list((low <= measured) & (measured <= high))
        x, measured, expected, low, high = found[name, "covariance"].T
        for value, lag in zip(measured, x.astype(int)):
            products = [np.mean(own * np.roll(own, -lag, axis)) for axis in (1, 2)]
            assert np.isclose(value, np.mean(products), atol=1e-5), (name, lag)
        assert np.all(low < expected) and np.all(expected < high)
        # The spectrum summed over modes is the variance.
        assert np.isclose(np.sum(power) / side**2, measured[0], rtol=1e-5)
    # 95% are expected; of about a hundred rings, fewer than 86 are inside for fewer than one of 10,000 seeds.
    assert np.mean(inside) > 0.86, np.mean(inside)


def check_covariance_picture(fixture):
    """the picture of covariances is a PNG with its metadata"""
    path = fixture.folder / "covariance.png"
    fixture.gpgen("covariance --quiet", fixture.dataset("shard"), "--out", path)
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n" and b"Covariance and power spectrum of 4 classes" in data
