// Vectors of eight numbers, and operations shared by several kernels.

#pragma once

#include <string.h>

#include "dispatch.h"

typedef float floats __attribute__((vector_size(32)));    // eight real numbers, or four complex ones: re im re im re im re im
typedef double doubles __attribute__((vector_size(64)));  // eight

INLINE floats load(const float *p) {
  floats v;
  memcpy(&v, p, sizeof v);
  return v;
}

INLINE void store(floats v, float *p) { memcpy(p, &v, sizeof v); }

// Four complex numbers in reverse order.
INLINE floats reverse(floats a) { return __builtin_shufflevector(a, a, 6, 7, 4, 5, 2, 3, 0, 1); }

// The squared magnitudes of eight consecutive complex numbers.
INLINE floats powers(const float *z) {
#pragma clang fp contract(off)
  floats a = load(z), b = load(z + 8);
  a *= a;
  b *= b;
  return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14) + __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
}

// The squared magnitude of a complex number.
INLINE float power(const float *z) {
#pragma clang fp contract(off)
  return z[0] * z[0] + z[1] * z[1];
}

INLINE double total(doubles v) { return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7])); }
