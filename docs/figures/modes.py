"""Measured variances of the modes of textures."""

import numpy as np

from closed_forms import Covariance


def wave_numbers(extents):
    """k of each mode of a grid, in radians per pixel, in the order of `numpy.fft.fftn`."""
    axes = np.meshgrid(*(2 * np.pi * np.fft.fftfreq(n) for n in extents), indexing="ij", sparse=True)
    return np.sqrt(sum(axis**2 for axis in axes))


def exact_variances(program, recipe, side):
    """The variances of the modes of an image, from one texture; NaN for mode 0.

    The same seed gives the same normals at the same wave numbers, so the coefficients of two textures differ only by the
    ratio of their amplitudes. Comparing a texture with a white one, whose modes all have the variance 1 / (modes - 1),
    gives its variances up to the rounding of its pixels, without statistical error.
    """
    white = Covariance("tabulated", {"normalize": 1}, [(k, 1) for k in np.geomspace(6 / side, 4.5, 24)]).recipe(side)
    coefficients, normals = (
        np.fft.fft2(program.textures("--samples", 1, recipe=text)[0].astype(float)) for text in (recipe, white))
    coefficients[0, 0], normals[0, 0] = np.nan, 1
    return np.abs(coefficients / normals) ** 2 / (side**2 - 1)


def mean_power(textures):
    """The mean over textures of each mode's power, which converges to its variance."""
    total = 0
    for texture in textures:
        total = total + np.abs(np.fft.fftn(texture.astype(float))) ** 2
    return total / len(textures) / textures[0].size ** 2


def binned(wave_number, power, low, high, count):
    """Means over shells of equal width in log k: (k, power, modes), without empty shells."""
    shell = np.digitize(wave_number, np.geomspace(low, high, count + 1))
    filled = [(shell == index) for index in range(1, count + 1) if (shell == index).any()]
    return np.array([[np.exp(np.log(wave_number[at]).mean()), power[at].mean(), at.sum()] for at in filled]).T


def slope(k, power, modes):
    """The exponent of a power law fitted to shells, and its standard error from their scatter."""
    (exponent, _), covariance = np.polyfit(np.log(k), np.log(power), 1, w=np.sqrt(modes), cov=True)
    return exponent, np.sqrt(covariance[0, 0])
