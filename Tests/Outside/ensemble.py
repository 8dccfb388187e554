"""Statistics of many textures of one class: their mean power and covariance against closed forms.

Eigenvalues are variances of modes, in the order of `numpy.fft.fftn`; power is |X|² with X = fftn(texture) / pixels. The
standard errors of z-scores are exact: modes are independent except for conjugate pairs, and pixels are normal.
"""

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.special import gammainc, gammaincc

import closedforms
from dataset import candidates_of, shape_of

# Modes with less than this fraction of the variance are ignored: the band limit drops up to 1e-12 in total.
NEGLIGIBLE = 1e-11


def expected_power(recipe, sample):
    """The eigenvalues of a periodic texture's sum of scales and noise."""
    scales = zip(candidates_of(recipe, sample), recipe["weights"])
    total = sum(weight**2 * closedforms.eigenvalues(candidate, shape_of(recipe)) for candidate, weight in scales)
    return total + recipe.get("noise", 0) ** 2 / total.size


def mean_power(fields):
    """The mean of |X|² over samples, shape as a texture."""
    return np.mean([np.abs(np.fft.fftn(field) / field.size) ** 2 for field in fields.astype(np.float64)], axis=0)


def power_p_values(power, eigenvalues, count):
    """Two-sided p-values of each mode's mean power over `count` samples.

    |X|² of a complex mode is exponential, of a real one chi-squared with one degree of freedom.
    """
    itself = [2 * np.arange(n) % n == 0 for n in power.shape]
    shape = np.where(np.logical_and.reduce(np.meshgrid(*itself, indexing="ij")), count / 2, count)
    ratio = power / np.maximum(eigenvalues, NEGLIGIBLE * eigenvalues.sum())
    p_values = 2 * np.minimum(gammainc(shape, shape * ratio), gammaincc(shape, shape * ratio))
    dark = eigenvalues < NEGLIGIBLE * eigenvalues.sum()
    return np.where(dark, ratio < 100, p_values)


def power_z_score(power, eigenvalues, other, count):
    """The z-score of the power against the eigenvalues, in the direction of others: a score test."""
    bright = eigenvalues > NEGLIGIBLE * eigenvalues.sum()
    if (power[~bright] > 100 * NEGLIGIBLE * eigenvalues.sum()).any():
        return np.inf
    direction = other[bright] / eigenvalues[bright] - 1
    return (direction * (power[bright] / eigenvalues[bright] - 1)).sum() / np.sqrt(2 * (direction**2).sum() / count)


def covariance_z_scores(power, eigenvalues, count, lags):
    """The z-scores of covariances from `count` samples.

    For each lag, C(lag), and C(0) - C(lag), which is sensitive to short scales in the presence of long ones: sums over
    modes of |X|² times cos(k lag) and 1 - cos(k lag).
    """
    k = closedforms.grid([2 * np.pi * np.arange(n) / n for n in power.shape])
    z_scores = []
    for lag in lags:
        cosine = np.cos(k @ np.array(lag))
        for part in (cosine, 1 - cosine):
            error = np.sqrt(2 * (eigenvalues**2 * part**2).sum() / count)
            z_scores.append(((power - eigenvalues) * part).sum() / error)
    return np.array(z_scores)


class Window:
    """Textures and a covariance matrix of their pixels. whitened: independent normals if the matrix is right."""

    def __init__(self, textures, matrix):
        self.count, self.shape, self.matrix = len(textures), textures.shape[1:], matrix
        self.pixels = textures.reshape(self.count, -1).astype(np.float64)
        self._root = cholesky(matrix, lower=True)
        self.whitened = self._whiten(self.pixels.T).T

    def _whiten(self, columns):
        return solve_triangular(self._root, columns, lower=True)

    def z_score(self, other):
        """The z-score of the textures against the matrix, in the direction of another: a score test."""
        direction = self._whiten(self._whiten(other).T) - np.eye(len(other))
        found = self.whitened.T @ self.whitened / self.count - np.eye(len(other))
        return (found * direction).sum() / np.sqrt(2 * (direction**2).sum() / self.count)

    def lag_z_score(self, lag):
        """The z-score of the covariance at a lag, the mean over all pairs of pixels."""
        points = closedforms.grid([np.arange(n) for n in self.shape]).reshape(-1, len(self.shape))
        a = np.flatnonzero(((points + lag >= 0) & (points + lag < self.shape)).all(1))
        b = np.ravel_multi_index((points[a] + lag).T, self.shape)
        aa, bb, ab = (self.matrix[np.ix_(*pair)] for pair in ((a, a), (b, b), (a, b)))
        found = (self.pixels[:, a] * self.pixels[:, b]).sum() / self.count
        # The variance follows from Isserlis' theorem.
        return (found - np.trace(ab)) / np.sqrt((aa * bb + ab * ab.T).sum() / self.count)
