// Inner loops whose vector width is selected at run time.
//
// Each function exists twice, for the baseline and for AVX2, compiled from the same source except for
// `gpgen_float_to_half`. The name without a suffix selects one by the processor. Sums, products, quotients and square
// roots are IEEE and never fused, so both versions give the same bits. The `_baseline` names are public so that tests
// can compare the versions.

#pragma once
#include <stddef.h>
#include <stdint.h>

/// The generator's key, and the two counter words common to all modes of a field.
typedef struct {
  uint64_t seed;
  uint32_t sample;
  uint32_t purpose_and_scale;  // purpose in the top 8 bits, scale below
} gpgen_noise_stream;

/// Adds noise to `count` Fourier modes of column `kx`, with signed row numbers ky, ky + 1, ...:
/// out[j] += amplitude[j] * factor * (a + i b), a and b independent standard normals of mode (ky + j, kx).
///
/// out: (count) complex, interleaved. amplitude: (count). `schemas/noise.md` defines the map from counters to normals.
void gpgen_add_noise(
    gpgen_noise_stream stream, int32_t kx, int32_t ky, size_t count, const float *amplitude, float factor, float *out);
void gpgen_add_noise_baseline(
    gpgen_noise_stream stream, int32_t kx, int32_t ky, size_t count, const float *amplitude, float factor, float *out);

/// Transposes rows y ... y + 7 of a column-major array of complex numbers: out[r][k] = columns[k][y + r].
///
/// columns: `count` columns `pitch` numbers apart, both multiples of 4 and `pitch` of 8. out: (8, out_pitch) complex.
void gpgen_gather_rows(const float *columns, size_t pitch, size_t count, size_t y, float *out, size_t out_pitch);
void gpgen_gather_rows_baseline(
    const float *columns, size_t pitch, size_t count, size_t y, float *out, size_t out_pitch);

/// Folds the non-negative half of a real row's spectrum into a complex spectrum of half the length, whose inverse
/// transform is the row: even pixels in the real parts, odd ones in the imaginary parts.
///
/// x: (half + 1) complex; elements from `count` on are zero. i_twiddle: (half / 2 + 4) complex, i exp(i pi k / half).
/// z: (half) complex; if 2 (count - 1) < half, elements between z[count - 1] and z[half - count + 1] are unchanged.
/// Writes only z[k] and z[half - k] with from <= k < to: calls for [0, m) and [m, half / 2 + 1) give the same bits as
/// one call.
void gpgen_fold_half_complex(
    const float *x, size_t count, size_t half, const float *i_twiddle, size_t from, size_t to, float *z);
void gpgen_fold_half_complex_baseline(
    const float *x, size_t count, size_t half, const float *i_twiddle, size_t from, size_t to, float *z);

/// Multiplies line[c] by exp(2 pi i a c / n) for 0 <= c < count, a (count - 1) < n and 16 a <= n.
///
/// line: (count) complex, count a multiple of 4. coarse: (n / 4096 + 1) complex, exp(2 pi i 4096 h / n). fine: (4096)
/// complex, exp(2 pi i l / n).
void gpgen_multiply_roots(float *line, size_t count, size_t a, const float *coarse, const float *fine);
void gpgen_multiply_roots_baseline(float *line, size_t count, size_t a, const float *coarse, const float *fine);

/// exp, in place, with a relative error of at most 2^-22. Overflow gives infinity, underflow zero.
void gpgen_exponential(float *values, size_t count);
void gpgen_exponential_baseline(float *values, size_t count);

/// Rounds to IEEE binary16, ties to even. Overflow gives infinity. The payload of a NaN may differ between versions.
void gpgen_float_to_half(const float *in, uint16_t *out, size_t count);
void gpgen_float_to_half_baseline(const float *in, uint16_t *out, size_t count);

/// Widens IEEE binary16, exactly.
void gpgen_half_to_float(const uint16_t *in, float *out, size_t count);
void gpgen_half_to_float_baseline(const uint16_t *in, float *out, size_t count);

/// Interleaves two rows of pixels as complex numbers: z[x] = a[x] + i b[x].
void gpgen_interleave(const float *a, const float *b, size_t count, float *z);
void gpgen_interleave_baseline(const float *a, const float *b, size_t count, float *z);

/// Separates the transform of two real rows, one the real part and one the imaginary part, into the first `count`
/// coefficients of each.
///
/// z: (n) complex. count: 1 to n / 2 + 1. a, b: (count) complex.
void gpgen_separate_rows(const float *z, size_t n, size_t count, float *a, float *b);
void gpgen_separate_rows_baseline(const float *z, size_t n, size_t count, float *a, float *b);

/// The squared magnitudes of complex numbers.
void gpgen_powers(const float *z, size_t count, float *out);
void gpgen_powers_baseline(const float *z, size_t count, float *out);

/// Adds the squared magnitudes of the complex numbers k and n - k: out[k] for k = 0 ... n / 2. The elements 0,
/// and n / 2 if n is even, have one term.
void gpgen_folded_powers(const float *z, size_t n, float *out);
void gpgen_folded_powers_baseline(const float *z, size_t n, float *out);

/// Adds to each sum the products of the values and one row of weights: products in single precision, sums in double.
///
/// values: (count). weights: (rows, count). sums: (rows).
void gpgen_add_weighted_sums(const float *values, const float *weights, size_t count, size_t rows, double *sums);
void gpgen_add_weighted_sums_baseline(
    const float *values, const float *weights, size_t count, size_t rows, double *sums);

/// The dot products of eight rows, `pitch` numbers apart, with b: sums[r] = sum over k < count of rows[r][k] b[k].
void gpgen_dot_rows(const double *rows, size_t pitch, const double *b, size_t count, double *sums);
void gpgen_dot_rows_baseline(const double *rows, size_t pitch, const double *b, size_t count, double *sums);

/// Adds the weighted squared magnitudes of complex numbers to `sums`, in single precision.
///
/// z: (count) complex. weights, sums: (count). Returns the sum of the squares of the added values, in double precision.
double gpgen_add_whitened_powers(const float *z, const float *weights, size_t count, float *sums);
double gpgen_add_whitened_powers_baseline(const float *z, const float *weights, size_t count, float *sums);

/// The dot products of four rows of a with two rows of b, all `pitch` numbers apart, in single precision.
///
/// count: a multiple of 8. products: shape (4, 2).
void gpgen_dot_products(const float *a, const float *b, size_t pitch, size_t count, float *products);
void gpgen_dot_products_baseline(const float *a, const float *b, size_t pitch, size_t count, float *products);
