#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The index links no OPRF code: its program neither defines nor asks for a function of keys/oprf or keys/threshold, nor of
# libdecaf. Nor does it load PKCS#11 modules, which is for people's clients. First proves on a small program that it can fail.
#   symbols.sh PROGRAM COMPILER...
set -eu
program=$1
shift
compiler=$*

oprf_symbols() {
  nm "$1" | awk '$NF ~ /^(oprf|threshold|weighted_sum|decaf|card|p11_kit)_/ { print $NF }'
}

scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT
printf 'int oprf_blind(int x);\nint oprf_blind(int x) {\n    return x;\n}\nint main(void) {\n    return oprf_blind(0);\n}\n' \
  >"$scratch/bad.c"
$compiler -o "$scratch/bad" "$scratch/bad.c"
[ "$(oprf_symbols "$scratch/bad")" = oprf_blind ] || { echo "symbols.sh does not notice OPRF code" && exit 1; }

if [ ! -x "$program" ]; then
  echo "skipped: indexd is not built"
  exit 77
fi
# A program without its own symbols would pass whatever it holds.
if ! nm "$program" 2>/dev/null | awk '$NF == "main" { found = 1 } END { exit !found }'; then
  echo "skipped: indexd is stripped of its symbols"
  exit 77
fi
found=$(oprf_symbols "$program")
if [ -n "$found" ]; then
  echo "indexd holds code that is not for it:"
  echo "$found"
  exit 1
fi
echo "indexd holds no code of OPRF or smartcards."
