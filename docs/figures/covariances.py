"""The pictures of docs/covariances.md, from textures that `gpgen` makes.

    sudo apt-get install -y python3-h5py python3-matplotlib python3-scipy
    /usr/bin/python3 docs/figures/covariances.py                      # all, into docs/figures/
    /usr/bin/python3 docs/figures/covariances.py families anisotropy  # some

It takes about a minute. The measured pictures use fixed seeds, so they come out the same each time.
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib import patches, patheffects, pyplot

from closed_forms import FAMILIES, Covariance
from modes import binned, mean_power, wave_numbers
from program import Program, add_options
from recipes import recipes
from style import COLOURS, MARKERS, Sheet, decorate, save

SIDE = 256


def families(program):
    """All families, drawn with the same normals at the same wave numbers."""
    sheet = Sheet(columns=4, rows=2, side=SIDE)
    names = {"length_scale": "l", "outer_scale": "outer", "inner_scale": "inner"}
    for index, covariance in enumerate(FAMILIES):
        image = program.textures("--samples", 1, recipe=covariance.recipe(SIDE))[0]
        detail = ", ".join(
            f"{names.get(name, name)} {value:.3g}" for name, value in covariance.parameters.items()
            if name not in ("normalize", "inner_scale"))
        sheet.texture(index, image, covariance.family, detail or "peak at waves of 16 px")
    return sheet.figure


def spectra(program):
    """Covariance and spectral density of ensembles, over the closed forms."""
    figure, (covariances, densities) = pyplot.subplots(1, 2, figsize=(8, 5), dpi=150)
    lags = np.arange(0, 97, 6)
    wave_number = wave_numbers((SIDE, SIDE))
    for covariance, colour, marker in zip(FAMILIES, COLOURS, MARKERS):
        expected = covariance.eigenvalues(SIDE)
        power = mean_power(program.textures("--samples", 256, recipe=covariance.recipe(SIDE)))
        line, measured = (np.fft.ifft2(variances).real * SIDE**2 for variances in (expected, power))
        covariances.plot(line[0, :97], color=colour, linewidth=1.2)
        covariances.plot(lags, (measured[0, lags] + measured[lags, 0]) / 2, marker, color=colour, markersize=5)
        for variances, shape, label in ((expected, "-", None), (power, marker, covariance.family)):
            k, means, _ = binned(wave_number, variances, 2 * np.pi / SIDE * 0.99, np.pi, 27)
            densities.loglog(k, SIDE**2 * means, shape, color=colour, linewidth=1.2, markersize=5, label=label)
    densities.set_ylim(2e-3, 2e4)
    decorate(covariances, "C(r)", "r, pixels")
    decorate(densities, "S(k)", "k, radians per pixel")
    figure.legend(loc="lower center", ncols=4, frameon=False, fontsize=10, columnspacing=1, handletextpad=0.2)
    figure.tight_layout(rect=(0, 0.11, 1, 1))
    return figure


def anisotropy(program):
    """Ratio and angle, with the ellipse at which the correlation is exp(-2)."""
    length_scale = 32
    sheet = Sheet(columns=4, rows=1, side=SIDE)
    outline = [patheffects.withStroke(linewidth=3, foreground="black")]
    for index, (ratio, angle) in enumerate([(1, 0), (0.25, 0), (0.25, 30), (0.25, 120)]):
        parameters = {"length_scale": length_scale, "ratio": ratio, "angle": angle}
        covariance = Covariance("squared_exponential", parameters)
        image = program.textures("--samples", 1, recipe=covariance.recipe(SIDE))[0]
        axes = sheet.texture(index, image, f"ratio {ratio}", "" if ratio == 1 else f"angle {angle}")
        centre, reach = SIDE / 2, 2 * length_scale
        axes.add_patch(patches.Ellipse(
            (centre, centre), 2 * reach, 2 * ratio * reach, angle=angle, fill=False, color="white", linewidth=1.4,
            path_effects=outline))
        if ratio == 1:
            for x, y, name in ((56, 0, "x"), (0, 56, "y")):
                axes.annotate(
                    "", (16 + x, 16 + y), (16, 16),
                    arrowprops={"arrowstyle": "-|>", "color": "white", "linewidth": 1.4, "path_effects": outline})
                axes.text(
                    16 + x * 1.25, 16 + y * 1.25, name, color="white", ha="center", va="center", fontsize=12,
                    path_effects=outline)
            continue
        cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
        for x, y, shape in ((1, 0, ":"), (cosine, sine, "-")):
            axes.plot([centre, centre + 100 * x], [centre, centre + 100 * y], shape, color="white", linewidth=1.4,
                      path_effects=outline)
        if angle:
            # Angles of an arc turn as those of the texture do, since y points downwards.
            axes.add_patch(patches.Arc(
                (centre, centre), 140, 140, theta1=0, theta2=angle, color="white", linewidth=1.4,
                path_effects=outline))
    return sheet.figure


def boundaries(program):
    """A periodic and an open texture, each laid beside itself: only the periodic one joins."""
    side = 192
    sheet = Sheet(columns=2, rows=1, side=2 * side, gap=40)
    for index, boundary in enumerate(("periodic", "open")):
        image = program.textures(
            "--samples", 1, "--size", side, "--length-scales", 20, "--weights", 1, "--boundary", boundary)[0]
        axes = sheet.texture(index, np.tile(image, (2, 2)), boundary, "one texture, four times")
        # Outside the picture, where the copies meet.
        for start, end in ((-10, -2), (2 * side + 1, 2 * side + 9)):
            for x, y in (((side, side), (start, end)), ((start, end), (side, side))):
                axes.plot(x, y, color="black", linewidth=1.5, clip_on=False, scalex=False, scaley=False)
    return sheet.figure


def finishing(program):
    """One field as it is, with noise, and after each transform."""
    sheet = Sheet(columns=4, rows=1, side=SIDE)
    field = ["--samples", 1, "--size", SIDE, "--covariance", "matern:nu=1.5", "--length-scales", 16, "--weights", 1]
    panels = [
        ("as drawn", "", [], 0, 3),
        ("noise 0.5", "white, in every pixel", ["--noise", 0.5], 0, 3),
        ("lognormal", "exp T", ["--transform", "lognormal"], 3, 3),
        ("threshold 0.5", "1 where T > 0.5, else 0", ["--transform", "threshold:0.5"], 0.5, 0.6),
    ]
    for index, (title, detail, options, centre, spread) in enumerate(panels):
        image = program.textures(*field, *options)[0]
        sheet.texture(index, image, title, detail, spread, centre)
    return sheet.figure


def shapes(program):
    """A series, and the central slices of a volume."""
    sheet = Sheet(columns=4, rows=1, side=SIDE)
    points, side = 1024, 128
    common = ["--samples", 1, "--covariance", "matern:nu=1.5", "--weights", 1]
    line = program.textures(*common, "--shape", points, "--length-scales", 24)[0]
    bottom = sheet.below / sheet.height
    axes = sheet.figure.add_axes((52 / sheet.width, bottom, (SIDE - 42) / sheet.width, SIDE / sheet.height))
    axes.plot(line, color=COLOURS[2], linewidth=1)
    axes.set_xlim(0, points)
    axes.set_ylim(-3, 3)
    axes.set_xticks([])
    axes.set_yticks([-2, 0, 2])
    axes.tick_params(labelsize=10)
    sheet.label(0, f"--shape {points}", "a series")
    volume = program.textures(*common, "--shape", f"{side},{side},{side}", "--length-scales", 12)[0]
    middle = side // 2
    slices = (("z", volume[middle]), ("y", volume[:, middle]), ("x", volume[:, :, middle]))
    for index, (axis, image) in enumerate(slices, 1):
        title = f"--shape {side},{side},{side}" if index == 1 else ""
        sheet.texture(index, image, title, f"a volume at {axis} = {middle}")
    return sheet.figure


PICTURES = {
    "families": families, "spectra": spectra, "anisotropy": anisotropy, "boundaries": boundaries,
    "finishing": finishing, "shapes": shapes, "recipes": recipes,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="*", metavar="picture", help=f"which (default: {', '.join(PICTURES)})")
    parser.add_argument("--out", default=Path(__file__).parent, type=Path, help="folder of the pictures")
    add_options(parser)
    options = parser.parse_args()
    if unknown := set(options.pictures) - set(PICTURES):
        parser.error(f"{', '.join(sorted(unknown))}: expected {', '.join(PICTURES)}")
    program = Program(options.gpgen)
    for name in options.pictures or PICTURES:
        save(PICTURES[name](program), options.out / f"{name}.png")


if __name__ == "__main__":
    main()
