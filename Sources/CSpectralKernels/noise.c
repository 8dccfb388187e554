// Counter-based normals: Philox4x32-10 (Salmon et al. 2011), then Box-Muller with polynomials.
//
// Goals, in order: the same bits on every machine and at every vector width; independence of the modes; speed.
// So no libm, no fused multiply-add, only IEEE +, -, *, /, sqrt and integer operations. Each word of the generator
// occupies a 64-bit lane, where 32 x 32 -> 64 bit products need no shuffle.

#include "spectral_kernels.h"

#include <string.h>

#include "dispatch.h"

#pragma clang fp contract(off)

enum { lanes = 16 };
typedef float floats __attribute__((vector_size(4 * lanes)));
typedef int32_t ints __attribute__((vector_size(4 * lanes)));
typedef uint32_t words __attribute__((vector_size(4 * lanes)));
typedef uint32_t half_words __attribute__((vector_size(2 * lanes)));
typedef uint64_t wide_words __attribute__((vector_size(4 * lanes)));  // lanes / 2 of them

typedef struct {
  wide_words w0, w1, w2, w3;
} blocks;

INLINE blocks philox(blocks c, uint64_t key) {
  const wide_words low = (wide_words){0} + 0xFFFFFFFFu;
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  for (int round = 0; round < 10; round++) {
    wide_words p0 = (c.w0 & low) * 0xD2511F53ull;
    wide_words p1 = (c.w2 & low) * 0xCD9E8D57ull;
    c = (blocks){(p1 >> 32) ^ c.w1 ^ k0, p1, (p0 >> 32) ^ c.w3 ^ k1, p0};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return c;
}

INLINE words join(wide_words a, wide_words b) {
  half_words x = __builtin_convertvector(a, half_words), y = __builtin_convertvector(b, half_words);
  return __builtin_shufflevector(x, y, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

INLINE floats to_float(words w) { return __builtin_convertvector((ints)w, floats); }

INLINE floats select(ints mask, floats yes, floats no) { return (floats)(((ints)yes & mask) | ((ints)no & ~mask)); }

// ln u for 2^-49 <= u <= 1, to 2 units in the last place: u = 2^e m with m in [sqrt(1/2), sqrt(2)), and the series of
// ln((1 + s) / (1 - s)) with s = (m - 1) / (m + 1), |s| < 0.172.
INLINE floats logarithm(floats u) {
  ints exponent = ((ints)u - 0x3F3504F3) >> 23;
  floats m = (floats)((ints)u - (exponent << 23));
  floats s = (m - 1.0f) / (m + 1.0f), z = s * s;
  floats tail = (((0x1.c71c72p-3f * z + 0x1.24924ap-2f) * z + 0x1.99999ap-2f) * z + 0x1.555556p-1f) * z;
  return __builtin_convertvector(exponent, floats) * 0x1.62e43p-1f + (2.0f * s + s * tail);
}

// The normals a + i b of sixteen modes, rows ky ... ky + 15 of column kx.
INLINE void normals(gpgen_noise_stream stream, int32_t kx, int32_t ky, floats *a, floats *b) {
  const wide_words lane = {0, 1, 2, 3, 4, 5, 6, 7};
  blocks c = {
      lane + (uint64_t)(uint32_t)ky, (wide_words){0} + (uint64_t)(uint32_t)kx,
      (wide_words){0} + (uint64_t)stream.purpose_and_scale, (wide_words){0} + (uint64_t)stream.sample};
  blocks d = c;
  d.w0 = lane + (uint64_t)(uint32_t)(ky + 8);
  c = philox(c, stream.seed);
  d = philox(d, stream.seed);
  words w0 = join(c.w0, d.w0), w1 = join(c.w1, d.w1), w2 = join(c.w2, d.w2);

  // Radius: 48 bits, so that the tail reaches 8.2 standard deviations.
  floats u = to_float(w0 >> 8) * 0x1p-24f + (to_float(w1 >> 8) + 0.5f) * 0x1p-48f;
  floats radius = __builtin_elementwise_sqrt(logarithm(u) * -2.0f);

  // Angle: two bits for the quadrant, 24 for t in [-pi/4, pi/4).
  ints quadrant = (ints)(w2 >> 30);
  floats t = __builtin_convertvector((ints)(w2 << 2) >> 8, floats) * 0x1.921fb6p-24f;
  floats t2 = t * t;
  floats sine = t + t * t2 * ((-0x1.9943f2p-13f * t2 + 0x1.11073cp-7f) * t2 - 0x1.555546p-3f);
  floats cosine = 1.0f - 0.5f * t2 + t2 * t2 * ((0x1.99eb9cp-16f * t2 - 0x1.6c0c34p-10f) * t2 + 0x1.55554ap-5f);
  ints swap = -(quadrant & 1);
  floats x = select(swap, sine, cosine), y = select(swap, cosine, sine);
  *a = radius * (floats)((ints)x ^ (((quadrant + 1) & 2) << 30));
  *b = radius * (floats)((ints)y ^ ((quadrant & 2) << 30));
}

INLINE void add_sixteen(
    gpgen_noise_stream stream, int32_t kx, int32_t ky, const float *amplitude, float factor, float *out) {
  floats a, b, scale, low, high;
  normals(stream, kx, ky, &a, &b);
  memcpy(&scale, amplitude, sizeof scale);
  memcpy(&low, out, sizeof low);
  memcpy(&high, out + lanes, sizeof high);
  scale *= factor;
  a *= scale;
  b *= scale;
  low += __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  high += __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  memcpy(out, &low, sizeof low);
  memcpy(out + lanes, &high, sizeof high);
}

INLINE void gpgen_add_noise_body(
    gpgen_noise_stream stream, int32_t kx, int32_t ky, size_t count, const float *amplitude, float factor, float *out) {
  size_t j = 0;
  for (; j + lanes <= count; j += lanes) add_sixteen(stream, kx, ky + (int32_t)j, amplitude + j, factor, out + 2 * j);
  if (j < count) {
    float last_amplitude[lanes] = {0}, last[2 * lanes] = {0};
    memcpy(last_amplitude, amplitude + j, (count - j) * sizeof(float));
    memcpy(last, out + 2 * j, (count - j) * 2 * sizeof(float));
    add_sixteen(stream, kx, ky + (int32_t)j, last_amplitude, factor, last);
    memcpy(out + 2 * j, last, (count - j) * 2 * sizeof(float));
  }
}
KERNEL(
    gpgen_add_noise,
    (gpgen_noise_stream stream, int32_t kx, int32_t ky, size_t count, const float *amplitude, float factor, float *out),
    (stream, kx, ky, count, amplitude, factor, out))
