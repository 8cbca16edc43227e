#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The real daemons and clients built with ThreadSanitizer, under end-to-end tests and the load of bench/index; and the
# engine's own stress test. Criterion's processes do not start under ThreadSanitizer, so that the tests themselves come
# from BUILD, an ordinary build. Prints the races found, and exits 1 when there is one.
#
#   tests/checks/tsan.sh BUILD [--short]      some minutes; --short is test.sh's: two modules and one round of the load
set -eu
build=$(cd "${1:?usage: tests/checks/tsan.sh BUILD [--short]}" && pwd)
modules="acts answers budgets feeds journal people refusals retention shield trust"
rounds=5
if [ "${2:-}" = --short ]; then
  modules="answers journal"
  rounds=1
fi
. "$(dirname "$0")/check.sh"
work=$root/build-checks/tsan
reports=$root/build-checks/tsan-reports
programs="keys/ceremony/ceremony keys/keyholderd/keyholderd indexd/indexd indexd/indexctl client/signpost"
cd "$root"
# Unoptimised: it is made sooner, and no access is optimised away before ThreadSanitizer sees it.
[ -f "$work/build.ninja" ] || CC=clang meson setup "$work" --buildtype=debug -Db_sanitize=thread -Db_lundef=false >/dev/null
ninja -C "$work" $programs bench/make_caseload tests/indexd/test_indexd_stress tests/e2e/lying_holder >"$work/build.log" ||
  { tail -n 40 "$work/build.log"; exit 2; }
rm -rf "$reports" "$work/scheme"
mkdir -p "$reports"
export TSAN_OPTIONS="log_path=$reports/tsan:exitcode=66:second_deadlock_stack=1"
check "ThreadSanitizer: engine stress" "$work/tests/indexd/test_indexd_stress"
LISTEN=0 DAYS=365 tests/support/make_scheme.sh "$work/scheme" "$work" 1 2 3 4
export SIGNPOST_BUILD="$work" SIGNPOST_TEMPLATE="$work/scheme" SIGNPOST_MAKE_SCHEME="$root/tests/support/make_scheme.sh"
for module in $modules; do
  check "ThreadSanitizer: e2e/$module" "$build/tests/e2e/test_e2e_$module" --jobs 1
done
check "ThreadSanitizer: load of bench/index" "$build/bench/index" --rounds $rounds

no_reports() {
  [ -z "$(ls "$reports")" ] || { cat "$reports"/* | head -n 100; return 1; }
}
check "ThreadSanitizer: no race" no_reports
exit $failed
