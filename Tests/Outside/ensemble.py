"""What many textures of one class should be like: their mean power and covariance against closed forms.

Eigenvalues are variances of modes, in the order of `numpy.fft.fftn`; power is |X|² with X = fftn(texture) / pixels. The
deviations are in standard errors, which are exact: modes are independent but for conjugate pairs, and pixels are normal.
"""

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.special import gammainc, gammaincc

import closedforms
from dataset import candidates_of, shape_of

# Modes of less than this fraction of the variance are not looked at: the band limit drops 1e-12 together.
NEGLIGIBLE = 1e-11


def expected_power(recipe, sample):
    """The eigenvalues of a periodic texture's sum of scales and noise."""
    scales = zip(candidates_of(recipe, sample), recipe["weights"])
    total = sum(weight**2 * closedforms.eigenvalues(candidate, shape_of(recipe)) for candidate, weight in scales)
    return total + recipe.get("noise", 0) ** 2 / total.size


def mean_power(fields):
    """Mean of |X|² over samples: the shape of a texture."""
    return np.mean([np.abs(np.fft.fftn(field) / field.size) ** 2 for field in fields.astype(np.float64)], axis=0)


def power_chance(power, eigenvalues, count):
    """The chance of each mode's mean power over `count` samples to lie as far from its own as it does, on either side.

    A complex mode's |X|² is exponential, a real one's chi-squared of one degree.
    """
    itself = [2 * np.arange(n) % n == 0 for n in power.shape]
    shape = np.where(np.logical_and.reduce(np.meshgrid(*itself, indexing="ij")), count / 2, count)
    ratio = power / np.maximum(eigenvalues, NEGLIGIBLE * eigenvalues.sum())
    chance = 2 * np.minimum(gammainc(shape, shape * ratio), gammaincc(shape, shape * ratio))
    dark = eigenvalues < NEGLIGIBLE * eigenvalues.sum()
    return np.where(dark, ratio < 100, chance)


def power_deviation(power, eigenvalues, other, count):
    """How far the power is from the eigenvalues in the direction of others: the score of a likelihood between the two."""
    bright = eigenvalues > NEGLIGIBLE * eigenvalues.sum()
    if (power[~bright] > 100 * NEGLIGIBLE * eigenvalues.sum()).any():
        return np.inf
    direction = other[bright] / eigenvalues[bright] - 1
    return (direction * (power[bright] / eigenvalues[bright] - 1)).sum() / np.sqrt(2 * (direction**2).sum() / count)


def covariance_deviation(power, eigenvalues, count, lags):
    """How far covariances from `count` samples are from their own.

    For each lag C(lag), and C(0) - C(lag), which tells short scales apart beside long ones: sums over modes of |X|²
    times cos(k lag) and 1 - cos(k lag).
    """
    k = closedforms.grid([2 * np.pi * np.arange(n) / n for n in power.shape])
    deviations = []
    for lag in lags:
        cosine = np.cos(k @ np.array(lag))
        for part in (cosine, 1 - cosine):
            error = np.sqrt(2 * (eigenvalues**2 * part**2).sum() / count)
            deviations.append(((power - eigenvalues) * part).sum() / error)
    return np.array(deviations)


class Window:
    """Textures against the covariance matrix of their pixels. whitened: independent normals if it is theirs."""

    def __init__(self, textures, matrix):
        self.count, self.shape, self.matrix = len(textures), textures.shape[1:], matrix
        self.pixels = textures.reshape(self.count, -1).astype(np.float64)
        self._root = cholesky(matrix, lower=True)
        self.whitened = self._whiten(self.pixels.T).T

    def _whiten(self, columns):
        return solve_triangular(self._root, columns, lower=True)

    def deviation(self, other):
        """How far they are from the matrix in the direction of another: the score of a likelihood between the two."""
        direction = self._whiten(self._whiten(other).T) - np.eye(len(other))
        found = self.whitened.T @ self.whitened / self.count - np.eye(len(other))
        return (found * direction).sum() / np.sqrt(2 * (direction**2).sum() / self.count)

    def lag_deviation(self, lag):
        """How far the covariance at a lag is from its own: the mean over all pairs of pixels."""
        points = closedforms.grid([np.arange(n) for n in self.shape]).reshape(-1, len(self.shape))
        a = np.flatnonzero(((points + lag >= 0) & (points + lag < self.shape)).all(1))
        b = np.ravel_multi_index((points[a] + lag).T, self.shape)
        aa, bb, ab = (self.matrix[np.ix_(*pair)] for pair in ((a, a), (b, b), (a, b)))
        found = (self.pixels[:, a] * self.pixels[:, b]).sum() / self.count
        # By Isserlis' theorem.
        return (found - np.trace(ab)) / np.sqrt((aa * bb + ab * ab.T).sum() / self.count)
