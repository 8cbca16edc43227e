#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Measures indexes of national size and plots what came out:
#   bench/national.sh BUILD FOLDER [OPTIONS]      options: BUILD/bench/national --help
# FOLDER gets report.txt, report.json, tables and plots (SVG and PNG). Without --children: 56 thousand, 556 thousand,
# 3.3 million and 12 million (all children of England), which is 1, 10, 60 and 216 million rows, one after the other: more
# than an hour, and 20 GiB of disk below BUILD. With --keep one size is imported once, for as many runs as one likes.
set -eu
case "${1:-}" in
  '' | -h | --help) sed -n '3,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
esac
top=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$1" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)
shift 2
case " $* " in
  *" --children "* | *" --keep "*) ;;
  *) set -- --children 56000 --children 556000 --children 3333000 --children 12000000 "$@" ;;
esac
(cd "$top" && . .ci/prepare.sh && install_packages gnuplot-nox)
SIGNPOST_BUILD=$build SIGNPOST_MAKE_SCHEME=$top/tests/support/make_scheme.sh \
  "$build/bench/national" --out "$out" "$@" >"$out/report.txt"
cat "$out/report.txt"
gnuplot -e "folder='$out'" "$top/bench/national.gp"
