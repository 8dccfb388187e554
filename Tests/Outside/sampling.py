"""The pixels: `schemas/noise.md` reimplemented in NumPy, and the statistics of many textures against closed forms."""

import hashlib
import re

import h5py
import numpy as np

import ensemble
import noise
from dataset import candidates_of, parameter_of, recipe_of, texture_of
from fixture import SCHEMAS


def table_rows(pattern):
    """The matching rows of the tables in noise.md, as lists of cells."""
    rows = [line.strip("|").split("|") for line in (SCHEMAS / "noise.md").read_text().splitlines()]
    rows = [[cell.strip() for cell in row] for row in rows]
    found = [row for row in rows if re.fullmatch(pattern, " | ".join(row))]
    assert found, pattern
    return found


def check_documented_words(fixture):
    """Philox as in noise.md gives its published test vectors"""
    words = r"([0-9a-f]{8} ?)"
    for counter, key, block in table_rows(rf"{words}{{4}} \| {words}{{2}} \| {words}{{4}}"):
        low, high = (int(word, 16) for word in key.split())
        found = noise.philox([int(word, 16) for word in counter.split()], high << 32 | low)
        assert [int(word) for word in found] == [int(word, 16) for word in block.split()], counter


def check_documented_normals(fixture):
    """normals as in noise.md have the exact bits of its tables and its SHA-256"""
    number = r"-?0x[01](\.[0-9a-f]+)?p[-+]\d+"
    for *words, a, b in table_rows(rf"(0x[0-9a-f]{{8}} \| ){{3}}{number} \| {number}"):
        found = noise.normals_of_words(*(int(word, 16) for word in words))
        assert [float(value[0]) for value in found] == [float.fromhex(a), float.fromhex(b)], words
    for *mode, a, b in table_rows(rf"(-?\d+ \| ){{5}}{number} \| {number}"):
        found = noise.normals(*map(int, mode))
        assert [float(value) for value in found] == [float.fromhex(a), float.fromhex(b)], mode
    columns = [noise.normals(2018, 3, 0, np.arange(-500, 500), kx) for kx in range(50)]
    values = np.stack(columns).transpose(0, 2, 1) + np.float32(0)
    digest = hashlib.sha256(np.ascontiguousarray(values, "<f4").tobytes()).hexdigest()
    assert digest in (SCHEMAS / "noise.md").read_text(), digest


def assert_pixels(path, samples, extents=None):
    """Checks a dataset's pixels against noise.md; extents: of the torus that an open texture is cut from."""
    with h5py.File(path, "r") as file:
        recipe = recipe_of(file)
        for sample in samples:
            made, stored = noise.texture(recipe, sample, extents), texture_of(file)[sample].astype(np.float64)
            if recipe.get("transform") == "lognormal":
                made, stored = np.log(made), np.log(stored)
            error = np.abs(made - stored).max() / stored.std()
            limit = 2e-3 if recipe["dtype"] == "float16" else 1e-5
            what = f"{path.parent.name}: sample {sample}, {candidates_of(recipe, sample)}"
            assert error < limit, f"{what}: differs by {error:.2g} standard deviations"


def check_documented_pixels(fixture):
    """pixels match noise.md to 1e-5 standard deviations: even and odd sides, standardized and not"""
    for name in ("shard", "half", "odd", "odd-plain", "default", "modes", "standardized"):
        assert_pixels(fixture.dataset(name), range(4))


def check_documented_ranges(fixture):
    """parameters with ranges are drawn as in noise.md, stored in the file, and used for the pixels"""
    for row in table_rows(r"(\d+ \| ){5}[\d.]+ \| [\d.]+ \| [\d.]+ \| [\d.]+"):
        where, bounds = [int(cell) for cell in row[:5]], [float(cell) for cell in row[5:7]]
        for how, expected in zip(("uniform", "log_uniform"), row[7:]):
            assert noise.drawn(*where, how, bounds) == np.float32(expected), (row, how)
    ranges = {
        "length_scale": {"log_uniform": [1, 2]}, "nu": {"uniform": [0.5, 2.5]},
        "ratio": {"uniform": [0.4, 0.9]}, "angle": {"uniform": [0, 180]},
    }  # fmt: skip
    plain = {"covariance": "squared_exponential", "length_scale": {"uniform": [1, 3]}}
    candidates = [[{"covariance": "matern"} | ranges, plain], [plain]]
    for boundary in ("periodic", "open"):
        recipe = {"shape": [20, 27], "samples": 8, "seed": 9, "boundary": boundary, "candidates": candidates}
        path = fixture.make_recipe(f"ranges-{boundary}", recipe)
        with h5py.File(path, "r") as file:
            for name in ranges:
                drawn = [[parameter_of(c, name) for c in noise.parameters(recipe_of(file), i)] for i in range(8)]
                assert np.array_equal(file[name][:], np.float32(drawn), equal_nan=True), f"{boundary}: {name}"
        assert_pixels(path, range(8), fixture.embedding(f"ranges-{boundary}") if boundary == "open" else None)


def check_rounding(fixture):
    """float16 pixels are the float32 ones rounded to nearest, ties to even"""
    with h5py.File(fixture.dataset("shard"), "r") as whole, h5py.File(fixture.dataset("half"), "r") as half:
        assert np.array_equal(half["image"][:], whole["image"][:].astype(np.float16))


def check_standardized_fields(fixture):
    """a standardized field has mean 0 and standard deviation 1"""
    path = fixture.make("one-scale", "--size 45 --length-scales 0.6,2,9,80 --standardize --samples 8")
    image = h5py.File(path, "r")["image"][:].astype(np.float64)
    assert np.abs(image.mean((1, 2))).max() < 1e-6 and np.abs(image.std((1, 2)) - 1).max() < 1e-6


def check_every_mode(fixture):
    """every mode has the right power, including the self-conjugate lines and the four real modes"""
    # 256 modes tested at p = 4e-8: a false alarm for fewer than one of 10,000 seeds; the seed is fixed.
    with h5py.File(fixture.dataset("modes"), "r") as file:
        images, expected = file["image"][:], ensemble.expected_power(recipe_of(file), 0)
    p = ensemble.power_p_values(ensemble.mean_power(images), expected, len(images)).min()
    assert p > 4e-8, f"p = {p:.2g}"


def check_covariance(fixture):
    """each class has the covariance of its own labels and no other's, along both axes and the diagonal"""
    # 4 classes of 18 lags, C(lag) and C(0) - C(lag), within 5.5 standard errors: a false alarm for fewer than one of
    # 10,000 seeds; the seed is fixed. The variance is the sum of C(lag) and C(0) - C(lag).
    lags = [(d * y, d * x) for d in (1, 2, 4, 8, 16, 32) for y, x in ((0, 1), (1, 0), (1, 1))]
    with h5py.File(fixture.dataset("ensemble"), "r") as file:
        recipe, labels, images = recipe_of(file), file["label"][:], file["image"][:]
    expected = [ensemble.expected_power(recipe, index) for index in range(4)]
    for index in range(4):
        mine = images[labels == index]
        power = ensemble.mean_power(mine)
        for other in range(4):
            worst = np.abs(ensemble.covariance_z_scores(power, expected[other], len(mine), lags)).max()
            assert (worst < 5.5) == (other == index), f"class {index} as {other}: {worst:.2f} standard errors"
