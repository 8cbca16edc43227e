#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Compiles every header of the tree alone and twice over: none may depend on what was included before it, and each has
# its guard. First proves on two bad headers that it can fail.
#   headers.sh SOURCE-ROOT COMPILER...
set -eu
root=$1
shift
compiler="$* $(pkg-config --cflags p11-kit-1)" # the one library whose headers lie in a folder of their own

# compiles_alone ROOT HEADER
compiles_alone() {
  printf '#include "%s"\n#include "%s"\n' "$2" "$2" |
    $compiler -std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only -I "$1" -x c -
}

scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT
printf '#include <stddef.h>\nsize_t whole(void);\n' >"$scratch/good.h"
printf 'size_t needs_stddef(void);\n' >"$scratch/needs.h"
printf 'struct unguarded {\n    int x;\n};\n' >"$scratch/unguarded.h"
compiles_alone "$scratch" good.h || { echo "headers.sh refuses a good header" && exit 1; }
for bad in needs.h unguarded.h; do
  if compiles_alone "$scratch" "$bad" >/dev/null 2>&1; then
    echo "headers.sh does not notice $bad" && exit 1
  fi
done

count=0
failed=0
for header in $(cd "$root" && find base proto keys indexd client tests bench -name '*.h' | sort); do
  count=$((count + 1))
  compiles_alone "$root" "$header" || { echo "$header does not compile alone" && failed=$((failed + 1)); }
done
echo "$count headers, $failed of them do not compile alone."
[ "$count" -gt 0 ] && [ "$failed" -eq 0 ]
