#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

/// Has all threads share the main thread's heap, where glibc would give each a heap of its own. Elsewhere does nothing.
///
/// A function, since Swift's overlay of glibc does not import malloc.h.
static inline void gpgen_share_heap(void) {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 1);
#endif
}
