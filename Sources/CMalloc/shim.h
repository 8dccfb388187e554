#include <pthread.h>
#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

/// Makes all threads share the main thread's heap instead of glibc's per-thread arenas. Without glibc, does nothing.
///
/// A function, since Swift's overlay of glibc does not import malloc.h.
static inline void gpgen_share_heap(void) {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 1);
#endif
}

/// Sets the default stack size of threads, in bytes. Without glibc, does nothing.
///
/// A function, since glibc declares pthread_setattr_default_np only for _GNU_SOURCE, which Swift does not define.
static inline void gpgen_set_default_stack(size_t bytes) {
#ifdef __GLIBC__
  extern int pthread_setattr_default_np(const pthread_attr_t *attributes);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, bytes);
  pthread_setattr_default_np(&attributes);
  pthread_attr_destroy(&attributes);
#endif
}
