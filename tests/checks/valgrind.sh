#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One question from end to end under valgrind's memcheck: two key holders, the index and the client. Prints the errors and
# exits 1 when there is one, a definite leak included. Built with -Dconfine=false, since valgrind makes calls of its own,
# and unoptimised, since it takes the checked memmove of glibc for memcpy. Half a minute of one core, most of it the
# build; needs the Debian package valgrind.
#
#   tests/checks/valgrind.sh
set -eu
. "$(dirname "$0")/check.sh"
work=$root/build-checks/valgrind
cd "$root"
[ -f "$work/build.ninja" ] || meson setup "$work" --buildtype=debug -Dconfine=false >/dev/null
ninja -C "$work" keys/ceremony/ceremony keys/keyholderd/keyholderd indexd/indexd indexd/indexctl client/signpost \
  >"$work/build.log" || { tail -n 40 "$work/build.log"; exit 2; }
scheme=$(mktemp -d)
daemons=
trap 'test -z "$daemons" || kill $daemons 2>/dev/null; rm -rf "$scheme"' EXIT
LISTEN=0 DAYS=30 tests/support/make_scheme.sh "$scheme/scheme" "$work" 1 2 3 4
cd "$scheme/scheme"
"$work/indexd/indexctl" init --config index.ini >/dev/null

exec_valgrind() { # NAME PROGRAM ARGUMENTS...
  log=$1.memcheck
  shift
  exec valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite --log-file="$log" "$@"
}
map=
start() { # NAME PROGRAM DESCRIBED-PORT
  mkfifo "$1.ready"
  exec_valgrind "$1" "$2" --config "$1.ini" >"$1.ready" 2>"$1.log" &
  echo $! >"$1.pid"
  daemons="$daemons $!"
  read -r _ port <"$1.ready"
  map="$map, 127.0.0.1:$3:127.0.0.1:$port"
}
stop() { # NAME
  pid=$(cat "$1.pid")
  kill "$pid"
  wait "$pid" || { cat "$1.log" "$1.memcheck"; return 1; }
}
client() { # NAME CONFIG ARGUMENTS...
  (exec_valgrind "$1" "$work/client/signpost" --config "$2" "$1" --csv child.csv ${3:-}) || { cat "$1.memcheck"; return 1; }
}
start holder-1 "$work/keys/keyholderd/keyholderd" 1
start holder-2 "$work/keys/keyholderd/keyholderd" 2
start index "$work/indexd/indexd" 4
for agency in north south; do echo "connect_to = ${map#, }" >>$agency.ini; done
cat >child.csv <<'CSV'
ref,forenames,surname,date_of_birth,nhs_number,upn
case-1,Leo,Ramsbottom,2017-08-30,9990000115,
CSV
ask_for_yes() {
  client ask south.ini "--purpose assessment" >answer || return 1
  grep -q 'case-1,yes' answer || { cat answer; return 1; }
}
check "memcheck: register" client register north.ini
check "memcheck: ask" ask_for_yes
for daemon in holder-1 holder-2 index; do check "memcheck: $daemon" stop $daemon; done
daemons=
exit $failed
