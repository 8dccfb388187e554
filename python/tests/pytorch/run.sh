#!/usr/bin/env bash
# Tests gpgen.torch: python/tests/pytorch/run.sh [options of pytest]. Some ten minutes on two cores.
#
# Apart from the other tests, as PyTorch is a download of 200 MB. It is installed from its index of CPU wheels, into
# .venv-torch; TORCH names another wheel or version. The program and the library are those of .build/release, after
#   swift build -c release && swift build -c release --product GpgenC
# unless GPGEN_PROGRAM and GPGEN_LIBRARY name others.
set -euo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
environment=$root/.venv-torch
export GPGEN_PROGRAM=${GPGEN_PROGRAM:-$root/.build/release/gpgen} GPGEN_LIBRARY=${GPGEN_LIBRARY:-$root/.build/release/libGpgenC.so}
for file in "$GPGEN_PROGRAM" "$GPGEN_LIBRARY"; do
  [ -e "$file" ] || { echo "$file: no such file; build it as this script says" >&2; exit 1; }
done
[ -d "$environment" ] || python3 -m venv "$environment"
"$environment/bin/pip" install --quiet --extra-index-url https://download.pytorch.org/whl/cpu "${TORCH:-torch>=2.4}"
"$environment/bin/pip" install --quiet numpy safetensors torchdata h5py pytest
PYTHONPATH=$root/python/src exec "$environment/bin/python" -m pytest -q -p no:cacheprovider "$root/python/tests/pytorch" "$@"
