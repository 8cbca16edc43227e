# SPDX-License-Identifier: Apache-2.0
# Sourced by the checks of this folder. What each of them checks ends in a line that tests/support/tally.py counts:
# "ok - NAME", or what was found and "not ok - NAME".
root=$(cd "$(dirname "$0")/../.." && pwd)
failed=0

# check NAME COMMAND...: shows what the command printed only where it fails.
check() {
  name=$1
  shift
  found=$(mktemp)
  if "$@" >"$found" 2>&1; then
    echo "ok - $name"
  else
    tail -n 100 "$found"
    echo "not ok - $name"
    failed=1
  fi
  rm -f "$found"
}
