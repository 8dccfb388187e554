#!/usr/bin/env python3
"""False alarms and detection power of `gpgen certify`: `Benchmarks/certificates.py path/to/gpgen rate|faults`.

rate: generates 1,000 small datasets of each of several kinds, with different seeds, and certifies them; 1% should fail.
      Prints how many fail, the Kolmogorov-Smirnov p-value of the certificates' p-values against a uniform distribution, and
      the median p-value and failures of each kind of test.
faults: generates 100 textures of 256 x 256 pixels with NumPy for each of several faults, and prints what certify finds.
"""

import argparse
import json
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from scipy import stats

LEVEL = 0.01
SMALL = "--length-scales 1.5,2 --length-scales 4,6 --weights 0.75,1.25 --samples 40"
KINDS = {
    "periodic": f"--size 32 {SMALL}",
    "open": f"--size 24 {SMALL} --boundary open",
    "periodic, noise": f"--size 24 {SMALL} --noise 0.3",
    "open, noise": f"--size 16 {SMALL} --boundary open --noise 0.3",
    "one class, float16": "--size 64 --length-scales 3 --noise 0.1 --samples 12 --dtype float16",
    "series": "--shape 512 --length-scales 2,3 --samples 60",
    "volume, log-normal": "--shape 12,12,16 --length-scales 1,1.5 --samples 20 --transform lognormal",
    "ranges": None,
}
RANGES = {
    "shape": [32, 32],
    "samples": 40,
    "weights": [0.75, 1.25],
    "candidates": [
        [
            {"covariance": "squared_exponential", "length_scale": {"uniform": [1, 2]}},
            {"covariance": "matern", "length_scale": {"log_uniform": [1, 3]}, "nu": 1.5},
        ],
        [{"covariance": "squared_exponential", "length_scale": {"uniform": [4, 8]}}],
    ],
}


def certify(binary, path, *options):
    run = subprocess.run(
        [binary, "certify", "--json", "--no-write", "--threads", "1", str(path), *options], capture_output=True, text=True
    )
    if run.returncode not in (0, 1):
        raise SystemExit(f"{path}: status {run.returncode}: {run.stderr.strip()}{run.stdout[:300]}")
    return json.loads(run.stdout)


def rate(binary, folder, count, kinds):
    recipe = folder / "ranges.yaml"
    recipe.write_text(json.dumps(RANGES))

    def one(options, seed):
        options = options or f"--recipe {recipe}"
        path = folder / f"{seed}.h5"
        command = [binary, *options.split(), "--seed", str(seed), "--threads", "1", "--quiet", "--out", str(path)]
        subprocess.run(command, check=True)
        found = certify(binary, path)
        path.unlink()
        return found

    for kind in kinds:
        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(lambda seed: one(KINDS[kind], seed), range(count)))
        p = np.array([certificate["p"] for certificate in found])
        failed = int((p < LEVEL).sum())
        print(f"{kind}: {failed} of {count} fail; uniform: p = {stats.kstest(p, 'uniform').pvalue:.2g}; medians", end="")
        names = sorted({own["kind"] for certificate in found for own in certificate["kinds"]} - {"finite"})
        for name in names:
            own = np.array([own["p"] for one in found for own in one["kinds"] if own["kind"] == name])
            print(f"  {name} {np.median(own):.2f} ({(own < 0.01).sum()} < 0.01)", end="")
        print(flush=True)
        for seed in np.flatnonzero(p < LEVEL)[:12]:
            worst = min(found[seed]["tests"], key=lambda test: test["p"])
            print(f"    seed {seed}: p = {p[seed]:.2g}: {worst['name']}, class {worst.get('class_index')}: {worst['p']:.2g}")


SIDE = 256
FINE, COARSE, WEIGHTS = (4, 5), (20, 35), (0.75, 1.25)
CLASSES = [(fine, coarse) for coarse in COARSE for fine in FINE]


def spectrum(length_scale):
    """Eigenvalues of the periodised squared exponential covariance."""
    x = np.arange(SIDE)
    images = np.arange(-6, 7)[:, None] * SIDE
    line = np.exp(-((x + images) ** 2) / (2 * length_scale**2)).sum(axis=0)
    axis = np.fft.fft(line).real.clip(0)
    return np.outer(axis, axis)


class Fields:
    """Textures of the recipe, with hooks that introduce faults."""

    def __init__(self, seed, fine_factor=1.0, normals=None, change=None, standardize=False):
        self.random = np.random.default_rng(seed)
        self.normals = normals or (lambda shape: self.noise(shape))
        self.change = change or (lambda coefficients: coefficients)
        self.fine_factor = fine_factor
        self.standardize = standardize
        self.spectra = {l * self.fine_factor: spectrum(l * self.fine_factor) for l in FINE}
        self.spectra |= {l: spectrum(l) for l in COARSE}

    def noise(self, shape):
        """The Fourier transform of white noise of variance 1."""
        return np.fft.fft2(self.random.standard_normal(shape))

    def one(self, index):
        fine, coarse = CLASSES[index % len(CLASSES)]
        total = 0
        for weight, length_scale in zip(WEIGHTS, (fine * self.fine_factor, coarse)):
            coefficients = self.normals((SIDE, SIDE)) * np.sqrt(self.spectra[length_scale])
            field = np.fft.ifft2(self.change(coefficients)).real
            if self.standardize:
                field = (field - field.mean()) / field.std()
            total = total + weight * field
        return total

    def all(self, count):
        return np.array([self.one(index) for index in range(count)])


def hermitian(random, draw):
    """Coefficients of a real field, drawn independently, with mean square SIDE²."""

    def normals(shape):
        z = draw(shape) + 1j * draw(shape)
        opposite = np.roll(z[::-1, ::-1], 1, axis=(0, 1)).conj()
        half = np.zeros(shape, bool)
        half[:, 1 : SIDE // 2] = True
        for column in (0, SIDE // 2):
            half[1 : SIDE // 2, column] = True
        other = np.roll(half[::-1, ::-1], 1, axis=(0, 1))
        out = np.where(half, z / np.sqrt(2), np.where(other, opposite / np.sqrt(2), z.real))
        return out * SIDE

    return normals


def faults(binary, folder, count, seed):
    wave = np.fft.fftfreq(SIDE, 1 / SIDE)
    ky, kx = np.meshgrid(wave, wave, indexing="ij")
    low = (np.hypot(ky, kx) > 0) & (np.hypot(ky, kx) <= 2)

    def scaled(where, power):
        return lambda z: np.where(where, z * np.sqrt(power), z)

    random = np.random.default_rng(seed + 1)

    def student(shape):
        return random.standard_t(5, shape) / np.sqrt(5 / 3)

    line = (kx == 0) & (ky != 0)
    nyquist = (ky == 0) & (kx != 0)
    good = Fields(seed).all(count)
    equal, rolled, mirrored = good.copy(), good.copy(), good.copy()
    equal[43] = good[7]
    rolled[43] = np.roll(good[7], (31, 100), axis=(0, 1))
    mirrored[43] = -good[7][::-1, ::-1]
    cases = {
        "good": good,
        "good, coefficients drawn": Fields(seed, normals=hermitian(random, random.standard_normal)).all(count),
        "fine length scale 1% too long": Fields(seed, fine_factor=1.01).all(count),
        "fine length scale 0.3% too long": Fields(seed, fine_factor=1.003).all(count),
        "line kx = 0 at half power": Fields(seed, change=scaled(line, 0.5)).all(count),
        "line ky = 0 at half power": Fields(seed, change=scaled(nyquist, 0.5)).all(count),
        "two samples equal": equal,
        "two samples equal after a roll": rolled,
        "two samples equal, mirrored and negated": mirrored,
        "each field standardized": Fields(seed, standardize=True).all(count),
        "each texture standardized": np.array(
            [(t - t.mean()) / t.std() * np.sqrt(sum(w * w for w in WEIGHTS)) for t in good]
        ),
        "40% of the power missing at 0 < |k| <= 2": Fields(seed, change=scaled(low, 0.6)).all(count),
        "Student's t, pixels of white noise": Fields(seed, normals=lambda shape: np.fft.fft2(student(shape))).all(count),
        "Student's t, coefficients": Fields(seed, normals=hermitian(random, student)).all(count),
    }
    recipe = folder / "recipe.yaml"
    document = {"shape": [SIDE, SIDE], "length_scales": [list(FINE), list(COARSE)], "weights": list(WEIGHTS), "samples": 4}
    recipe.write_text(json.dumps(document))
    for name, textures in cases.items():
        path = folder / "fields.npy"
        for dtype in ("<f4", "<f8"):
            np.save(path, textures.astype(dtype))
            found = certify(binary, path, "--recipe", str(recipe))
            fit = [f"{fit['best']:.4g} ± {fit['standard_error']:.1g}" for fit in found["fits"] if fit["parameter"] == "length_scale"]
            worst = found["failures"][0] if found["failures"] else min(found["tests"], key=lambda test: test["p"])
            print(
                f"{name} ({dtype}): {found['verdict']}, p = {found['p']:.2g}: {worst['name']}: {worst['measured']:.4g} for"
                f" {worst['expected']:.4g}; length scales {', '.join(fit)}",
                flush=True,
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gpgen")
    parser.add_argument("what", choices=["rate", "faults"])
    parser.add_argument("--count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", action="append", choices=list(KINDS))
    parser.add_argument("--folder", default="/dev/shm")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        if options.what == "rate":
            rate(options.gpgen, Path(name), options.count or 1000, options.kind or list(KINDS))
        else:
            faults(options.gpgen, Path(name), options.count or 100, options.seed)


if __name__ == "__main__":
    main()
