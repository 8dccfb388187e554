// IEEE binary32 to binary16, rounding to nearest, ties to even: in integer arithmetic, or in hardware where available.

#include <string.h>

#include "dispatch.h"
#include "spectral_kernels.h"

#pragma clang fp contract(off)

INLINE uint16_t to_half(float value) {
  uint32_t bits, small_bits;
  memcpy(&bits, &value, sizeof bits);
  uint32_t sign = (bits >> 16) & 0x8000, magnitude = bits & 0x7FFFFFFF;
  // At least 2^-14: rebias the exponent, then round off the lowest 13 bits.
  uint32_t normal = (magnitude - (112u << 23) + 0xFFF + ((magnitude >> 13) & 1)) >> 13;
  // Below 2^-14: adding 1/2 aligns the fraction to units of 2^-24 and rounds it.
  float small;
  memcpy(&small, &magnitude, sizeof small);
  small += 0.5f;
  memcpy(&small_bits, &small, sizeof small_bits);
  uint32_t subnormal = small_bits - (126u << 23);
  uint32_t special = magnitude > 0x7F800000 ? 0x7E00 : 0x7C00;
  uint32_t finite = magnitude < (113u << 23) ? subnormal : normal;
  return (uint16_t)(sign | (magnitude >= 0x477FF000 ? special : finite));
}

void gpgen_float_to_half_baseline(const float *in, uint16_t *out, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = to_half(in[i]);
}

#if defined(__x86_64__)
typedef float floats __attribute__((vector_size(32)));
typedef short halves __attribute__((vector_size(16)));

// The hardware conversion, which every processor with AVX2 has; 0 selects rounding to nearest, ties to even.
__attribute__((target("avx2,f16c"))) static void to_half_f16c(const float *in, uint16_t *out, size_t count) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    floats value;
    memcpy(&value, in + i, sizeof value);
    halves rounded = __builtin_ia32_vcvtps2ph256(value, 0);
    memcpy(out + i, &rounded, sizeof rounded);
  }
  gpgen_float_to_half_baseline(in + i, out + i, count - i);
}
#endif

INLINE float to_float(uint16_t half) {
  // Read the bits as a float whose exponent is 112 too small; the exact product corrects it and normalises subnormals.
  uint32_t magnitude = (uint32_t)(half & 0x7FFF) << 13, sign = (uint32_t)(half & 0x8000) << 16;
  float value;
  memcpy(&value, &magnitude, sizeof value);
  value *= 0x1p112f;
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  if (magnitude >= 0x0F800000) bits |= 0x7F800000;  // infinite or NaN
  bits |= sign;
  memcpy(&value, &bits, sizeof value);
  return value;
}

INLINE void gpgen_half_to_float_body(const uint16_t *in, float *out, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = to_float(in[i]);
}
KERNEL(gpgen_half_to_float, (const uint16_t *in, float *out, size_t count), (in, out, count))

void gpgen_float_to_half(const float *in, uint16_t *out, size_t count) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) {
    to_half_f16c(in, out, count);
    return;
  }
#endif
  gpgen_float_to_half_baseline(in, out, count);
}
