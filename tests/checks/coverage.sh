#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Line coverage of base, proto, keys and indexd by the tests that run over them, printed by gcovr, each folder by itself;
# exits 1 where a folder has less than 90%. Some minutes; needs the Debian package gcovr.
#
#   tests/checks/coverage.sh
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$root/build-checks/coverage
cd "$root"
rm -rf "$work" # what is left of older sources names functions on other lines, over which gcovr stops
meson setup "$work" --buildtype=debugoptimized -Db_coverage=true >/dev/null
tests=$(meson test -C "$work" --list 2>/dev/null | grep -E '^(base|proto|keys|indexd|fuzz|e2e)/' | grep -v e2e/library)
meson test -C "$work" --num-processes 2 --timeout-multiplier 3 $tests >"$work/tests.log" 2>&1 || grep -E 'FAIL|TIMEOUT' "$work/tests.log"
failed=0
for folder in base proto keys indexd; do
  printf '%s: ' "$folder"
  gcovr --root . --object-directory "$work" --filter "$folder/" --fail-under-line 90 --print-summary --output "$work/$folder.txt" \
    "$work" | sed -n 's/^lines: //p' | tee "$work/$folder.lines"
  percent=$(sed 's/\..*//' "$work/$folder.lines")
  [ "${percent:-0}" -ge 90 ] || failed=1
done
exit $failed
