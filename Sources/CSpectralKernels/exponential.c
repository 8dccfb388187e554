// exp of pixels by a polynomial, without libm and fused multiply-add: the same bits at every vector width.

#include <string.h>

#include "dispatch.h"
#include "spectral_kernels.h"

#pragma clang fp contract(off)

enum { lanes = 8 };
typedef float floats __attribute__((vector_size(4 * lanes)));
typedef int32_t ints __attribute__((vector_size(4 * lanes)));

INLINE floats select(ints mask, floats yes, floats no) { return (floats)(((ints)yes & mask) | ((ints)no & ~mask)); }

// 2^n for -126 <= n <= 127.
INLINE floats power_of_two(ints n) { return (floats)((n + 127) << 23); }

// x = n ln 2 + r with |r| <= ln 2 / 2, exp(x) = 2^n exp(r), and exp(r) by its Taylor series to r^7 / 7!, whose
// remainder is under 6e-9. The factor 2^n is applied in two steps, so that results down to the smallest subnormal are
// reached.
INLINE floats exponential(floats x) {
  const floats zero = {0};
  floats low = zero - 104.0f, high = zero + 89.0f;
  x = select(x < low, low, x);
  x = select(x > high, high, x);
  floats scaled = x * 0x1.715476p+0f;
  ints n = __builtin_convertvector(scaled + select(scaled < zero, zero - 0.5f, zero + 0.5f), ints);
  floats k = __builtin_convertvector(n, floats);
  floats r = (x - k * 0x1.62e4p-1f) - k * 0x1.7f7d1cp-20f;
  floats sum = zero + 0x1.a01a02p-13f;
  sum = sum * r + 0x1.6c16c2p-10f;
  sum = sum * r + 0x1.111112p-7f;
  sum = sum * r + 0x1.555556p-5f;
  sum = sum * r + 0x1.555556p-3f;
  sum = sum * r + 0.5f;
  sum = (sum * (r * r) + r) + 1.0f;
  ints half = n >> 1;
  return (sum * power_of_two(half)) * power_of_two(n - half);
}

INLINE void gpgen_exponential_body(float *values, size_t count) {
  floats v;
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    memcpy(&v, values + i, sizeof v);
    v = exponential(v);
    memcpy(values + i, &v, sizeof v);
  }
  if (i < count) {
    v = (floats){0};
    memcpy(&v, values + i, (count - i) * sizeof(float));
    v = exponential(v);
    memcpy(values + i, &v, (count - i) * sizeof(float));
  }
}
KERNEL(gpgen_exponential, (float *values, size_t count), (values, count))
