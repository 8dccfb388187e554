"""The numbers about boundaries and exactness in docs/covariances.md.

    /usr/bin/python3 docs/figures/exactness.py
"""

import argparse
import re

import numpy as np

from closed_forms import FAMILIES, Covariance, family
from modes import exact_variances
from program import Program, add_options

SIDE = 256


def print_modes(program):
    print(f"modes of a periodic {SIDE} x {SIDE} texture against the closed forms: sum of differences over the sum")
    for covariance in FAMILIES:
        recipe = covariance.recipe(SIDE)
        expected = covariance.eigenvalues(SIDE)
        difference = np.abs(exact_variances(program, recipe, SIDE) - expected)
        print(f"  {covariance.family}: {np.nansum(difference) / expected.sum():.1e}")


def print_periodic_variance(program):
    print("variance of a periodic image by length scale over side")
    rows = [
        ("squared_exponential", {}), ("matern", {"nu": 1.5}), ("exponential", {}), ("spherical", {}),
        ("rational_quadratic", {"alpha": 1.5}),
    ]
    fractions = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2)
    print("  " + "".join(f"{f'1/{1 / part:.0f}':>10}" for part in fractions))
    for family, parameters in rows:
        variances = []
        for part in fractions:
            covariance = Covariance(family, {"length_scale": part * SIDE, **parameters})
            forecast = program.forecast(recipe=covariance.recipe(SIDE))
            variances.append(re.search(r"variance (\S+) at every pixel", forecast)[1])
        print("  " + "".join(f"{variance:>10}" for variance in variances) + f"  {family}")


def print_embeddings(program):
    print(f"embeddings of open {SIDE} x {SIDE} textures")
    rows = [
        ("squared_exponential", {"length_scale": 16}), ("squared_exponential", {"length_scale": 64}),
        ("matern", {"nu": 1.5, "length_scale": 16}), ("matern", {"nu": 1.5, "length_scale": 64}),
        ("exponential", {"length_scale": 64}), ("gamma_exponential", {"gamma": 0.7, "length_scale": 64}),
        ("spherical", {"length_scale": 64}), ("rational_quadratic", {"alpha": 2.5, "length_scale": 16}),
        ("power_law", {"beta": 2.6667, "outer_scale": 256, "inner_scale": 4}),
    ]
    allowed = {"rational_quadratic": (0, 1e-6), "power_law": (0.05,)}
    for family, parameters in rows:
        covariance = Covariance(family, parameters)
        for clamping in allowed.get(family, (0,)):
            options = ["--boundary", "open", "--allow-clamping", clamping]
            forecast = program.forecast(*options, recipe=covariance.recipe(SIDE))
            print(f"  {covariance.text}, clamping {clamping}: {re.search('embedding (.*)', forecast)[1]}")


def print_band_limits(program):
    print(f"modes kept for {SIDE} x {SIDE}")
    for covariance in FAMILIES:
        forecast = program.forecast(recipe=covariance.recipe(SIDE))
        print(f"  {covariance.family}: {re.search(r'scale 0, .*: (.*)', forecast)[1]}")


def print_precision(program):
    print("precision of the pixels, Matern with nu = 1.5, l = 16")
    recipe = family("matern").recipe(SIDE)
    single, half = (
        program.textures("--samples", 4, "--dtype", dtype, recipe=recipe).astype(float)
        for dtype in ("float32", "float16"))
    difference = np.sqrt(np.mean((half - single) ** 2)) / single.std()
    print(f"  float16: root mean square difference from float32 {difference:.1e} standard deviations")
    for covariance in (family("squared_exponential"), family("matern")):
        coarse = program.textures("--samples", 1, recipe=covariance.recipe(SIDE))[0]
        doubled = Covariance(covariance.family, {**covariance.parameters, "length_scale": 32})
        fine = program.textures("--samples", 1, recipe=doubled.recipe(2 * SIDE))[0]
        print(f"  {covariance.family} at twice the resolution: maximum difference "
              f"{np.abs(fine[::2, ::2] - coarse).max():.1e}")


def print_boundaries(program):
    side, samples = 128, 1024
    field = ["--size", side, "--samples", samples, "--covariance", "exponential", "--length-scales", 16, "--weights", 1]
    print("correlation of opposite edges, exponential, l = 16, 128 x 128")
    for boundary in ("periodic", "open"):
        images = program.textures(*field, "--boundary", boundary).astype(float)
        print(f"  {boundary}: {np.mean(images[:, :, 0] * images[:, :, -1]):.4f}, "
              f"neighbours {np.mean(images[:, :, 0] * images[:, :, 1]):.4f}")
    print(f"  closed form: C(1) = {np.exp(-1 / 16):.4f}, C(127) = {np.exp(-127 / 16):.4f}")


def print_standardization(program):
    side, samples = 128, 4096
    print("standardized or not: squared exponential, l = 16, 128 x 128")
    field = ["--size", side, "--samples", samples, "--length-scales", 16, "--weights", 1]
    closed = np.exp(-np.array([16, 32, 64]) ** 2 / 512)
    print(f"  closed form: C(16), C(32), C(64) = {', '.join(f'{value:.4f}' for value in closed)}")
    for options in ([], ["--standardize"], ["--standardize", "--noise", 0.5]):
        images = program.textures(*field, *options).astype(float)
        lags = [np.mean(images * np.roll(images, lag, axis=2)) for lag in (16, 32, 64)]
        standard_deviations = images.std(axis=(1, 2))
        print(f"  {' '.join(map(str, options)) or 'not standardized'}: {', '.join(f'{value:.4f}' for value in lags)}; "
              f"standard deviation of a texture {standard_deviations.mean():.4f} +- {standard_deviations.std():.4f}")


def print_power_law(program):
    images = program.textures("--samples", 1024, recipe=family("power_law").recipe(SIDE)).astype(float)
    print(f"power_law: maximum mean of a texture {np.abs(images.mean(axis=(1, 2))).max():.1e}, "
          f"variance {np.mean(images**2):.4f}")


def print_finishing(program):
    field = ["--size", SIDE, "--samples", 1024, "--length-scales", 4, "--weights", 1]
    lognormal = program.textures(*field, "--transform", "lognormal").mean(dtype=float)
    threshold = program.textures(*field, "--transform", "threshold:0.5").mean(dtype=float)
    print(f"lognormal: mean {lognormal:.4f}, exp(1/2) = 1.6487")
    print(f"threshold 0.5: fraction {threshold:.4f}, Phi(-0.5) = 0.3085")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    program = Program(parser.parse_args().gpgen)
    parts = (
        print_modes, print_periodic_variance, print_embeddings, print_band_limits, print_precision, print_boundaries,
        print_standardization, print_power_law, print_finishing,
    )
    for part in parts:
        part(program)


if __name__ == "__main__":
    main()
