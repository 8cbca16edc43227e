#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds, and runs every test twice: plainly (gcc, optimised and hardened) and under
# AddressSanitizer and UndefinedBehaviorSanitizer (clang), where a leak or a report fails. The last line counts.
#   ./test.sh [MESON-TEST-ARGUMENTS...]      for example: ./test.sh --suite keys
# SIGNPOST_SHARED names a folder with linkage data and RFC vectors; tests that need it skip without it.
set -u
cd "$(dirname "$0")" || exit 2
. .ci/prepare.sh
prepare test

if [ -z "${SIGNPOST_SHARED:-}" ] && [ -d ../shared/data ]; then
  SIGNPOST_SHARED=$(cd ../shared && pwd)
fi
export SIGNPOST_SHARED="${SIGNPOST_SHARED:-}"

echo "Building"
build_into build-test/plain --buildtype=debugoptimized
CC=clang build_into build-test/sanitized --buildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false

# A crashed or leaking process writes its report to a file of its own, which the tally counts as a failure.
reports=$(pwd)/build-test/reports
rm -rf "$reports"
mkdir -p "$reports"
symbolizer=$(command -v llvm-symbolizer || command -v llvm-symbolizer-14 || true)

echo "Testing plainly"
meson test -C build-test/plain --no-rebuild --print-errorlogs --num-processes 2 "$@" || true
echo "Testing under AddressSanitizer and UndefinedBehaviorSanitizer"
ASAN_OPTIONS="log_path=$reports/asan:detect_leaks=1:abort_on_error=0:external_symbolizer_path=$symbolizer" \
UBSAN_OPTIONS="log_path=$reports/ubsan:print_stacktrace=1:external_symbolizer_path=$symbolizer" \
  meson test -C build-test/sanitized --no-rebuild --print-errorlogs --num-processes 2 --timeout-multiplier 4 "$@" || true

exec python3 tests/support/tally.py "$reports" build-test/plain build-test/sanitized
