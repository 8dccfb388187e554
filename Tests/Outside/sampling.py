"""The numbers: `schemas/noise.md` made again in NumPy, and the statistics of many textures against closed forms."""

import hashlib
import re

import h5py
import numpy as np

import ensemble
import noise
from dataset import candidates_of, recipe_of, texture_of
from workshop import SCHEMAS


def table_rows(pattern):
    """Rows of noise.md's tables that match, as lists of their cells."""
    rows = [line.strip("|").split("|") for line in (SCHEMAS / "noise.md").read_text().splitlines()]
    rows = [[cell.strip() for cell in row] for row in rows]
    found = [row for row in rows if re.fullmatch(pattern, " | ".join(row))]
    assert found, pattern
    return found


def check_documented_words(workshop):
    """the Philox of noise.md gives its published answers"""
    words = r"([0-9a-f]{8} ?)"
    for counter, key, block in table_rows(rf"{words}{{4}} \| {words}{{2}} \| {words}{{4}}"):
        low, high = (int(word, 16) for word in key.split())
        found = noise.philox([int(word, 16) for word in counter.split()], high << 32 | low)
        assert [int(word) for word in found] == [int(word, 16) for word in block.split()], counter


def check_documented_normals(workshop):
    """the normals of noise.md are those of its tables and of its SHA-256, to the bit"""
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


def hold_pixels(path, samples, extents=None):
    """A dataset's pixels against those that noise.md makes; extents: of the torus that an open texture is cut from."""
    with h5py.File(path, "r") as file:
        recipe = recipe_of(file)
        for sample in samples:
            made, stored = noise.texture(recipe, sample, extents), texture_of(file)[sample].astype(np.float64)
            if recipe.get("transform") == "lognormal":
                made, stored = np.log(made), np.log(stored)
            error = np.abs(made - stored).max() / stored.std()
            limit = 2e-3 if recipe["dtype"] == "float16" else 1e-5
            what = f"{path.parent.name}: sample {sample}, {candidates_of(recipe, sample)}"
            assert error < limit, f"{what}: differs by {error:.2g} of its deviation"


def check_documented_pixels(workshop):
    """pixels made by noise.md are gpgen's to 1e-5 of the deviation: even and odd sides, standardized and not"""
    for name in ("shard", "half", "odd", "odd-plain", "default", "modes", "standardized"):
        hold_pixels(workshop.dataset(name), range(4))


def value_in_range(seed, sample, scale, choice, index, form, ends):
    """Of a parameter that a recipe gives a range: noise.md, section 4."""
    words = noise.philox([index, choice, 7 << 24 | scale, sample], seed)
    u = ((int(words[0]) << 32 | int(words[1])) // 2**11 + 0.5) * 2.0**-53
    a, b = ends
    return np.float32(a + (b - a) * u if form == "uniform" else a * (b / a) ** u)


def check_ranges(workshop):
    """parameters drawn for every sample are the documented numbers, are stored, and are the fields'"""
    number = r"[\d.]+"
    for *place, a, b, uniform, log_uniform in table_rows(rf"(\d+ \| ){{5}}{number} \| {number} \| {number} \| {number}"):
        for form, expected in (("uniform", uniform), ("log_uniform", log_uniform)):
            found = value_in_range(*map(int, place), form, (float(a), float(b)))
            assert found == np.float32(expected), place
    ranges = [[("uniform", [2, 6]), ("log_uniform", [1, 8])], [("log_uniform", [8, 12])]]
    candidates = ", ".join(
        "[" + ", ".join(f"{{covariance: squared_exponential, length_scale: {{{form}: {ends}}}}}" for form, ends in scale) + "]"
        for scale in ranges
    )
    (workshop.folder / "ranges.yaml").write_text(f"candidates: [{candidates}]\nside: 48\nseed: 5\nsamples: 7\n")
    with h5py.File(workshop.make("ranges", "--recipe ranges.yaml --shards 1"), "r") as file:
        assert len(file.attrs["class_name"]) == 2
        for sample in range(7):
            drawn = [
                value_in_range(5, sample, scale, choice, 0, *ranges[scale][choice])
                for scale, choice in ((0, sample % 2), (1, 0))
            ]
            assert list(file["length_scale"][sample]) == drawn, sample
            made = noise.texture(48, [float(value) for value in drawn], [1, 1], False, 5, sample)
            stored = file["image"][sample].astype(np.float64)
            error = np.abs(made - stored).max() / stored.std()
            assert error < 1e-5, f"sample {sample} differs by {error:.2g} of its deviation"


def check_rounding(workshop):
    """float16 pixels are the float32 ones rounded to nearest, ties to even"""
    with h5py.File(workshop.dataset("shard"), "r") as whole, h5py.File(workshop.dataset("half"), "r") as half:
        assert np.array_equal(half["image"][:], whole["image"][:].astype(np.float16))


def check_standardized_fields(workshop):
    """a standardized field has mean 0 and deviation 1"""
    path = workshop.make("one-scale", "--size 45 --length-scales 0.6,2,9,80 --standardize --samples 8")
    image = h5py.File(path, "r")["image"][:].astype(np.float64)
    assert np.abs(image.mean((1, 2))).max() < 1e-6 and np.abs(image.std((1, 2)) - 1).max() < 1e-6


def check_every_mode(workshop):
    """every mode has its power, the self-conjugate lines and the four real modes too"""
    # 256 modes with a chance of 4e-8 each: a false alarm in fewer than one of 10,000 seeds; the seed is fixed.
    with h5py.File(workshop.dataset("modes"), "r") as file:
        images, expected = file["image"][:], ensemble.expected_power(recipe_of(file), 0)
    chance = ensemble.power_chance(ensemble.mean_power(images), expected, len(images)).min()
    assert chance > 4e-8, f"a chance of {chance:.2g}"


def check_covariance(workshop):
    """each class has the covariance of its own labels, along both axes and the diagonal, and of no other class"""
    # 4 classes of 18 lags, C(lag) and C(0) - C(lag), within 5.5 standard errors: a false alarm in fewer than one of
    # 10,000 seeds; the seed is fixed. The variance is C(lag) and C(0) - C(lag) together.
    lags = [(d * y, d * x) for d in (1, 2, 4, 8, 16, 32) for y, x in ((0, 1), (1, 0), (1, 1))]
    with h5py.File(workshop.dataset("ensemble"), "r") as file:
        recipe, labels, images = recipe_of(file), file["label"][:], file["image"][:]
    expected = [ensemble.expected_power(recipe, index) for index in range(4)]
    for index in range(4):
        mine = images[labels == index]
        power = ensemble.mean_power(mine)
        for other in range(4):
            worst = np.abs(ensemble.covariance_deviation(power, expected[other], len(mine), lags)).max()
            assert (worst < 5.5) == (other == index), f"class {index} as {other}: {worst:.2f} standard errors"
