#include "spectral_kernels.h"
