#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Line coverage of base, proto, keys and indexd, each folder by itself, as the tests that ran in BUILD left it; prints it
# and exits 1 where a folder has less than 90%. BUILD is one of clang with -Db_coverage=true, test.sh's sanitized one for
# example. Needs the Debian packages gcovr and llvm.
#
#   tests/checks/coverage.sh BUILD
set -eu
build=$(cd "${1:?usage: tests/checks/coverage.sh BUILD}" && pwd)
. "$(dirname "$0")/check.sh"
cd "$root"
lines=$build/coverage.json

# What is left of targets that are no more names functions on other lines, over which gcovr stops.
ninja -C "$build" -t targets all | sed -n 's/\.o: .*//p' | sort >"$build/objects"
(cd "$build" && find . -name '*.gcno' | sed 's,^\./,,; s/\.gcno$//' | sort | comm -13 objects - |
  while read -r object; do rm -f "$object.gcno" "$object.gcda"; done)

gcovr --root . --object-directory "$build" --gcov-executable "llvm-cov gcov" -j "$(nproc)" --json "$lines" \
  "$build/base" "$build/proto" "$build/keys" "$build/indexd"
enough() { # FOLDER
  gcovr --root . --add-tracefile "$lines" --filter "$1/" --fail-under-line 90 --output "$build/coverage-$1.txt"
}
for folder in base proto keys indexd; do
  check "coverage of $folder" enough "$folder"
  printf '%s: ' "$folder"
  sed -n 's/^TOTAL *//p' "$build/coverage-$folder.txt"
done
exit $failed
