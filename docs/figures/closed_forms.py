"""The closed forms of all families, implemented with SciPy, independently of gpgen."""

from dataclasses import dataclass, field

import numpy as np
import scipy.special as special

# A table with a narrow peak at wavelengths of about 16 pixels. k in radians per pixel, P(k).
PEAK = [(k, np.exp(-0.5 * (np.log(k / (2 * np.pi / 16)) / 0.15) ** 2) + 1e-6) for k in np.geomspace(0.02, 4.5, 80)]


@dataclass
class Covariance:
    """A candidate: a family, its parameters, and the rows of `tabulated`."""

    family: str
    parameters: dict
    table: list = field(default_factory=list)

    @property
    def text(self):
        """The candidate, in YAML's flow style."""
        pairs = [f"covariance: {self.family}"] + [f"{name}: {value}" for name, value in self.parameters.items()]
        if self.table:
            pairs.append("table: [" + ", ".join(f"[{k:.9g}, {p:.9g}]" for k, p in self.table) + "]")
        return "{" + ", ".join(pairs) + "}"

    def recipe(self, side):
        """A recipe of square images with only this candidate."""
        return f"side: {side}\nweights: [1]\ncandidates:\n  - - {self.text}\n"

    def correlation(self, r):
        """C at distances in pixels, for families with a closed form."""
        get = self.parameters.get
        s = np.asarray(r, float) / get("length_scale")
        if self.family == "squared_exponential":
            return np.exp(-s**2 / 2)
        if self.family == "matern":
            nu = get("nu")
            x = np.maximum(np.sqrt(2 * nu) * s, 1e-12)
            return np.where(s < 1e-12, 1, 2 ** (1 - nu) / special.gamma(nu) * x**nu * special.kv(nu, x))
        if self.family == "exponential":
            return np.exp(-s)
        if self.family == "gamma_exponential":
            return np.exp(-s ** get("gamma"))
        if self.family == "rational_quadratic":
            return (1 + s**2 / (2 * get("alpha"))) ** -get("alpha")
        if self.family == "spherical":
            return np.where(s < 1, 1 - 1.5 * s + 0.5 * s**3, 0)
        raise ValueError(f"{self.family} is defined by its spectrum")

    def eigenvalues(self, side):
        """The variances of the modes of a periodic image, shape (ky, kx), in the order of `numpy.fft.fft2`.

        They are the transform of the covariance summed over its images. For `rational_quadratic`, whose tail decays too
        slowly for that, they are the spectral density summed over its aliases; for the last two families, their density.
        """
        k = 2 * np.pi * np.fft.fftfreq(side)
        wave_number = np.hypot(k[:, None], k)
        if self.family == "power_law":
            low, high = (2 * np.pi / self.parameters[name] for name in ("outer_scale", "inner_scale"))
            inside = (wave_number >= low * (1 - 1e-12)) & (wave_number <= high * (1 + 1e-12))
            density = np.where(inside, np.maximum(wave_number, low) ** -self.parameters["beta"], 0)
            return density / density.sum()
        if self.family == "tabulated":
            rows = np.log(np.array(self.table))
            density = np.exp(np.interp(np.log(np.maximum(wave_number, 1e-9)), *rows.T))
            density[0, 0] = 0
            return density / (density.sum() if self.parameters["normalize"] else side**2)
        if self.family == "rational_quadratic":
            aliases = 2 * np.pi * np.arange(-2, 3)
            return sum(
                self.rational_quadratic_density(np.hypot(k[:, None] + a, k + b)) for a in aliases for b in aliases
            ) / side**2
        x = np.arange(side)
        farthest = side
        while self.correlation(farthest) > 1e-14:
            farthest += side
        images = np.arange(-farthest, farthest + 1, side)
        total = sum(self.correlation(np.hypot(x[:, None] + a, x + b)) for a in images for b in images)
        return np.fft.fft2(total).real / side**2

    def rational_quadratic_density(self, k):
        """S(k) in two dimensions."""
        alpha = self.parameters["alpha"]
        reach = np.sqrt(2 * alpha) * self.parameters["length_scale"]
        x = np.maximum(k * reach, 1e-9)
        factor = 2 * np.pi * reach**2 * 2 ** (1 - alpha) / special.gamma(alpha)
        return factor * x ** (alpha - 1) * special.kv(1 - alpha, x)


# The families in the pictures, for images of 256 x 256.
FAMILIES = [
    Covariance("squared_exponential", {"length_scale": 16}),
    Covariance("matern", {"nu": 1.5, "length_scale": 16}),
    Covariance("exponential", {"length_scale": 16}),
    Covariance("gamma_exponential", {"gamma": 0.7, "length_scale": 16}),
    Covariance("rational_quadratic", {"alpha": 1.5, "length_scale": 16}),
    Covariance("spherical", {"length_scale": 48}),
    Covariance("power_law", {"beta": 2.6667, "outer_scale": 256, "inner_scale": 4}),
    Covariance("tabulated", {"normalize": 1}, PEAK),
]


def family(name):
    """The example of a family."""
    return next(covariance for covariance in FAMILIES if covariance.family == name)
