// IEEE binary32 to binary16, round to nearest, ties to even, in integers that vectorise everywhere.

#include <string.h>

#include "dispatch.h"
#include "spectral_kernels.h"

#pragma clang fp contract(off)

INLINE uint16_t to_half(float value) {
  uint32_t bits, small_bits;
  memcpy(&bits, &value, sizeof bits);
  uint32_t sign = (bits >> 16) & 0x8000, magnitude = bits & 0x7FFFFFFF;
  // From 2^-14 on: rebias the exponent, then round the 13 bits that go.
  uint32_t normal = (magnitude - (112u << 23) + 0xFFF + ((magnitude >> 13) & 1)) >> 13;
  // Below it: adding 1/2 aligns the fraction to units of 2^-24 and rounds it on the way.
  float small;
  memcpy(&small, &magnitude, sizeof small);
  small += 0.5f;
  memcpy(&small_bits, &small, sizeof small_bits);
  uint32_t subnormal = small_bits - (126u << 23);
  uint32_t special = magnitude > 0x7F800000 ? 0x7E00 : 0x7C00;
  uint32_t finite = magnitude < (113u << 23) ? subnormal : normal;
  return (uint16_t)(sign | (magnitude >= 0x477FF000 ? special : finite));
}

INLINE void gpgen_float_to_half_body(const float *in, uint16_t *out, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = to_half(in[i]);
}
KERNEL(gpgen_float_to_half, (const float *in, uint16_t *out, size_t count), (in, out, count))
