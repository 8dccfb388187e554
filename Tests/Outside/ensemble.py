"""What many textures of one class should be like: their mean power and covariance against closed forms."""

import numpy as np


def torus_covariance(n, length_scales, weights):
    """Covariance at the lags (dy, dx) of the n x n torus: shape (n, n)."""
    total = np.zeros((n, n))
    images = np.arange(n)[:, None] + n * np.arange(-8, 9)
    for l, weight in zip(length_scales, weights):
        axis = np.exp(-(images**2) / (2 * l**2)).sum(1)
        total += weight**2 * np.outer(axis, axis)
    return total


def mean_power(images):
    """Mean of |X(ky, kx)|² over samples: shape (n, n)."""
    n = images.shape[-1]
    return np.mean([np.abs(np.fft.fft2(image) / n**2) ** 2 for image in images.astype(np.float64)], axis=0)


def power_deviation(power, covariance, count):
    """How far each mode's mean power over `count` samples is from its own, in standard errors: shape (n, n).

    A complex mode's |X|² is exponential, of deviation equal to its mean; a real one's is sqrt(2) times that.
    """
    n = len(covariance)
    expected = np.fft.fft2(covariance).real / n**2
    k = np.arange(n)
    itself = (2 * k) % n == 0
    return (power / expected - 1) / np.sqrt(np.where(np.outer(itself, itself), 2, 1) / count)


def covariance_deviation(power, covariance, count, lags):
    """How far covariances from `count` samples are from their own, in standard errors.

    For each lag C(lag), and C(0) - C(lag), which tells short scales apart beside long ones: sums over modes of |X|²
    times cos(k lag) and 1 - cos(k lag). Modes are independent but for conjugate pairs, so the standard error is exact.
    """
    n = len(covariance)
    eigenvalues = np.fft.fft2(covariance).real / n**2
    k = 2 * np.pi * np.arange(n) / n
    deviations = []
    for dy, dx in lags:
        cosine = np.cos(k[:, None] * dy + k * dx)
        for part, expected in ((cosine, covariance[dy, dx]), (1 - cosine, covariance[0, 0] - covariance[dy, dx])):
            error = np.sqrt(2 * (eigenvalues**2 * part**2).sum() / count)
            deviations.append(((power * part).sum() - expected) / error)
    return np.array(deviations)
