#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every test that a page of docs/ names, as `suite, name`, exists: named_tests.sh SOURCE
set -eu
cd "$1"
named=$(grep -ohE '`[a-z0-9_]+, [a-z0-9_]+`' docs/*.md | tr -d '\140' | sort -u)
[ -n "$named" ] || { echo "no page names a test: this check looks for the wrong form"; exit 1; }
missing=0
count=0
while IFS= read -r test; do
  count=$((count + 1))
  grep -rqF "Test($test" tests --include='*.c' || { echo "docs/ names a test that does not exist: $test"; missing=1; }
done <<LIST
$named
LIST
[ "$missing" -eq 0 ] && echo "All $count tests that docs/ names exist."
exit "$missing"
