#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds, and runs every test twice: plainly (gcc, optimised and hardened) and under
# AddressSanitizer and UndefinedBehaviorSanitizer (clang, unoptimised), where a leak or a report fails and the lines that
# are reached are counted. Then there are the checks of tests/checks: cppcheck and clang-tidy, ThreadSanitizer, valgrind
# and coverage. The last line counts tests and checks.
#   ./test.sh [MESON-TEST-ARGUMENTS...]      for example: ./test.sh --suite keys      (these tests, and no checks)
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
CC=clang build_into build-test/sanitized --buildtype=debug -Db_sanitize=address,undefined -Db_lundef=false -Db_coverage=true
find build-test/sanitized -name '*.gcda' -delete # what an earlier run counted

# A crashed or leaking process writes its report to a file of its own, which the tally counts as a failure.
reports=$(pwd)/build-test/reports
rm -rf "$reports"
mkdir -p "$reports"
symbolizer=$(command -v llvm-symbolizer || command -v llvm-symbolizer-14 || true)

# What a check printed, and how it ended; the tally counts the lines "ok" and "not ok".
checks=$(pwd)/build-test/checks
rm -rf "$checks"
mkdir -p "$checks"
check() { # NAME ARGUMENTS...
  name=$1
  shift
  echo "did not end" >"$checks/$name"
  ended=0
  nice -n "${niceness:-0}" timeout --foreground --kill-after=10 1200 "tests/checks/$name.sh" "$@" >"$checks/$name.log" 2>&1 || ended=$?
  { cat "$checks/$name.log"; echo "ended with $ended"; } >"$checks/$name"
  rm "$checks/$name.log"
}

if [ $# -eq 0 ]; then
  echo "Reading the sources with cppcheck and clang-tidy, in what time the tests leave"
  niceness=19 check static --short &
fi
echo "Testing plainly"
meson test -C build-test/plain --no-rebuild --print-errorlogs --num-processes 2 "$@" || true
echo "Testing under AddressSanitizer and UndefinedBehaviorSanitizer"
ASAN_OPTIONS="log_path=$reports/asan:detect_leaks=1:abort_on_error=0:external_symbolizer_path=$symbolizer" \
UBSAN_OPTIONS="log_path=$reports/ubsan:print_stacktrace=1:external_symbolizer_path=$symbolizer" \
  meson test -C build-test/sanitized --no-rebuild --print-errorlogs --num-processes 2 --timeout-multiplier 4 "$@" || true

if [ $# -eq 0 ]; then
  echo "Checking with ThreadSanitizer and valgrind; coverage"
  check tsan build-test/plain --short &
  check valgrind
  check coverage build-test/sanitized
  wait
fi

exec python3 tests/support/tally.py "$reports" "$checks" build-test/plain build-test/sanitized
