// The input of the transforms along x, from columns transformed along y.

#include "spectral_kernels.h"
#include "vectors.h"

#pragma clang fp contract(off)

typedef uint64_t complexes __attribute__((vector_size(32)));  // four complex numbers, moved but not interpreted

INLINE void gpgen_gather_rows_body(
    const float *columns, size_t pitch, size_t count, size_t y, float *out, size_t out_pitch) {
  for (size_t k = 0; k < count; k += 4) {
    for (size_t r = 0; r < 8; r += 4) {
      complexes c[4];
      for (int j = 0; j < 4; j++) memcpy(&c[j], columns + 2 * ((k + j) * pitch + y + r), sizeof c[j]);
      complexes a = __builtin_shufflevector(c[0], c[1], 0, 4, 2, 6), b = __builtin_shufflevector(c[0], c[1], 1, 5, 3, 7);
      complexes d = __builtin_shufflevector(c[2], c[3], 0, 4, 2, 6), e = __builtin_shufflevector(c[2], c[3], 1, 5, 3, 7);
      complexes row[4] = {
          __builtin_shufflevector(a, d, 0, 1, 4, 5), __builtin_shufflevector(b, e, 0, 1, 4, 5),
          __builtin_shufflevector(a, d, 2, 3, 6, 7), __builtin_shufflevector(b, e, 2, 3, 6, 7)};
      for (int j = 0; j < 4; j++) memcpy(out + 2 * ((r + j) * out_pitch + k), &row[j], sizeof row[j]);
    }
  }
}
KERNEL(
    gpgen_gather_rows,
    (const float *columns, size_t pitch, size_t count, size_t y, float *out, size_t out_pitch),
    (columns, pitch, count, y, out, out_pitch))

INLINE floats conjugate(floats a) { return a * (floats){1, -1, 1, -1, 1, -1, 1, -1}; }

INLINE floats times(floats a, floats b) {
  floats re = __builtin_shufflevector(b, b, 0, 0, 2, 2, 4, 4, 6, 6), im = __builtin_shufflevector(b, b, 1, 1, 3, 3, 5, 5, 7, 7);
  floats swapped = __builtin_shufflevector(a, a, 1, 0, 3, 2, 5, 4, 7, 6);
  return a * re + swapped * im * (floats){-1, 1, -1, 1, -1, 1, -1, 1};
}

// z[k] = e + o and z[half - k] = conj(e - o), with b = conj(x[half - k]), e = x[k] + b, o = i w^k (x[k] - b).
INLINE void gpgen_fold_half_complex_body(
    const float *x, size_t count, size_t half, const float *i_twiddle, size_t from, size_t to, float *z) {
  if (from == 0) {
    float first = x[0], last = count == half + 1 ? x[2 * half] : 0;
    z[0] = first + last;
    z[1] = first - last;
  }
  int overlap = 2 * (count - 1) >= half;
  size_t end = overlap ? half / 2 + 1 : count;  // upper bound of k
  if (end > to) end = to;
  size_t k = from == 0 ? 1 : from;
  for (; k + 4 <= end && 2 * (k + 3) < half; k += 4) {
    floats a = load(x + 2 * k), b = overlap ? conjugate(reverse(load(x + 2 * (half - k - 3)))) : (floats){0};
    floats e = a + b, o = times(a - b, load(i_twiddle + 2 * k));
    floats upper = e + o, lower = reverse(conjugate(e - o));
    memcpy(z + 2 * k, &upper, sizeof upper);
    memcpy(z + 2 * (half - k - 3), &lower, sizeof lower);
  }
  for (; k < end; k++) {
    const float *p = x + 2 * k, *q = x + 2 * (half - k), *w = i_twiddle + 2 * k;
    float bre = overlap ? q[0] : 0, bim = overlap ? -q[1] : 0;
    float dre = p[0] - bre, dim = p[1] - bim, ere = p[0] + bre, eim = p[1] + bim;
    float ore = dre * w[0] - dim * w[1], oim = dre * w[1] + dim * w[0];
    z[2 * (half - k)] = ere - ore;
    z[2 * (half - k) + 1] = oim - eim;
    z[2 * k] = ere + ore;
    z[2 * k + 1] = eim + oim;
  }
}
KERNEL(
    gpgen_fold_half_complex,
    (const float *x, size_t count, size_t half, const float *i_twiddle, size_t from, size_t to, float *z),
    (x, count, half, i_twiddle, from, to, z))

// Writes exp(2 pi i m / n) to root[0] and root[1].
INLINE void root_of_unity(size_t m, const float *coarse, const float *fine, float *root) {
  const float *h = coarse + 2 * (m >> 12), *l = fine + 2 * (m & 4095);
  root[0] = h[0] * l[0] - h[1] * l[1];
  root[1] = h[0] * l[1] + h[1] * l[0];
}

INLINE void gpgen_multiply_roots_body(float *line, size_t count, size_t a, const float *coarse, const float *fine) {
  // Root c is the product of roots 16 floor(c / 16) and c mod 16.
  float low[32];
  for (size_t c = 0; c < 16; c++) root_of_unity(c * a, coarse, fine, low + 2 * c);
  for (size_t block = 0; block < count; block += 16) {
    float high[8];
    root_of_unity(block * a, coarse, fine, high);
    for (size_t c = 1; c < 4; c++) memcpy(high + 2 * c, high, 2 * sizeof *high);
    size_t rest = count - block < 16 ? count - block : 16;
    for (size_t c = 0; c < rest; c += 4) {
      floats product = times(load(line + 2 * (block + c)), times(load(low + 2 * c), load(high)));
      memcpy(line + 2 * (block + c), &product, sizeof product);
    }
  }
}
KERNEL(
    gpgen_multiply_roots, (float *line, size_t count, size_t a, const float *coarse, const float *fine),
    (line, count, a, coarse, fine))
