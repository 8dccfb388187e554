#!/bin/sh
# Builds the libraries' DocC documentation and fails on any warning: `Tests/docc.sh [output folder]`.
#
# `swift package dump-symbol-graph` reuses the build of `swift test`. Without an output folder, the result is thrown away.
set -eu
cd "$(dirname "$0")/.."
output=${1-$(mktemp -d)}
[ $# -gt 0 ] || trap 'rm -rf "$output"' EXIT
swift package dump-symbol-graph --minimum-access-level public --skip-synthesized-members > "$output.log" 2>&1 || {
  cat "$output.log"
  exit 1
}
rm "$output.log"
graphs=$(swift build --show-bin-path)/../symbolgraph
for library in GaussianField TextureDataset TextureStream Backdrop Experiments; do
  own=$(mktemp -d)
  cp "$graphs/$library".symbols.json "$graphs/$library"@*.symbols.json "$own" 2> /dev/null || cp "$graphs/$library".symbols.json "$own"
  docc convert "Sources/$library/$library.docc" --additional-symbol-graph-dir "$own" --warnings-as-errors \
    --fallback-display-name "$library" --fallback-bundle-identifier "gpgen.$library" \
    --output-path "$output/$library.doccarchive"
  rm -r "$own"
done
echo "DocC: 5 libraries, no warnings"
