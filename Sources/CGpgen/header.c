#include "gpgen.h"

/* Callers in other languages rely on these layouts. */
_Static_assert(sizeof(gpgen_error) == 4096, "a code and a message");
_Static_assert(sizeof(gpgen_batch_info) == 48, "no hidden padding");
_Static_assert(sizeof(gpgen_stream_info) == 56, "no hidden padding");
