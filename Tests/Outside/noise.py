"""`schemas/noise.md` in NumPy: from (seed, sample, scale, ky, kx) to normals, and from normals to pixels.

It follows the document and shares nothing with the program, so a fault in either is found. All noise is float32, and
NumPy does not fuse operations.

Legend: n extent in pixels; l length scale in pixels; ky, kx signed wave numbers.
"""

import functools
import itertools

import numpy as np

import closedforms
from dataset import candidates_of, choices_of, shape_of

f32 = np.float32


def hexfloat(text):
    return f32(float.fromhex(text))


def philox(counter, seed):
    """The four words of a block, as uint32 arrays of one shape; counter: four words, which broadcast."""
    mask = np.uint64(0xFFFFFFFF)
    w = [np.asarray(word, np.uint64) for word in counter]
    k0, k1 = seed & 0xFFFFFFFF, seed >> 32
    for _ in range(10):
        p0, p1 = w[0] * np.uint64(0xD2511F53), w[2] * np.uint64(0xCD9E8D57)
        high0, high1 = p0 >> np.uint64(32), p1 >> np.uint64(32)
        w = [high1 ^ w[1] ^ np.uint64(k0), p1 & mask, high0 ^ w[3] ^ np.uint64(k1), p0 & mask]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return [np.asarray(word, np.uint32) for word in np.broadcast_arrays(*w)]


def logarithm(u):
    bits = u.view(np.int32)
    e = (bits - np.int32(0x3F3504F3)) >> np.int32(23)
    m = (bits - (e << np.int32(23))).view(f32)
    s = (m - f32(1)) / (m + f32(1))
    z = s * s
    tail = hexfloat("0x1.c71c72p-3") * z + hexfloat("0x1.24924ap-2")
    tail = tail * z + hexfloat("0x1.99999ap-2")
    tail = tail * z + hexfloat("0x1.555556p-1")
    tail = tail * z
    return e.astype(f32) * hexfloat("0x1.62e43p-1") + (f32(2) * s + s * tail)


def normals_of_words(w0, w1, w2):
    """The two normals from the first three words of a block."""
    w0, w1, w2 = (np.atleast_1d(np.asarray(w, np.uint32)) for w in (w0, w1, w2))
    eight = np.uint32(8)
    u = (w0 >> eight).astype(f32) * hexfloat("0x1p-24")
    u = u + ((w1 >> eight).astype(f32) + f32(0.5)) * hexfloat("0x1p-48")
    radius = np.sqrt(logarithm(u) * f32(-2))

    t = ((w2 << np.uint32(2)).view(np.int32) >> np.int32(8)).astype(f32) * hexfloat("0x1.921fb6p-24")
    t2 = t * t
    sine = (hexfloat("-0x1.9943f2p-13") * t2 + hexfloat("0x1.11073cp-7")) * t2 - hexfloat("0x1.555546p-3")
    sine = t + (t * t2) * sine
    cosine = (hexfloat("0x1.99eb9cp-16") * t2 - hexfloat("0x1.6c0c34p-10")) * t2 + hexfloat("0x1.55554ap-5")
    cosine = (f32(1) - f32(0.5) * t2) + (t2 * t2) * cosine
    quadrant = (w2 >> np.uint32(30)).astype(int)
    x = np.choose(quadrant, [cosine, -sine, -cosine, sine])
    y = np.choose(quadrant, [sine, cosine, -sine, -cosine])
    return radius * x, radius * y


def normals(seed, sample, scale, ky, kx, purpose=0):
    """The two normals of each mode; ky and kx broadcast."""
    ky, kx = np.broadcast_arrays(np.asarray(ky, np.int64), np.asarray(kx, np.int64))
    words = [ky.ravel() & 0xFFFFFFFF, kx.ravel() & 0xFFFFFFFF, purpose << 24 | scale, sample]
    a, b = normals_of_words(*philox(words, seed)[:3])
    return a.reshape(ky.shape), b.reshape(ky.shape)


def drawn(seed, sample, scale, choice, index, how, bounds):
    """The value for one sample of a parameter with a range."""
    w0, w1 = (int(word) for word in philox([index, choice, 7 << 24 | scale, sample], seed)[:2])
    u, (a, b) = ((w0 << 32 | w1) // 2**11 + 0.5) * 2.0**-53, bounds
    return f32(a + (b - a) * u if how == "uniform" else a * (b / a) ** u)


def parameters(recipe, sample):
    """The sample's candidate for each scale, with ranges replaced by their drawn values."""
    found = []
    for scale, (candidate, choice) in enumerate(zip(candidates_of(recipe, sample), choices_of(recipe, sample))):
        ranges = sorted(name for name, value in candidate.items() if isinstance(value, dict))
        numbers = {
            name: float(drawn(recipe["seed"], sample, scale, choice, index, *next(iter(candidate[name].items()))))
            for index, name in enumerate(ranges)
        }
        found.append(candidate | numbers)
    return found


def axis_spectrum(n, l):
    """Variances along one axis for k = 0 ... n // 2, in double precision."""
    k = np.arange(n // 2 + 1)[:, None] / n + np.arange(-4, 5)
    return l * np.sqrt(2 * np.pi) / n * np.exp(-0.5 * (2 * np.pi * l * k) ** 2).sum(1)


def variances(candidate, extents, is_open):
    """The variance of each mode, indexed by wave numbers modulo the extents, from the document or from SciPy."""
    if is_open:
        return closedforms.embedded(candidate, extents)[0]
    if candidate["covariance"] == "squared_exponential" and len(candidate) == 2:
        along = [axis_spectrum(n, candidate["length_scale"])[np.abs(closedforms.signed(n))] for n in extents]
        return functools.reduce(np.multiply.outer, along)
    return closedforms.eigenvalues(candidate, extents)


def kept_modes(variance, standardize):
    """Which modes are within the band limit."""
    share = variance.copy()
    if standardize:
        share.flat[0] = 0
    low, high = -200.0, 0.0
    for _ in range(60):
        middle = (low + high) / 2
        dropped = share[variance < share.max() * 10**middle].sum() / share.sum()
        low, high = (middle, high) if dropped <= 1e-12 else (low, middle)
    return variance >= share.max() * 10**low


def counters(extents):
    """The words c0 and c1 of the half spectrum's modes: ky, and kx combined with kz; for a series, only kx."""
    kx = np.arange(extents[-1] // 2 + 1)
    if len(extents) == 1:
        return kx, 0
    ky = closedforms.signed(extents[-2])[:, None]
    kz = closedforms.signed(extents[0])[:, None, None] if len(extents) == 3 else np.int64(0)
    return ky, kx + (kz % 2**16 << 16)


def coefficients(recipe, sample, extents):
    """The half spectrum of a sample on a torus: complex64, shape (..., n // 2 + 1), row ky at index ky mod n."""
    half, standardize = extents[-1] // 2 + 1, recipe["standardize"]
    total = np.zeros((*extents[:-1], half), np.complex64)
    for scale, (candidate, weight) in enumerate(zip(parameters(recipe, sample), recipe["weights"])):
        variance = variances(candidate, extents, recipe["boundary"] == "open")
        kept = kept_modes(variance, standardize)
        kept.flat[0] &= not standardize
        amplitude = np.where(kept, np.sqrt(variance), 0)[..., :half].astype(f32)
        a, b = normals(recipe["seed"], sample, scale, *counters(extents))

        def field(factor):
            size = amplitude * (np.sqrt(f32(0.5)) * f32(factor))
            return (size * a + 1j * (size * b)).astype(np.complex64)

        if standardize:
            modes = np.abs(make_real(field(1), extents).astype(np.complex128)) ** 2
            kx = np.arange(half)
            twice = np.where((kx == 0) | (2 * kx == extents[-1]), 1, 2)
            weight = weight / np.sqrt((modes * twice).sum())
        total += field(weight)
    return make_real(total, extents)


def make_real(x, extents):
    """The coefficients of a real field: conjugate pairs at kx = 0 and kx = n/2, and the real modes."""
    x = x.copy()
    *leading, n = extents
    for kx in {0, n // 2} if n % 2 == 0 else {0}:
        for index in itertools.product(*(range(m) for m in leading)):
            # The last axis on which a mode and its partner differ decides which of the two is drawn: ky, then kz.
            signs = [0 if 2 * k % m == 0 else 1 if 2 * k < m else -1 for k, m in zip(index, leading)]
            sign = next((sign for sign in reversed(signs) if sign), 0)
            partner = tuple(-k % m for k, m in zip(index, leading))
            if sign == 0:
                x[(*index, kx)] = x[(*index, kx)].real * np.sqrt(f32(2))
            elif sign > 0:
                x[(*partner, kx)] = np.conj(x[(*index, kx)])
    return x


def white(seed, sample, shape):
    """The white noise of a texture's pixels, with standard deviation 1."""
    x = np.arange(shape[-1])
    y = np.arange(shape[-2])[:, None] if len(shape) > 1 else np.int64(0)
    z = np.arange(shape[0])[:, None, None] if len(shape) > 2 else np.int64(0)
    a, b = normals(seed, sample, 0, x // 2, y + (z << 16), purpose=6)
    return np.where(x % 2 == 0, a, b)


def texture(recipe, sample, extents=None):
    """A sample's pixels in double precision, from coefficients in single precision.

    extents: the extents of the torus that an open texture is cut from.
    """
    shape = shape_of(recipe)
    extents = extents or shape
    x = coefficients(recipe, sample, extents).astype(np.complex128)
    pixels = np.fft.irfftn(x, s=extents) * np.prod(extents)
    pixels = pixels[tuple(slice(n) for n in shape)]
    if "noise" in recipe:
        pixels = pixels + float(f32(recipe["noise"])) * white(recipe["seed"], sample, shape)
    match recipe.get("transform"):
        case "lognormal":
            return np.exp(pixels)
        case {"threshold": level}:
            return (pixels > f32(level)).astype(float)
    return pixels
