// Powers of modes from rows of pixels, and their weighted sums.

#include "spectral_kernels.h"
#include "vectors.h"

#pragma clang fp contract(off)

INLINE void gpgen_interleave_body(const float *a, const float *b, size_t count, float *z) {
  size_t x = 0;
  for (; x + 8 <= count; x += 8) {
    floats re = load(a + x), im = load(b + x);
    store(__builtin_shufflevector(re, im, 0, 8, 1, 9, 2, 10, 3, 11), z + 2 * x);
    store(__builtin_shufflevector(re, im, 4, 12, 5, 13, 6, 14, 7, 15), z + 2 * x + 8);
  }
  for (; x < count; x++) {
    z[2 * x] = a[x];
    z[2 * x + 1] = b[x];
  }
}
KERNEL(gpgen_interleave, (const float *a, const float *b, size_t count, float *z), (a, b, count, z))

// a[k] = (z[k] + conj(z[n - k])) / 2 and b[k] = (z[k] - conj(z[n - k])) / 2i.
INLINE void gpgen_separate_rows_body(const float *z, size_t n, size_t count, float *a, float *b) {
  a[0] = z[0];
  a[1] = 0;
  b[0] = z[1];
  b[1] = 0;
  const floats conjugate = {1, -1, 1, -1, 1, -1, 1, -1}, half = {.5f, .5f, .5f, .5f, .5f, .5f, .5f, .5f};
  size_t k = 1;
  for (; k + 4 <= count; k += 4) {
    floats u = load(z + 2 * k), v = reverse(load(z + 2 * (n - k - 3))) * conjugate;
    floats sum = (u + v) * half, difference = (u - v) * half;
    store(sum, a + 2 * k);
    store(__builtin_shufflevector(difference, difference, 1, 0, 3, 2, 5, 4, 7, 6) * conjugate, b + 2 * k);
  }
  for (; k < count; k++) {
    const float *u = z + 2 * k, *v = z + 2 * (n - k);
    a[2 * k] = (u[0] + v[0]) * .5f;
    a[2 * k + 1] = (u[1] - v[1]) * .5f;
    b[2 * k] = (u[1] + v[1]) * .5f;
    b[2 * k + 1] = (v[0] - u[0]) * .5f;
  }
}
KERNEL(
    gpgen_separate_rows, (const float *z, size_t n, size_t count, float *a, float *b), (z, n, count, a, b))

INLINE void gpgen_powers_body(const float *z, size_t count, float *out) {
  size_t k = 0;
  for (; k + 8 <= count; k += 8) store(powers(z + 2 * k), out + k);
  for (; k < count; k++) out[k] = power(z + 2 * k);
}
KERNEL(gpgen_powers, (const float *z, size_t count, float *out), (z, count, out))

INLINE void gpgen_folded_powers_body(const float *z, size_t n, float *out) {
  out[0] = power(z);
  size_t k = 1, end = (n + 1) / 2;
  for (; k + 8 <= end; k += 8) {
    floats opposite = powers(z + 2 * (n - k - 7));
    store(powers(z + 2 * k) + __builtin_shufflevector(opposite, opposite, 7, 6, 5, 4, 3, 2, 1, 0), out + k);
  }
  for (; k < end; k++) out[k] = power(z + 2 * k) + power(z + 2 * (n - k));
  if (n % 2 == 0) out[n / 2] = power(z + n);
}
KERNEL(gpgen_folded_powers, (const float *z, size_t n, float *out), (z, n, out))

INLINE void gpgen_add_weighted_sums_body(
    const float *values, const float *weights, size_t count, size_t rows, double *sums) {
  for (size_t row = 0; row < rows; row++, weights += count) {
    doubles lanes = {0};
    size_t k = 0;
    for (; k + 8 <= count; k += 8) {
      floats product = load(values + k) * load(weights + k);
      lanes += __builtin_convertvector(product, doubles);
    }
    double rest = 0;
    for (; k < count; k++) rest += (double)(values[k] * weights[k]);
    sums[row] += total(lanes) + rest;
  }
}
KERNEL(
    gpgen_add_weighted_sums,
    (const float *values, const float *weights, size_t count, size_t rows, double *sums),
    (values, weights, count, rows, sums))
