#!/usr/bin/env bash
# Builds the wheel: python/build.sh leaves it in python/dist/.
#
# On Debian with Swift, after the packages of the README's first command and
#   apt-get install -y gcc patchelf python3-venv
# The libraries that it brings are those of the machine it is built on; it needs their glibc or a newer one.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
python=$root/python
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
# Equal sources give equal wheels.
SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct)
export SOURCE_DATE_EPOCH

# Of a library, unlike a program, Swift does not tell the linker where the static libraries are.
static=$(dirname "$(readlink -f "$(command -v swift)")")/../lib/swift_static/linux
swift build --package-path "$root" -c release --static-swift-stdlib --product GpgenC -Xlinker -L"$static"

cp -r "$python"/{pyproject.toml,setup.py,README.md,src} "$stage"
find "$stage" -name __pycache__ -exec rm -rf {} +
mkdir -p "$stage"/src/gpgen/{bin,lib} "$stage/licenses"
strip -o "$stage/src/gpgen/lib/libGpgenC.so" "$root/.build/release/libGpgenC.so"
gcc -O2 -Wall -Wextra -Werror -o "$stage/src/gpgen/bin/gpgen" "$python/program.c"
strip "$stage/src/gpgen/bin/gpgen"

# The licences of all that is in the wheel: ours, those of the packages built into the library, of the libraries it loads.
cp "$root/LICENSE" "$stage/licenses/gpgen.txt"
cp /usr/share/common-licenses/GPL-3 "$stage/licenses/GPL-3.txt"
for package in "$root"/.build/checkouts/*; do cp "$package"/LICENSE* "$stage/licenses/$(basename "$package").txt"; done
cp "$(dirname "$(readlink -f "$(command -v swift)")")/../share/swift/LICENSE.txt" "$stage/licenses/Swift.txt"
ldd "$root/.build/release/libGpgenC.so" | awk '$3 ~ /^\// {print $3}' | xargs -n 1 readlink -f | while read -r library; do
  package=$(dpkg -S "$library" "/usr$library" 2>/dev/null | head -n 1 | cut -d : -f 1)
  [ -z "$package" ] || cp "/usr/share/doc/$package/copyright" "$stage/licenses/Debian-$package.txt"
done

python3 -m venv "$stage/venv"
"$stage/venv/bin/pip" install --quiet 'setuptools>=77' 'auditwheel>=6.1'
"$stage/venv/bin/pip" wheel --quiet --no-deps --no-build-isolation --wheel-dir "$stage/dist" "$stage"
rm -rf "$python/dist"
"$stage/venv/bin/auditwheel" repair --plat manylinux_2_36_x86_64 --strip -w "$python/dist" "$stage"/dist/*.whl
ls -l "$python/dist"
