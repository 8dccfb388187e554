// The inner loops whose vector width is chosen at run time.
//
// Each function exists twice, for the baseline and for AVX2, but for `gpgen_float_to_half` compiled from the same text; the public
// name picks one by the processor. Sums, products, quotients and square roots are IEEE and never fused, so both give the same bits; the
// `_baseline` names exist so that a test can hold them against each other.

#pragma once
#include <stddef.h>
#include <stdint.h>

/// Which normals to draw: the key of the generator and the two counter words that all modes of a field share.
typedef struct {
  uint64_t seed;
  uint32_t sample;
  uint32_t purpose_and_scale;  // purpose in the top 8 bits, scale below
} gpgen_noise_stream;

/// Adds noise to `count` Fourier modes of column `kx`, with signed row numbers ky, ky + 1, ...:
/// out[j] += amplitude[j] * factor * (a + i b), a and b independent standard normals of mode (ky + j, kx).
///
/// out: (count) complex, interleaved. amplitude: (count). The map from counters to normals is `schemas/noise.md`.
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

/// Folds the non-negative half of a real row's spectrum into a complex one of half the length, whose inverse
/// transform is the row: even pixels in the real parts, odd ones in the imaginary parts.
///
/// x: (half + 1) complex, of which those from `count` on are zero. i_twiddle: (half / 2 + 4) complex,
/// i exp(i pi k / half). z: (half) complex; where 2 (count - 1) < half, what lies between z[count - 1] and
/// z[half - count + 1] is left as it is. Written are z[k] and z[half - k] of from <= k < to alone: calls for
/// [0, m), [m, half / 2 + 1) give the same bits as one for all.
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

/// exp, in place, within 2^-22 of the value: what overflows is infinite, what underflows zero.
void gpgen_exponential(float *values, size_t count);
void gpgen_exponential_baseline(float *values, size_t count);

/// Rounds to IEEE binary16, ties to even; too large becomes infinite. Which of the NaNs a NaN becomes may differ.
void gpgen_float_to_half(const float *in, uint16_t *out, size_t count);
void gpgen_float_to_half_baseline(const float *in, uint16_t *out, size_t count);

/// Widens IEEE binary16, exactly.
void gpgen_half_to_float(const uint16_t *in, float *out, size_t count);
void gpgen_half_to_float_baseline(const uint16_t *in, float *out, size_t count);

/// Makes complex numbers of two rows of pixels: z[x] = a[x] + i b[x].
void gpgen_interleave(const float *a, const float *b, size_t count, float *z);
void gpgen_interleave_baseline(const float *a, const float *b, size_t count, float *z);

/// Separates the transform of two real rows, one as the real part and one as the imaginary part: the first `count` coefficients
/// of each.
///
/// z: (n) complex. count: 1 to n / 2 + 1. a, b: (count) complex.
void gpgen_separate_rows(const float *z, size_t n, size_t count, float *a, float *b);
void gpgen_separate_rows_baseline(const float *z, size_t n, size_t count, float *a, float *b);

/// The squared magnitudes of complex numbers.
void gpgen_powers(const float *z, size_t count, float *out);
void gpgen_powers_baseline(const float *z, size_t count, float *out);

/// The squared magnitudes of complex numbers, those of k and n - k added: out[k] for k = 0 ... n / 2, of which 0 and n / 2 of an
/// even n stand for one number each.
void gpgen_folded_powers(const float *z, size_t n, float *out);
void gpgen_folded_powers_baseline(const float *z, size_t n, float *out);

/// Adds to each sum the products of the values and one row of weights: products in single, sums in double precision.
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
/// z: (count) complex. weights, sums: (count). Returns the sum of the squares of what is added, in double precision.
double gpgen_add_whitened_powers(const float *z, const float *weights, size_t count, float *sums);
double gpgen_add_whitened_powers_baseline(const float *z, const float *weights, size_t count, float *sums);

/// The dot products of four rows of a with two rows of b, all `pitch` numbers apart, in single precision.
///
/// count: a multiple of 8. products: shape (4, 2).
void gpgen_dot_products(const float *a, const float *b, size_t pitch, size_t count, float *products);
void gpgen_dot_products_baseline(const float *a, const float *b, size_t pitch, size_t count, float *products);
