#include "gpgen.h"

/* What other languages that call the library rely on. */
_Static_assert(sizeof(gpgen_error) == 4096, "a code and a message");
_Static_assert(sizeof(gpgen_batch_info) == 48, "no padding that a caller has to know of");
_Static_assert(sizeof(gpgen_stream_info) == 56, "no padding that a caller has to know of");
