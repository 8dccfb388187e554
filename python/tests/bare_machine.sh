#!/usr/bin/env bash
# Installs the wheel on a machine that has nothing but Python and pip, and uses all of it there.
#
#   apt-get install -y mmdebstrap      # as root, on Debian
#   python/build.sh && python/tests/bare_machine.sh
#
# The machine is a minimal Debian of its own in a temporary folder, entered with chroot. Only numpy is fetched beside the wheel.
set -euo pipefail
python=$(cd "$(dirname "$0")/.." && pwd)
release=${1:-$(. /etc/os-release && echo "$VERSION_CODENAME")}
root=$(mktemp -d)
trap 'umount "$root/proc" "$root/dev" 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT

wheels=("$python"/dist/gpgen-*.whl)
[ -f "${wheels[0]}" ] || { echo "There is no wheel in $python/dist; run python/build.sh first." >&2; exit 1; }
mmdebstrap --quiet --variant=minbase --include=python3,python3-pip "$release" "$root" < /dev/null
for name in gcc cc swift h5dump fftw-wisdom; do
  if chroot "$root" sh -c "command -v $name"; then echo "The machine was to be bare, and has $name." >&2; exit 1; fi
done

mkdir "$root/wheels" "$root/work"
cp "${wheels[0]}" "$root/wheels"
tag=$(chroot "$root" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
python3 -m pip download --quiet --only-binary :all: --python-version "$tag" --dest "$root/wheels" numpy
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
chroot "$root" python3 -m pip install --quiet --root-user-action ignore --break-system-packages --no-index --find-links /wheels gpgen
cp "$python/tests/bare_machine.py" "$root/work"
chroot "$root" sh -c 'cd /work && python3 bare_machine.py'
