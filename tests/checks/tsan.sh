#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The real daemons and clients built with ThreadSanitizer, under the end-to-end tests and the load of bench/index; and
# the engine's own stress test. Criterion's processes do not start under ThreadSanitizer, so that the tests themselves
# come from BUILD, an ordinary build. Prints the races found, and exits 1 when there is one. Some minutes.
#
#   tests/checks/tsan.sh BUILD
set -eu
build=$(cd "${1:?usage: tests/checks/tsan.sh BUILD}" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$root/build-checks/tsan
reports=$root/build-checks/tsan-reports
programs="keys/ceremony/ceremony keys/keyholderd/keyholderd indexd/indexd indexd/indexctl client/signpost"
cd "$root"
[ -f "$work/build.ninja" ] || CC=clang meson setup "$work" --buildtype=debugoptimized -Db_sanitize=thread -Db_lundef=false >/dev/null
ninja -C "$work" $programs bench/make_caseload tests/indexd/test_indexd_stress tests/e2e/lying_holder >/dev/null
rm -rf "$reports"
mkdir -p "$reports"
export TSAN_OPTIONS="log_path=$reports/tsan:exitcode=66:second_deadlock_stack=1"
failed=0
run() { # WHAT COMMAND...
  what=$1
  shift
  if "$@" >"$reports/output" 2>&1; then echo "$what: ran"; else echo "$what: FAILED"; tail -n 15 "$reports/output"; failed=1; fi
}
run "engine stress" "$work/tests/indexd/test_indexd_stress"
rm -rf "$work/scheme"
LISTEN=0 DAYS=365 tests/support/make_scheme.sh "$work/scheme" "$work" 1 2 3 4
export SIGNPOST_BUILD="$work" SIGNPOST_TEMPLATE="$work/scheme" SIGNPOST_MAKE_SCHEME="$root/tests/support/make_scheme.sh"
for module in acts answers budgets feeds journal people refusals retention shield trust; do
  run "e2e/$module" "$build/tests/e2e/test_e2e_$module" --jobs 1
done
run "load of bench/index" "$build/bench/index"
races=$(find "$reports" -name 'tsan*' -type f | wc -l)
echo "$races reports of ThreadSanitizer in $reports"
[ "$races" -eq 0 ] && [ "$failed" -eq 0 ]
