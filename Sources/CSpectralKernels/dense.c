// Dot products for factoring covariance matrices.

#include <string.h>

#include "dispatch.h"
#include "spectral_kernels.h"

#pragma clang fp contract(off)

typedef double doubles __attribute__((vector_size(32)));

INLINE doubles load(const double *p) {
  doubles v;
  memcpy(&v, p, sizeof v);
  return v;
}

INLINE void gpgen_dot_rows_body(const double *rows, size_t pitch, const double *b, size_t count, double *sums) {
  doubles lanes[8] = {{0}};
  size_t k = 0;
  for (; k + 4 <= count; k += 4) {
    doubles v = load(b + k);
    for (int r = 0; r < 8; r++) lanes[r] += load(rows + r * pitch + k) * v;
  }
  for (int r = 0; r < 8; r++) {
    double sum = (lanes[r][0] + lanes[r][2]) + (lanes[r][1] + lanes[r][3]);
    for (size_t j = k; j < count; j++) sum += rows[r * pitch + j] * b[j];
    sums[r] = sum;
  }
}
KERNEL(
    gpgen_dot_rows, (const double *rows, size_t pitch, const double *b, size_t count, double *sums),
    (rows, pitch, b, count, sums))
