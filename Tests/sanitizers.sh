#!/bin/sh
# The tests under AddressSanitizer and ThreadSanitizer: `Tests/sanitizers.sh [address|thread] [swift test's options]`.
# Each builds the package anew, in a folder of its own, and takes half an hour on two cores.
#
# SANITIZED lifts the limits on address space, of which the sanitizers' shadow memory takes terabytes. The C libraries are
# not instrumented: what their threads do is left out, and so is what they keep until the process ends.
set -eu
cd "$(dirname "$0")/.."
case "${1-}" in
  address | thread) sanitizers=$1; shift ;;
  *) sanitizers="address thread" ;;
esac
# Swift's own report of a crash would read the memory that the sanitizers guard.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS="suppressions=$PWD/Tests/address-sanitizer.txt:detect_leaks=0:allocator_may_return_null=1"
export TSAN_OPTIONS="suppressions=$PWD/Tests/thread-sanitizer.txt:halt_on_error=0:allocator_may_return_null=1"
for sanitizer in $sanitizers; do
  swift test --sanitize="$sanitizer" --scratch-path ".build-$sanitizer" -Xswiftc -DSANITIZED "$@"
done
