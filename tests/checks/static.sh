#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cppcheck and clang-tidy over every source of base, proto, keys, indexd and client; prints what they find and exits 1
# when that is anything. Minutes on two cores, and so not part of test.sh.
#
#   tests/checks/static.sh [FILE...]      e.g. $(git diff --name-only main -- '*.c')
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$root/build-checks/static
cd "$root"
[ $# -gt 0 ] || set -- $(find base proto keys indexd client -name '*.c' | sort)
[ -f "$work/build.ninja" ] || CC=clang meson setup "$work" --buildtype=debug >/dev/null

# Left out: what cppcheck cannot see - macros of other libraries, compound literals behind a "?", and that a buffer is
# filled by utf8proc_encode_char, emptied, or of no length before it is read.
echo "cppcheck: $# files"
cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability --inline-suppr --force -j 2 \
  --suppress=missingIncludeSystem --suppress=unknownMacro --suppress=internalAstError --suppress=uninitvar:client/components.c \
  --suppress=uninitvar:client/match_keys.c --suppress=uninitvar:indexd/log/audit.c -I . -D_GNU_SOURCE "$@"
echo "cppcheck: clean"
echo "clang-tidy: $# files"
printf '%s\n' "$@" | xargs -P 2 -n 1 clang-tidy --quiet -p "$work" 2>/dev/null
echo "clang-tidy: clean"
