#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One question from end to end under valgrind's memcheck: two key holders, the index and the client. Prints the errors and
# exits 1 when there is one, a definite leak included. Built with -Dconfine=false, since valgrind makes calls of its own,
# and unoptimised, since it takes the checked memmove of glibc for memcpy. About a minute; needs the Debian package valgrind.
#
#   tests/checks/valgrind.sh
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$root/build-checks/valgrind
cd "$root"
[ -f "$work/build.ninja" ] || meson setup "$work" --buildtype=debug -Dconfine=false >/dev/null
ninja -C "$work" keys/ceremony/ceremony keys/keyholderd/keyholderd indexd/indexd indexd/indexctl client/signpost >/dev/null
scheme=$(mktemp -d)
daemons=
trap 'test -z "$daemons" || kill $daemons 2>/dev/null; rm -rf "$scheme"' EXIT
LISTEN=0 DAYS=30 tests/support/make_scheme.sh "$scheme/scheme" "$work" 1 2 3 4
cd "$scheme/scheme"
"$work/indexd/indexctl" init --config index.ini >/dev/null
exec_valgrind() { # NAME PROGRAM ARGUMENTS...
  name=$1
  shift
  exec valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite --log-file="$name.memcheck" "$@"
}
memcheck() { (exec_valgrind "$@"); }
map=
start() { # NAME PROGRAM CONFIG DESCRIBED-PORT
  mkfifo "$1.ready"
  exec_valgrind "$1" "$2" --config "$3" >"$1.ready" 2>"$1.log" &
  daemons="$daemons $!"
  read -r _ port <"$1.ready"
  map="$map, 127.0.0.1:$4:127.0.0.1:$port"
}
start holder-1 "$work/keys/keyholderd/keyholderd" holder-1.ini 1
start holder-2 "$work/keys/keyholderd/keyholderd" holder-2.ini 2
start index "$work/indexd/indexd" index.ini 4
for client in north south; do echo "connect_to = ${map#, }" >>$client.ini; done
row='ref,forenames,surname,date_of_birth,nhs_number,upn
case-1,Leo,Ramsbottom,2017-08-30,9990000115,'
echo "$row" >child.csv
failed=0
memcheck register "$work/client/signpost" --config north.ini register --csv child.csv >register.out || failed=1
memcheck ask "$work/client/signpost" --config south.ini ask --csv child.csv --purpose assessment >ask.out || failed=1
grep -q 'case-1,yes' ask.out || { echo "the answer is not yes:"; cat ask.out; failed=1; }
for daemon in $daemons; do
  kill "$daemon"
  wait "$daemon" || failed=1
done
daemons=
for report in *.memcheck; do
  echo "${report%.memcheck}: $(grep -c 'at 0x' "$report" || true) errors"
  [ ! -s "$report" ] || cat "$report"
done
exit $failed
