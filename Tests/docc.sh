#!/bin/bash
# Builds the libraries' DocC documentation and fails on any warning: `Tests/docc.sh [output folder]`.
#
# It reads the modules that `swift test` has built. (`swift package dump-symbol-graph` would build them again, with all traits,
# so with MPI.) Without an output folder, the result is thrown away.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
output=${1-$work/output}
build=.build/debug
[ -d "$build/Modules" ] || swift build --build-tests

flags=()
for folder in Sources/*/include; do flags+=(-Xcc "-I$folder"); done
for map in Sources/*/module.modulemap .build/checkouts/*/Sources/*/include/module.modulemap "$build"/*.build/module.modulemap; do
  [ ! -f "$map" ] || flags+=(-Xcc "-fmodule-map-file=$map")
done
for flag in $(pkg-config --cflags fftw3f hdf5 libpng libisal libcrypto); do flags+=(-Xcc "$flag"); done

failed=
libraries="GaussianField TextureDataset TextureStream Backdrop Experiments"
for library in $libraries; do
  mkdir -p "$work/$library" "$output"
  swift-symbolgraph-extract -module-name "$library" -I "$build/Modules" -target "$(swift -print-target-info | sed -n 's/.*"triple": "\(.*\)".*/\1/p' | head -1)" \
    -minimum-access-level public -skip-synthesized-members -output-dir "$work/$library" "${flags[@]}"
  docc convert "Sources/$library/$library.docc" --additional-symbol-graph-dir "$work/$library" --warnings-as-errors \
    --fallback-display-name "$library" --fallback-bundle-identifier "gpgen.$library" \
    --output-path "$output/$library.doccarchive" || failed=yes
done
[ -z "$failed" ] || exit 1
echo "DocC: no warnings in $libraries"
