"""The two recipes of docs/covariances.md, measured; covariances.py draws the picture.

    /usr/bin/python3 docs/figures/recipes.py
"""

import argparse
import math

import numpy as np
from matplotlib import pyplot

from modes import binned, exact_variances, mean_power, slope, wave_numbers
from program import Program, add_options
from style import COLOURS, decorate

# (-Laplace + tau^2)^-alpha on the unit square, times sigma^2 = tau^(2 alpha - 2).
ALPHA, TAU, SIDE = 2.5, 7, 64
VORTICITY = """\
side: 64
samples: 1000
weights: [0.23032943]
candidates:
  - - {covariance: matern, nu: 1.5, length_scale: 15.835892}
"""

# Shape, samples, and beta: the exponent of the spectral density for which the sum over a shell is k^-5/3.
TURBULENCE = [("65536", 16, 1.6666667), ("1024,1024", 16, 2.6666667), ("128,128,128", 4, 3.6666667)]
INNER = 4


def operator_spectrum(m, sigma):
    """The variance of a mode with |m| periods per side."""
    return sigma**2 * (4 * np.pi**2 * m**2 + TAU**2) ** -ALPHA


def vorticity(program):
    """The modes of the vorticity: periods per side, and variances: measured, from the formula, and with aliases."""
    m = SIDE * wave_numbers((SIDE, SIDE)) / (2 * np.pi)
    k = SIDE * np.fft.fftfreq(SIDE)
    sigma = TAU ** (ALPHA - 1)
    aliases = SIDE * np.arange(-40, 41)
    summed = sum(operator_spectrum(np.hypot(k[:, None] + a, k + b), sigma) for a in aliases for b in aliases)
    return m, exact_variances(program, VORTICITY, SIDE), operator_spectrum(m, sigma), summed


def turbulence(program, shape, samples, beta, weight=1, *options):
    """Textures whose spectral density is a power law."""
    return program.textures(
        "--shape", shape, "--samples", samples, "--weights", weight, *options,
        "--covariance", f"power_law:beta={beta},outer_scale={outer_scale(shape)},inner_scale={INNER}")


def outer_scale(shape):
    return min(4096, int(shape.split(",")[0]))


def shells(shape, textures):
    """Shells of the spectral density within the band: k, S(k), and the number of modes."""
    low, high = 2 * np.pi / outer_scale(shape) * 0.999, 2 * np.pi / INNER * 0.98
    extents = textures[0].shape
    k, power, count = binned(wave_numbers(extents), mean_power(textures), low, high, 30)
    return k, power * math.prod(extents), count


def print_vorticity(program):
    m, measured, formula, summed = vorticity(program)
    known = m > 0
    print(f"neural operator, {SIDE} x {SIDE}")
    print(f"  length scale {math.sqrt(2 * (ALPHA - 1)) / TAU * SIDE:.6f}, "
          f"weight {math.sqrt(math.gamma(ALPHA - 1) / (math.gamma(ALPHA) * 4 * math.pi)):.8f}")
    print(f"  variances of the modes except 0, against the formula with aliases: "
          f"sum of differences over the sum {np.abs(measured - summed)[known].sum() / summed[known].sum():.1e}, "
          f"maximum relative difference {np.abs(measured / summed - 1)[known].max():.1e}")
    for low, high in ((1, 8), (8, 16), (16, 24), (24, 32)):
        ring = (m >= low) & (m <= high)
        print(f"  relative to the formula without aliases, {low} to {high} periods per side: "
              f"{(measured / formula)[ring].min():.4f} to {(measured / formula)[ring].max():.4f}")
    print(f"  variance from the formula: modes except 0 {formula[known].sum():.6f}, mode 0 {formula[0, 0]:.6f}, "
          f"aliases {(summed - formula).sum():.6f}, total {summed.sum():.6f}")
    images = program.textures("--samples", 4096, recipe=VORTICITY).astype(float)
    means = images.mean(axis=(1, 2))
    rest = (images - means[:, None, None]).var(axis=(1, 2))
    print(f"  of 4096 textures: variance of the mean {np.mean(means**2):.4f}, of the rest {rest.mean():.4f} "
          f"(standard errors {np.std(means**2) / 64:.4f}, {rest.std() / 64:.4f})")
    for name, sigma in (("7^(3/2) (paper)", TAU**0.75), ("7^3 (torch.fft)", TAU**1.5),
                        ("2 * 7^3 (torch.ifft)", math.sqrt(2) * TAU**1.5)):
        weight = sigma * math.sqrt(math.gamma(1.5) / (math.gamma(ALPHA) * 4 * math.pi)) / TAU**1.5
        standard_deviation = math.sqrt(operator_spectrum(m, sigma)[known].sum())
        print(f"  covariance times {name}: sigma {sigma:.4f}, weight {weight:.5f}, "
              f"standard deviation without mode 0 {standard_deviation:.4f}")


def print_turbulence(program):
    print("power laws: fitted exponents of the spectral density, and of its sums over shells")
    for shape, samples, beta in TURBULENCE:
        textures = turbulence(program, shape, samples, beta)
        exponent, error = slope(*shells(shape, textures))
        print(f"  {shape}, beta {beta}: {exponent:.4f} +- {error:.4f}, shells {exponent + textures.ndim - 2:.4f}")
    shape, samples, beta = TURBULENCE[-1]
    for weight in (0.5, 1, 1.5):
        densities = turbulence(program, shape, samples, beta, weight, "--transform", "lognormal")
        logarithm, density = (slope(*shells(shape, fields))[0] for fields in (np.log(densities), densities))
        print(f"  {shape}, lognormal, weight {weight}: log density {logarithm:.3f}, density {density:.3f}; "
              f"mean {densities.mean(dtype=float):.4f}, exp(weight^2 / 2) {math.exp(weight**2 / 2):.4f}")


def recipes(program):
    """Spectra of both recipes, with their formulas."""
    figure, (operators, powers) = pyplot.subplots(1, 2, figsize=(8, 4.4), dpi=150)
    m, measured, formula, _ = vorticity(program)
    periods = np.geomspace(1, SIDE / 2, 100)
    operators.loglog(m[m > 0], measured[m > 0], ".", color=COLOURS[2], markersize=4, label="modes of a texture")
    operators.loglog(periods, operator_spectrum(periods, TAU**1.5), color=COLOURS[0], linewidth=1.2,
                     label="$7^3(4\\pi^2m^2+49)^{-2.5}$")
    decorate(operators, "vorticity, variance of a mode", "m, periods per side")
    operators.legend(frameon=False, fontsize=10)
    for index, (shape, samples, beta) in enumerate(TURBULENCE):
        textures = turbulence(program, shape, samples, beta)
        k, density, count = shells(shape, textures)
        steps = textures.ndim - 2
        # The sum over a shell, up to a factor; each dimension is drawn a decade below the previous one.
        power = density * k**steps
        line = 10.0**-index * k ** (-5 / 3)
        exponent, _ = slope(k, density, count)
        powers.loglog(
            k, power * line[-1] / power[-1], "osD"[index], color=COLOURS[index + 1], markersize=4,
            label=f"{steps + 1}-D, fitted {exponent + steps:.3f}")
        powers.loglog(k, line, color=COLOURS[0], linewidth=1.2, label="" if index < 2 else "$k^{-5/3}$")
    decorate(powers, "power laws, sum of a shell", "k, radians per pixel")
    powers.legend(frameon=False, fontsize=10, loc="lower left")
    figure.tight_layout()
    return figure


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    program = Program(parser.parse_args().gpgen)
    print_vorticity(program)
    print_turbulence(program)


if __name__ == "__main__":
    main()
