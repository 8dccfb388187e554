#include <oneapi/dnnl/dnnl.h>
#include <stdbool.h>

// oneDNN's OpenMP runtime reads OMP_NUM_THREADS when it is loaded; after that, only this call sets the number of
// threads. It is defined by the OpenMP standard, but the library that provides it depends on oneDNN's build: weak, so
// that none is named.
extern void omp_set_num_threads(int threads) __attribute__((weak));

// Whether gpgen_set_threads has an effect.
static inline bool gpgen_can_set_threads(void) { return omp_set_num_threads != 0; }

static inline void gpgen_set_threads(int threads) {
  if (omp_set_num_threads) omp_set_num_threads(threads);
}
