#!/usr/bin/env bash
# Tests what Hugging Face's datasets reads of gpgen's files: python/tests/huggingface/run.sh [options of pytest].
#
# Apart from the other tests, as datasets brings 400 MB of packages and another release of it may refuse other files, which
# is no fault of a change here. It is installed from PyPI into .venv-huggingface; DATASETS names another version than the newest. The
# program and the library are those of .build/release, after
#   swift build -c release && swift build -c release --product GpgenC
# unless GPGEN_PROGRAM and GPGEN_LIBRARY name others.
set -euo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
environment=$root/.venv-huggingface
export GPGEN_PROGRAM=${GPGEN_PROGRAM:-$root/.build/release/gpgen} GPGEN_LIBRARY=${GPGEN_LIBRARY:-$root/.build/release/libGpgenC.so}
for file in "$GPGEN_PROGRAM" "$GPGEN_LIBRARY"; do
  [ -e "$file" ] || { echo "$file: no such file; build it as this script says" >&2; exit 1; }
done
[ -d "$environment" ] || python3 -m venv "$environment"
"$environment/bin/pip" install --quiet "${DATASETS:-datasets}" h5py numpy pytest
# Nothing of the Hub's is asked for.
HF_HUB_OFFLINE=1 PYTHONPATH=$root/python/src exec "$environment/bin/python" -m pytest -q -p no:cacheprovider "$root/python/tests/huggingface" "$@"
