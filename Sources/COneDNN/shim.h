#include <oneapi/dnnl/dnnl.h>
#include <stdbool.h>

// oneDNN's OpenMP run time reads OMP_NUM_THREADS when it is loaded; only this call sets the number of threads later. Its
// name is the OpenMP standard's, the library that has it depends on oneDNN's build: weak, so that none has to be named.
extern void omp_set_num_threads(int threads) __attribute__((weak));

// Whether gpgen_set_threads has an effect.
static inline bool gpgen_can_set_threads(void) { return omp_set_num_threads != 0; }

static inline void gpgen_set_threads(int threads) {
  if (omp_set_num_threads) omp_set_num_threads(threads);
}
