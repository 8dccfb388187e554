#!/bin/sh
# Compares the libraries' public interface with that of another commit: `Tests/api.sh [commit]`.
#
# The default is the last tag. Exits with 1 where a change breaks a client's source. It builds the other commit too, ten minutes
# on two cores.
set -eu
cd "$(dirname "$0")/.."
base=${1-$(git describe --tags --abbrev=0 2> /dev/null || true)}
if [ -z "$base" ]; then
  echo "There is no tag yet: pass the commit to compare with, such as Tests/api.sh HEAD~10" >&2
  exit 2
fi
exec swift package diagnose-api-breaking-changes "$base" \
  --products GaussianField --products TextureDataset --products TextureStream --products Backdrop --products Experiments
