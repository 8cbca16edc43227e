#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fuzzes the parsers with libFuzzer under AddressSanitizer and UndefinedBehaviorSanitizer, each for some seconds, and
# prints a line for each: executions, line coverage of the sources that it covers, findings.
#
#   tests/fuzz/run.sh SECONDS [NAME...]     e.g. 60, or 600 roster record
#
# Works in build-fuzz/: new inputs in found/NAME, findings in findings/NAME (give one to the harness to see it again);
# uncovered/NAME.txt lists the lines that nothing reached. Exits 1 when there is a finding or coverage is below 95%.
#   tests/fuzz/run.sh keep NAME...          takes what a campaign found into the committed corpus, minimised
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
fuzz=$root/tests/fuzz
work=$root/build-fuzz
usage() { sed -n '3,12s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -ge 1 ] || usage
what=$1
shift
[ $# -gt 0 ] || set -- $(ls "$fuzz/corpus")

tool() { command -v "$1" || command -v "$1-14" || { echo "$1 is missing: install llvm" >&2; exit 2; }; }
profdata=$(tool llvm-profdata)
cov=$(tool llvm-cov)
ASAN_OPTIONS=detect_leaks=1:external_symbolizer_path=$(tool llvm-symbolizer)
UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export ASAN_OPTIONS UBSAN_OPTIONS CC=clang

build() { # FOLDER MESON-OPTIONS...
  [ -f "$work/$1/build.ninja" ] || meson setup "$work/$@" --buildtype=debugoptimized -Db_lundef=false >"$work/setup.log" 2>&1 ||
    { tail -n 20 "$work/setup.log" >&2; exit 2; }
  ninja -C "$work/$1" fuzzers >"$work/build.log" 2>&1 || { tail -n 30 "$work/build.log" >&2; exit 2; }
}
mkdir -p "$work"
cd "$root"
build search -Dfuzzers=true -Db_sanitize=address,undefined
[ "$what" = keep ] || build coverage -Db_pie=false '-Dc_args=-fprofile-instr-generate -fcoverage-mapping -O1' \
  -Dc_link_args=-fprofile-instr-generate

dictionary() {
  case $1 in
    acts | ceremony | import | messages | pipe | descriptor | roster | signed) echo "-dict=$fuzz/dict/json.dict" ;;
    http_*) echo "-dict=$fuzz/dict/http.dict" ;;
    csv) echo "-dict=$fuzz/dict/csv.dict" ;;
    matching) echo "-dict=$fuzz/dict/matching.dict" ;;
  esac
}

keep() {
  mkdir -p "$work/kept/$1"
  "$work/search/tests/fuzz/fuzz_$1" -merge=1 -max_len=1500 "$work/kept/$1" "$fuzz/corpus/$1" "$work/found/$1" >/dev/null 2>&1
  cp -n "$work/kept/$1"/* "$fuzz/corpus/$1/"
  rm -rf "$work/kept/$1"
  echo "$1: $(ls "$fuzz/corpus/$1" | wc -l) inputs"
}

search() { # prints the number of executions
  mkdir -p "$work/found/$1" "$work/findings/$1"
  "$work/search/tests/fuzz/fuzz_$1" -max_total_time="$what" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
    -max_len=8192 -artifact_prefix="$work/findings/$1/" $(dictionary "$1") "$work/found/$1" "$fuzz/corpus/$1" \
    >"$work/$1.log" 2>&1 || true
  sed -n 's/^stat::number_of_executed_units: *//p' "$work/$1.log"
}

covered() { # prints "covered lines"; the sources are those that the harness names
  program=$work/coverage/tests/fuzz/fuzz_$1
  LLVM_PROFILE_FILE="$work/$1.profraw" "$program" "$fuzz/corpus/$1" "$work/found/$1" >/dev/null 2>&1 || true
  "$profdata" merge -sparse "$work/$1.profraw" -o "$work/$1.profdata"
  mkdir -p "$work/uncovered"
  "$cov" export -format=lcov -instr-profile="$work/$1.profdata" "$program" |
    "$fuzz/coverage.py" "$root" "$work/uncovered/$1.txt" $(sed -n 's/^\/\/ Covers: //p' "$fuzz/fuzz_$1.c")
}

failed=0
[ "$what" = keep ] || printf '%-14s %12s %10s %10s\n' fuzzer executions lines findings
for name; do
  [ -f "$fuzz/fuzz_$name.c" ] || usage
  if [ "$what" = keep ]; then
    keep "$name"
    continue
  fi
  executions=$(search "$name")
  lines=$(covered "$name")
  percent=$(echo "$lines" | awk '{printf "%.1f", 100 * $1 / $2}')
  findings=$(find "$work/findings/$name" -type f | wc -l)
  printf '%-14s %12s %9s%% %10s\n' "$name" "${executions:-none}" "$percent" "$findings"
  if [ "$findings" -gt 0 ] || [ "${percent%.*}" -lt 95 ] || [ -z "$executions" ]; then
    failed=1
  fi
done
exit $failed
