"""The covariances of `docs/covariances.md` and their eigenvalues on a grid, implemented with SciPy from the document.

A candidate is a dictionary as in recipes, such as {"covariance": "matern", "length_scale": 3, "nu": 1.5, "ratio": 0.5}.
The last axis of lags and wave vectors has their coordinates, in the order of the textures' axes, x last.
"""

import functools
import itertools

import numpy as np
from scipy.special import gamma, j0, kv, roots_legendre

RATIOS = ("ratio", "ratio_2")
ANGLES = ("angle", "angle_2", "angle_3")


def correlation(candidate, distance, dimensions):
    """C at distances in pixels along the major axis."""
    r = np.asarray(distance, float)
    l = candidate.get("length_scale")
    match candidate["covariance"]:
        case "squared_exponential":
            return np.exp(-((r / l) ** 2) / 2)
        case "matern":
            nu = candidate["nu"]
            s = np.sqrt(2 * nu) * np.where(r > 0, r, 1) / l
            return np.where(r > 0, 2 ** (1 - nu) / gamma(nu) * s**nu * kv(nu, s), 1)
        case "exponential":
            return np.exp(-r / l)
        case "gamma_exponential":
            return np.exp(-((r / l) ** candidate["gamma"]))
        case "rational_quadratic":
            return (1 + r**2 / (2 * candidate["alpha"] * l**2)) ** -candidate["alpha"]
        case "spherical":
            return np.where(r < l, 1 - 1.5 * r / l + 0.5 * (r / l) ** 3, 0)
        case "power_law" | "tabulated":
            return transform(candidate, r, dimensions)
    raise ValueError(candidate["covariance"])


def rows(candidate):
    """The spectral density of power_law, not normalized, or of tabulated: rows (k, P) with power laws in between."""
    if candidate["covariance"] == "tabulated":
        return candidate["table"]
    low, high = 2 * np.pi / candidate["outer_scale"], 2 * np.pi / candidate["inner_scale"]
    return [(k, k ** -candidate["beta"]) for k in (low, high)]


def is_normalized(candidate):
    return candidate["covariance"] == "power_law" or candidate.get("normalize") == 1


def density(candidate, k):
    """The density of ``rows`` at given wave numbers; 0 outside the table."""
    wave, value = np.log(np.array(rows(candidate)).T)
    k = np.where(k > 0, k, 1e-300)
    # The first and last rows belong to the table, regardless of rounding.
    inside = (k >= np.exp(wave[0]) * (1 - 1e-12)) & (k <= np.exp(wave[-1]) * (1 + 1e-12))
    return np.where(inside, np.exp(np.interp(np.log(k), wave, value)), 0)


def transform(candidate, distance, dimensions):
    """The integral of P(k) exp(i k r) d^dk / (2 pi)^d by Gauss-Legendre quadrature, normalized if the candidate is."""
    r, where = np.unique(np.round(distance, 12), return_inverse=True)
    kernel = (np.cos, j0, lambda x: np.sinc(x / np.pi))[dimensions - 1]
    values, variance = np.zeros(len(r)), 0
    for (low, _), (high, _) in itertools.pairwise(rows(candidate)):
        # Enough nodes for the oscillations between the two rows and for the power of k.
        nodes, weights = roots_legendre(int(20 + 20 * np.log2(high / low) + (high - low) * r[-1] / 2))
        k = (high + low + (high - low) * nodes) / 2
        w = (high - low) / 2 * weights * density(candidate, k) * k ** (dimensions - 1)
        w /= (np.pi, 2 * np.pi, 2 * np.pi**2)[dimensions - 1]
        values += kernel(np.outer(r, k)) @ w
        variance += w.sum()
    return (values / (variance if is_normalized(candidate) else 1))[where].reshape(np.shape(distance))


def axes(candidate, dimensions):
    """The directions of the principal axes, one per row, x first; and the ratios of their length scales to the first."""

    def turn(first, second, degrees):
        turn, angle = np.eye(3), np.deg2rad(degrees)
        turn[[first, second], [first, second]] = np.cos(angle)
        turn[second, first], turn[first, second] = np.sin(angle), -np.sin(angle)
        return turn

    angle, angle_2, angle_3 = (candidate.get(name, 0) for name in ANGLES)
    turned = turn(1, 2, angle_3) @ turn(2, 0, angle_2) @ turn(0, 1, angle)
    ratios = np.array([1, *(candidate.get(name, 1) for name in RATIOS)])
    return turned.T[:dimensions, :dimensions], ratios[:dimensions]


def covariance(candidate, lags):
    """C at lags in pixels: shape (..., dimensions)."""
    dimensions = lags.shape[-1]
    directions, ratios = axes(candidate, dimensions)
    distance = np.linalg.norm(lags[..., ::-1] @ directions.T / ratios, axis=-1)
    return correlation(candidate, distance, dimensions)


def grid(coordinates):
    """All vectors of the given coordinates along each axis: shape (..., dimensions)."""
    return np.stack(np.meshgrid(*coordinates, indexing="ij"), axis=-1)


def signed(n):
    """0, 1, ..., then the negative numbers, from -n / 2 for an even n."""
    return np.fft.fftfreq(n, 1 / n).round().astype(int)


def reach(candidate, dimensions):
    """A distance beyond which all images of a pixel together contribute less than about 1e-7 of the covariance."""
    r = l = candidate["length_scale"]
    while correlation(candidate, r, dimensions) * (r / l) ** dimensions > 1e-7:
        r *= 1.2
    return r


def eigenvalues(candidate, extents):
    """Variances of a periodic field's modes: shape extents, indexed by wave numbers modulo the extents."""
    if candidate["covariance"] in ("power_law", "tabulated"):
        directions, ratios = axes(candidate, len(extents))
        units = 2 * np.pi / np.array(extents)
        variances = at_nearest_images(
            extents, lambda k: density(candidate, np.linalg.norm((k * units)[..., ::-1] @ directions.T * ratios, axis=-1)))
        if is_normalized(candidate):
            return variances / variances.sum()
        return variances * ratios.prod() / variances.size
    far, total = reach(candidate, len(extents)), np.zeros(extents)
    counts = [int(far // n) + 1 for n in extents]
    for image in itertools.product(*(range(-count, count + 1) for count in counts)):
        # The minimum distance of the image's pixels.
        if np.linalg.norm([n * max(abs(i + 0.5) - 0.5, 0) for n, i in zip(extents, image)]) < far:
            total += covariance(candidate, grid([np.arange(n) + i * n for n, i in zip(extents, image)]))
    return np.fft.fftn(total).real / total.size


def at_nearest_images(extents, function):
    """A function at the nearest image of every point of a torus, averaged over images that are equally near."""
    half = np.array([n // 2 if n % 2 == 0 else n for n in extents])
    points = grid([np.where(np.arange(n) == n // 2, n // 2, signed(n)) for n in extents])
    tied = points == half
    edge = tied.any(-1)
    values = function(points)
    sides = itertools.product((False, True), repeat=len(extents))
    values[edge] = np.mean([function(np.where(tied[edge] & side, -points[edge], points[edge])) for side in sides], axis=0)
    return values


def embedded(candidate, extents):
    """Eigenvalues on the torus that an open field is cut from, negative ones set to 0; and the fraction of these."""
    values = np.fft.fftn(at_nearest_images(extents, functools.partial(covariance, candidate))).real / np.prod(extents)
    return np.maximum(values, 0), -np.minimum(values, 0).sum() / values.sum()


def window(lags_of_torus, shape):
    """The covariance matrix of the pixels of a window, from the covariance at every lag of the torus."""
    points = grid([np.arange(n) for n in shape]).reshape(-1, len(shape))
    difference = points[:, None] - points[None]
    return lags_of_torus[tuple(np.moveaxis(difference, -1, 0))]


def dense(candidate, shape):
    """The covariance matrix of the pixels of an open texture, from the closed form."""
    lags = grid([signed(2 * n) for n in shape])
    return window(covariance(candidate, lags), shape)


def perturbed(candidate):
    """Candidates with one wrong parameter each: by 5%, the powers nu and alpha by 20%, an angle by 10 degrees."""
    for name, value in candidate.items():
        if name in ANGLES:
            yield name, {**candidate, name: value + 10}
        elif name == "table":
            yield name, {**candidate, name: [(1.05 * k, p) for k, p in value]}
        elif name not in ("covariance", "normalize"):
            yield name, {**candidate, name: value * (1.2 if name in ("nu", "alpha") else 1.05)}
