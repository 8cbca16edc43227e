#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cppcheck and clang-tidy over every source of base, proto, keys, indexd and client; prints what they find and exits 1
# when that is anything. Three minutes of one core; with --short, which leaves out clang-analyzer, one: test.sh runs that
# beside the tests.
#
#   tests/checks/static.sh [--short] [FILE...]      e.g. $(git diff --name-only main -- '*.c')
set -eu
. "$(dirname "$0")/check.sh"
work=$root/build-checks/static
cd "$root"
tidy_checks= # those of .clang-tidy
if [ "${1:-}" = --short ]; then
  tidy_checks='-clang-analyzer-*'
  shift
fi
[ $# -gt 0 ] || set -- $(find base proto keys indexd client -name '*.c' | sort)
[ -f "$work/build.ninja" ] || CC=clang meson setup "$work" --buildtype=debug >/dev/null
ninja -C "$work" build.ninja >/dev/null # how each source is compiled today
echo "cppcheck and clang-tidy: $# files"

# Left out: what cppcheck cannot see - macros of other libraries, compound literals behind a "?", and that a buffer is
# filled by utf8proc_encode_char or libdecaf, emptied, or of no length before it is read. One process, because several do
# not look from one file into another.
check cppcheck \
  cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability --inline-suppr --force \
  --suppress=missingIncludeSystem --suppress=unknownMacro --suppress=internalAstError --suppress=uninitvar:client/components.c \
  --suppress=uninitvar:client/match_keys.c --suppress=uninitvar:indexd/log/audit.c \
  --suppress=legacyUninitvar:keys/weighted_sum.c -I . -D_GNU_SOURCE "$@"

# A file a process: clang-tidy 14 no longer knows a va_list in the second file that it reads.
tidy() {
  clean=0
  printf '%s\n' "$@" | xargs -P "$(nproc)" -n 1 clang-tidy --quiet --checks="$tidy_checks" -p "$work" >"$work/found" 2>&1 || clean=1
  grep -v ' warnings generated\.$' "$work/found"
  return $clean
}
check clang-tidy tidy "$@"
exit $failed
