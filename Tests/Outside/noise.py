"""`schemas/noise.md` in NumPy: from (seed, sample, scale, ky, kx) to normals, and from normals to pixels.

It follows the document and shares nothing with the program, so that a fault in either shows. All noise is float32, and
NumPy fuses no operations.

Legend: n side in pixels; l length scale in pixels; ky, kx signed wave numbers; p variance along one axis.
"""

import numpy as np

f32 = np.float32


def hexfloat(text):
    return f32(float.fromhex(text))


def philox(counter, seed):
    """Four words, each uint32 of one shape; counter: four uint32, which broadcast."""
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
    """The two normals that the first three words of a block give."""
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


def axis_spectrum(n, l):
    """Variance along one axis by k = 0 ... n // 2, in double precision."""
    k = np.arange(n // 2 + 1)[:, None] / n + np.arange(-4, 5)
    return l * np.sqrt(2 * np.pi) / n * np.exp(-0.5 * (2 * np.pi * l * k) ** 2).sum(1)


def kept_modes(p, n, standardize):
    """Which modes are within the band limit: shape (n // 2 + 1, n // 2 + 1) by |ky| and kx."""
    variance = np.outer(p, p)
    k = np.arange(n // 2 + 1)
    twice = np.where((k == 0) | (2 * k == n), 1, 2)
    share = variance * np.outer(twice, twice)
    total = share.sum() - (share[0, 0] if standardize else 0)
    greatest = p[0] * p[1 if standardize else 0]
    low, high = -200.0, 0.0
    for _ in range(60):
        middle = (low + high) / 2
        dropped = share[variance < greatest * 10**middle].sum() / total
        low, high = (middle, high) if dropped <= 1e-12 else (low, middle)
    return variance >= greatest * 10**low


def coefficients(n, length_scales, weights, standardize, seed, sample):
    """The half spectrum of a sample: complex64, shape (n, n // 2 + 1), row ky at index ky mod n."""
    half = n // 2
    ky = np.arange(n)
    ky[ky > (n - 1) // 2] -= n  # for an even side, n/2 becomes -n/2
    kx = np.arange(half + 1)
    total = np.zeros((n, half + 1), np.complex64)
    for scale, (l, weight) in enumerate(zip(length_scales, weights)):
        p = axis_spectrum(n, l)
        amplitude = np.sqrt(p).astype(f32)
        kept = kept_modes(p, n, standardize)[np.abs(ky)]
        kept[0, 0] &= not standardize
        a, b = normals(seed, sample, scale, ky[:, None], kx)

        def field(factor):
            along_x = (np.sqrt(f32(0.5)) * f32(factor)) * amplitude
            size = np.where(kept, amplitude[np.abs(ky)][:, None] * along_x, f32(0))
            return (size * a + 1j * (size * b)).astype(np.complex64)

        if standardize:
            modes = np.abs(make_real(field(1), n).astype(np.complex128)) ** 2
            twice = np.where((kx == 0) | (2 * kx == n), 1, 2)
            weight = weight / np.sqrt((modes * twice).sum())
        total += field(weight)
    return make_real(total, n)


def make_real(x, n):
    """The coefficients of a real field: conjugate pairs on the lines kx = 0 and kx = n/2, and the real modes."""
    x = x.copy()
    itself = [0, n // 2] if n % 2 == 0 else [0]
    for kx in itself:
        positive = np.arange(1, (n - 1) // 2 + 1)
        x[n - positive, kx] = np.conj(x[positive, kx])
        for ky in itself:
            x[ky, kx] = x[ky, kx].real * np.sqrt(f32(2))
    return x


def texture(n, length_scales, weights, standardize, seed, sample):
    """A sample's pixels in double precision, from the coefficients in single: shape (n, n)."""
    x = coefficients(n, length_scales, weights, standardize, seed, sample)
    return np.fft.irfft2(x.astype(np.complex128), s=(n, n)) * n**2
