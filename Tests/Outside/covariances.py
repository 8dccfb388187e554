"""Every family of covariances against SciPy and GSTools: closed forms, and ensembles of gpgen's textures.

Periodic textures are compared mode by mode with eigenvalues from a brute-force sum over images; open ones lag by lag,
and with the Cholesky factor of the covariance matrix of all pixels. Each check also shows that it would detect one
wrong parameter: by 5%, the powers nu and alpha by 20%, an angle by 10 degrees.
"""

import json
import re

import gstools
import h5py
import numpy as np
from scipy import stats

import closedforms
import ensemble
from dataset import candidates_of, recipe_of, shape_of, texture_of

SAMPLES = 500  # for each candidate
TABLE = [[0.01 * 2**i, 9 / (1 + (0.02 * 2**i) ** 3)] for i in range(11)]
TILTS = [
    {},
    {"ratio": 0.6, "angle": 30},
    {"ratio": 0.6, "ratio_2": 0.8, "angle": 30, "angle_2": -50, "angle_3": 110},
]


def smooth_families(l, alpha=4):
    return [
        {"covariance": "squared_exponential", "length_scale": l},
        {"covariance": "matern", "length_scale": l, "nu": 1.3},
        {"covariance": "exponential", "length_scale": l},
        {"covariance": "gamma_exponential", "length_scale": l, "gamma": 1.4},
        {"covariance": "rational_quadratic", "length_scale": l, "alpha": alpha},
        {"covariance": "spherical", "length_scale": 3 * l},
    ]


def spectral_families(outer_scale):
    return [
        {"covariance": "power_law", "beta": 2.5, "outer_scale": outer_scale, "inner_scale": 3.1},
        {"covariance": "tabulated", "normalize": 0, "table": TABLE},
    ]


def tilted(candidates, dimensions):
    """The candidates, and in images and volumes an anisotropic version of each."""
    return candidates + [candidate | TILTS[dimensions - 1] for candidate in candidates if dimensions > 1]


# Outer scales for which an increase of 5% changes the set of modes; in volumes, an alpha whose sum over images is short.
PERIODIC = {
    "series": ([512], smooth_families(2) + spectral_families(50)),
    "image": ([24, 31], tilted(smooth_families(1.5) + spectral_families(15), 2)),
    "volume": ([12, 10, 9], tilted(smooth_families(1.1, 6) + spectral_families(9.7), 3)),
}
OPEN = {
    "series": ([256], smooth_families(1.5)),
    "image": ([16, 17], tilted(smooth_families(1.2), 2)),
    "volume": ([8, 9, 8], tilted(smooth_families(1.1), 3)),
}
# Densities with sharp edges have covariances with long tails, whose embeddings have negative eigenvalues.
CLAMPED = {
    "series": ([256], spectral_families(50)),
    "image": ([16, 17], tilted(spectral_families(15), 2)),
    "volume": ([8, 9, 8], tilted(spectral_families(9.7), 3)),
}


def classes(fixture, name, shape, candidates, **keys):
    """Generates a dataset with one scale, and yields each candidate with its textures."""
    recipe = {"shape": shape, "candidates": [candidates], "samples": SAMPLES * len(candidates), "seed": 4} | keys
    with h5py.File(fixture.make_recipe(f"covariances-{name}", recipe), "r") as file:
        stored, labels, textures = recipe_of(file), file["label"][:], texture_of(file)[:]
    assert shape_of(stored) == tuple(shape)
    for index in range(len(candidates)):
        yield candidates_of(stored, index)[0], textures[labels == index]


def peer(candidate, dimensions):
    """GSTools' model of a candidate, None if it has none; `rescale` converts to gpgen's conventions."""
    options = {"dim": dimensions, "len_scale": candidate["length_scale"]}
    if dimensions > 1:
        options["anis"] = [candidate[name] for name in closedforms.RATIOS if name in candidate]
        options["angles"] = np.deg2rad([candidate[name] for name in closedforms.ANGLES if name in candidate])
    match candidate["covariance"]:
        case "squared_exponential":
            return gstools.Gaussian(rescale=2**-0.5, **options)
        case "matern":
            return gstools.Matern(nu=candidate["nu"], rescale=2**0.5, **options)
        case "exponential":
            return gstools.Exponential(**options)
        case "gamma_exponential":
            return gstools.Stable(alpha=candidate["gamma"], **options)
        case "rational_quadratic":
            return gstools.Rational(alpha=candidate["alpha"], rescale=2**-0.5, **options)
        case "spherical":
            return gstools.Spherical(**options)


def check_gstools(fixture):
    """SciPy's closed forms match GSTools' models, isotropic and anisotropic, in one to three dimensions"""
    rng = np.random.default_rng(1)
    for dimensions, tilt in enumerate(TILTS, 1):
        lags = rng.normal(size=(1000, dimensions)) * 4
        for candidate in smooth_families(3):
            model = peer(candidate | tilt, dimensions)
            if model is None:
                continue
            found = closedforms.covariance(candidate | tilt, lags)
            error = np.abs(found - model.cor_spatial(lags.T[::-1])).max()
            assert error < 1e-11, f"{candidate | tilt} in {dimensions} dimensions: {error:.2g}"


def check_worked_numbers(fixture):
    """the example values that `gpgen covariances` prints match the closed forms"""
    found = 0
    for block in fixture.gpgen("covariances").split("\n\n"):
        for distance, value, text in re.findall(r"C\((\S+)\) = (\S+) for (.*)", block):
            candidate = {"covariance": block.split()[0]}
            candidate |= {name: float(number) for name, number in re.findall(r"(\w+) = ([-.\d]+)", text)}
            if table := re.search(r"the table ((?:[\d.]+,[\d.]+(?:; )?)+)", text):
                candidate["table"] = [[float(number) for number in row.split(",")] for row in table[1].split(";")]
            dimensions = int((re.search(r"(\d) dimensions", text) or [0, 1])[1])
            error = closedforms.correlation(candidate, [float(distance)], dimensions)[0] - float(value)
            assert abs(error) < 0.51e-4, f"{candidate}: off by {error:.2g}"
            found += 1
    families = len(json.loads(fixture.gpgen("covariances", "--json")))
    assert found == families, f"{found} of {families} families have a worked number"


def assert_modes(candidate, textures):
    """Checks that a periodic ensemble matches its own eigenvalues but not those of wrong parameters."""
    shape, count = textures.shape[1:], len(textures)
    power, expected = ensemble.mean_power(textures), closedforms.eigenvalues(candidate, textures.shape[1:])
    p = ensemble.power_p_values(power, expected, count).min()
    assert p > 1e-8, f"{candidate}: the power of a mode has p = {p:.2g}"
    wrong = {name: closedforms.eigenvalues(other, shape) for name, other in closedforms.perturbed(candidate)}
    for name, other in ({"weight": 1.05**2 * expected} | wrong).items():
        error = ensemble.power_z_score(power, expected, other, count)
        assert abs(error) < 5, f"{candidate}: {error:.2f} standard errors towards a larger {name}"
        assert abs(ensemble.power_z_score(power, other, expected, count)) > 5, f"{candidate}: {name} could be wrong"


# 16 classes of up to 1,080 modes, half of them independent, each tested at p = 1e-8, and about 100 scores within 5 standard
# errors: a false alarm for fewer than one of 5,000 seeds; the seed is fixed.


def check_periodic_series(fixture):
    """periodic series of every family have the power that their labels imply, mode by mode"""
    for candidate, textures in classes(fixture, "periodic-series", *PERIODIC["series"]):
        assert_modes(candidate, textures)


def check_periodic_images(fixture):
    """periodic images of every family, isotropic or not, have the power that their labels imply, mode by mode"""
    for candidate, textures in classes(fixture, "periodic-image", *PERIODIC["image"]):
        assert_modes(candidate, textures)


def check_periodic_volumes(fixture):
    """periodic volumes of every family, isotropic or not, have the power that their labels imply, mode by mode"""
    for candidate, textures in classes(fixture, "periodic-volume", *PERIODIC["volume"]):
        assert_modes(candidate, textures)


def assert_window(candidate, textures, matrix):
    """Checks that an open ensemble matches the covariance matrix `matrix(candidate)`, but not wrong ones."""
    shape, expected = textures.shape[1:], matrix(candidate)
    window = ensemble.Window(textures, expected)
    distances = (window.whitened**2).sum(1)
    degrees = len(expected)
    assert (p := stats.kstest(distances, stats.chi2(degrees).cdf).pvalue) > 1e-6, f"{candidate}: p = {p:.2g}"
    means = len(textures) * (window.whitened.mean(0) ** 2).sum()
    assert 1e-6 < stats.chi2(degrees).cdf(means) < 1 - 1e-6, f"{candidate}: the means are wrong"
    for lag in closedforms.grid([[0, 1, 3]] + [[-2, 0, 1]] * (len(shape) - 1)).reshape(-1, len(shape)):
        error = window.lag_z_score(lag)
        assert abs(error) < 5.5, f"{candidate}: {error:.2f} standard errors at the lag {lag}"
    wrong = {name: matrix(other) for name, other in closedforms.perturbed(candidate)}
    for name, other in ({"weight": 1.05**2 * expected} | wrong).items():
        error = window.z_score(other)
        assert abs(error) < 5, f"{candidate}: {error:.2f} standard errors towards a larger {name}"
        error = ensemble.Window(textures, other).z_score(expected)
        assert abs(error) > 5, f"{candidate}: {name} could be wrong, {error:.2f} standard errors"


def assert_windows(fixture, kind):
    shape, candidates = OPEN[kind]
    for candidate, textures in classes(fixture, f"open-{kind}", shape, candidates, boundary="open"):
        assert_window(candidate, textures, lambda candidate: closedforms.dense(candidate, shape))
    shape, candidates = CLAMPED[kind]
    keys = {"boundary": "open", "allow_clamping": 0.1}
    for candidate, textures in classes(fixture, f"clamped-{kind}", shape, candidates, **keys):
        torus = fixture.embedding(f"covariances-clamped-{kind}")

        def matrix(candidate):
            variances, negative = closedforms.embedded(candidate, torus)
            found = closedforms.window(np.fft.fftn(variances).real, shape)
            # Setting negative eigenvalues to zero changes a covariance by at most their sum.
            exact = closedforms.dense(candidate, shape)
            assert np.abs(found - exact).max() <= (negative + 1e-12) * exact[0, 0], candidate
            return found

        assert_window(candidate, textures, matrix)


# About 14 classes, each with three tests at p = 1e-6, up to 27 lags within 5.5 and 8 scores within 5 standard errors: a
# false alarm for fewer than one of 5,000 seeds; the seed is fixed.


def check_open_series(fixture):
    """open series of every family have the covariance of their labels, at each lag and in the matrix of all pixels"""
    assert_windows(fixture, "series")


def check_open_images(fixture):
    """open images of every family, isotropic and anisotropic, have the covariance of their labels"""
    assert_windows(fixture, "image")


def check_open_volumes(fixture):
    """open volumes of every family, isotropic and anisotropic, have the covariance of their labels"""
    assert_windows(fixture, "volume")


def check_dense_sampler(fixture):
    """the sample covariances of all pairs of pixels of open images match those of SciPy's multivariate normal"""
    # 12 classes of 37,128 pairs, within 7 standard errors of a sum of 1,000 products: a false alarm for fewer than one of
    # 1,000 seeds; the seeds are fixed.
    shape, candidates = OPEN["image"]
    for candidate, textures in classes(fixture, "open-image", shape, candidates, boundary="open"):
        matrix = closedforms.dense(candidate, shape)
        ours = textures.reshape(len(textures), -1).astype(np.float64)
        theirs = stats.multivariate_normal(cov=matrix).rvs(len(ours), random_state=5)
        variance = np.outer(matrix.diagonal(), matrix.diagonal()) + matrix**2
        difference = (ours.T @ ours - theirs.T @ theirs) / np.sqrt(2 * len(ours) * variance)
        assert np.abs(difference).max() < 7, f"{candidate}: {np.abs(difference).max():.2f} standard errors"


# A recipe with two scales, for the other keys of recipes.
SCALES = {
    "shape": [32, 24], "samples": 400, "seed": 6, "weights": [0.5, 1.2],
    "candidates": [
        [{"covariance": "matern", "length_scale": 1.5, "nu": 1.5}],
        [{"covariance": "spherical", "length_scale": 6, "ratio": 0.5, "angle": -20}],
    ],
}  # fmt: skip


def textures_of(fixture, name, **keys):
    with h5py.File(fixture.make_recipe(f"rest-{name}", SCALES | keys), "r") as file:
        return recipe_of(file), texture_of(file)[:].astype(np.float64)


def check_white_noise(fixture):
    """white noise is normal and independent in every pixel, has equal power in all modes, and follows standardization"""
    # 768 modes tested at p = 1e-8, and 6 tests at 1e-6: a false alarm for fewer than one of 10,000 seeds.
    recipe, noisy = textures_of(fixture, "noise", noise=0.3)
    power = ensemble.mean_power(noisy)
    assert ensemble.power_p_values(power, ensemble.expected_power(recipe, 0), len(noisy)).min() > 1e-8
    for name, keys in (("plain", {}), ("standardized", {"standardize": True}), ("open", {"boundary": "open"})):
        _, plain = textures_of(fixture, name, **keys)
        _, noisy = textures_of(fixture, f"noise-{name}", noise=0.3, **keys)
        white = (noisy - plain) / 0.3
        assert stats.kstest(white.ravel(), "norm").pvalue > 1e-6, name
        flat = np.full(white.shape[1:], 1 / white[0].size)
        assert ensemble.power_p_values(ensemble.mean_power(white), flat, len(white)).min() > 1e-8, name


def check_lognormal(fixture):
    """lognormal textures are the exponentials of Gaussian ones, with the mean and covariance of a lognormal field"""
    recipe, plain = textures_of(fixture, "noise", noise=0.3)
    _, lognormal = textures_of(fixture, "lognormal", noise=0.3, transform="lognormal")
    assert np.abs(lognormal / np.exp(plain) - 1).max() < 2**-22
    # exp(v / 2) and exp(v) (exp(C) - 1), where v and C are the variance and covariance of the Gaussian texture. Means over a
    # sample are nearly normal; three within 5.5 standard errors: a false alarm for fewer than one of 10,000 seeds.
    covariance = np.fft.fftn(ensemble.expected_power(recipe, 0)).real
    mean = np.exp(covariance[0, 0] / 2)
    for shift in ((0, 0), (0, 1), (2, 1)):
        products = (lognormal * np.roll(lognormal, shift, (1, 2))).mean((1, 2))
        error = (products.mean() - mean**2 * np.exp(covariance[shift])) / (products.std() / np.sqrt(len(products)))
        assert abs(error) < 5.5, f"{shift}: {error:.2f} standard errors"
    means = lognormal.mean((1, 2))
    assert abs(means.mean() - mean) < 5.5 * means.std() / np.sqrt(len(means))


def check_threshold(fixture):
    """threshold textures are 1 where Gaussian ones exceed the level, in the right fraction of pixels"""
    recipe, plain = textures_of(fixture, "noise", noise=0.3)
    standard_deviation = np.sqrt(ensemble.expected_power(recipe, 0).sum())
    for level in (-0.7, 0, 1.1):
        _, found = textures_of(fixture, f"threshold{level}", noise=0.3, transform={"threshold": level})
        assert np.array_equal(found, plain > np.float32(level)), level
        fractions = found.mean((1, 2))
        expected = stats.norm.sf(level / standard_deviation)
        error = (fractions.mean() - expected) / (fractions.std() / np.sqrt(len(fractions)))
        # Three within 5.5 standard errors: a false alarm for fewer than one of 10,000 seeds.
        assert abs(error) < 5.5, f"{level}: {error:.2f} standard errors"
