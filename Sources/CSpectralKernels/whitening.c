// Whitened powers of modes, and dot products of many vectors.

#include "spectral_kernels.h"
#include "vectors.h"

#pragma clang fp contract(off)

INLINE double gpgen_add_whitened_powers_body(const float *z, const float *weights, size_t count, float *sums) {
  doubles squares = {0};
  size_t k = 0;
  for (; k + 8 <= count; k += 8) {
    floats whitened = powers(z + 2 * k) * load(weights + k);
    store(load(sums + k) + whitened, sums + k);
    squares += __builtin_convertvector(whitened * whitened, doubles);
  }
  double rest = 0;
  for (; k < count; k++) {
    float whitened = power(z + 2 * k) * weights[k];
    sums[k] += whitened;
    rest += (double)(whitened * whitened);
  }
  return total(squares) + rest;
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static double gpgen_add_whitened_powers_avx2(
    const float *z, const float *weights, size_t count, float *sums) {
  return gpgen_add_whitened_powers_body(z, weights, count, sums);
}
#endif

double gpgen_add_whitened_powers_baseline(const float *z, const float *weights, size_t count, float *sums) {
  return gpgen_add_whitened_powers_body(z, weights, count, sums);
}

double gpgen_add_whitened_powers(const float *z, const float *weights, size_t count, float *sums) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return gpgen_add_whitened_powers_avx2(z, weights, count, sums);
#endif
  return gpgen_add_whitened_powers_body(z, weights, count, sums);
}

INLINE float sum(floats v) { return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7])); }

INLINE void gpgen_dot_products_body(const float *a, const float *b, size_t pitch, size_t count, float *products) {
  floats lanes[4][2] = {{{0}}};
  for (size_t k = 0; k < count; k += 8) {
    floats first = load(b + k), second = load(b + pitch + k);
    for (int r = 0; r < 4; r++) {
      floats v = load(a + r * pitch + k);
      lanes[r][0] += v * first;
      lanes[r][1] += v * second;
    }
  }
  for (int r = 0; r < 4; r++) {
    products[2 * r] = sum(lanes[r][0]);
    products[2 * r + 1] = sum(lanes[r][1]);
  }
}
KERNEL(
    gpgen_dot_products, (const float *a, const float *b, size_t pitch, size_t count, float *products),
    (a, b, pitch, count, products))
