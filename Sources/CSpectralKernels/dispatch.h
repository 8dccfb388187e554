// Compiles a kernel's body twice, for the baseline and AVX2, and selects one at run time.

#pragma once

#define INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__)
#define KERNEL(name, parameters, arguments)                                    \
  __attribute__((target("avx2"))) static void name##_avx2 parameters {         \
    name##_body arguments;                                                     \
  }                                                                            \
  void name##_baseline parameters { name##_body arguments; }                   \
  void name parameters {                                                       \
    if (__builtin_cpu_supports("avx2")) {                                      \
      name##_avx2 arguments;                                                   \
    } else {                                                                   \
      name##_baseline arguments;                                               \
    }                                                                          \
  }
#else
#define KERNEL(name, parameters, arguments)                                    \
  void name##_baseline parameters { name##_body arguments; }                   \
  void name parameters { name##_body arguments; }
#endif

// Vectors wider than a register are split by the compiler; they cross no function call, so no ABI is at stake.
#pragma clang diagnostic ignored "-Wpsabi"
