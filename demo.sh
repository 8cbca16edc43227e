#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The whole of Signpost on this machine, in a few minutes: a ceremony, three key holders and an index on loopback; one
# agency registers its caseload, another asks about every child of its own.
#   ./demo.sh [--keep] [AGENCY-A.csv AGENCY-B.csv]
# Without files it makes its own: children who do not exist, some written down with errors. --keep leaves everything
# running and prints how to ask by hand and how to end it.
set -u
top=$(cd "$(dirname "$0")" && pwd)

usage() {
  sed -n '3,8s/^# \{0,1\}//p' "$top/demo.sh"
}

keep=no
files=()
for argument in "$@"; do
  case "$argument" in
    --keep) keep=yes ;;
    --help | -h) usage; exit 0 ;;
    -*) echo "demo.sh: no such option: $argument" >&2; usage >&2; exit 2 ;;
    *) files+=("$(realpath -- "$argument")") ;;
  esac
done
if [ ${#files[@]} -ne 0 ] && [ ${#files[@]} -ne 2 ]; then
  echo "demo.sh: give two caseloads, or none" >&2
  exit 2
fi
for file in "${files[@]}"; do
  [ -r "$file" ] || { echo "demo.sh: $file: cannot be read" >&2; exit 2; }
done

cd "$top" || exit 2
. .ci/prepare.sh

started=()
folder=
clean_up() {
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null; done
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null; done
  [ -n "$folder" ] && rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 2' INT TERM

now_ms() { date +%s%3N; }
took() { printf '  %s.%03d s' $(($1 / 1000)) $(($1 % 1000)); }
step() { # WORDS COMMAND...: runs it and says how long it took
  local words=$1 from
  shift
  from=$(now_ms)
  printf '%-58s' "$words"
  "$@" || { echo; stop "this step failed: $words"; }
  took $(($(now_ms) - from))
  echo
}

# A port below the range that the system hands out, on which nobody answers now.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    case " ${ports[*]-} " in *" $port "*) continue ;; esac
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  ports+=("$port")
}

start_daemon() { # NAME PROGRAM
  local ready
  : >"$folder/$1.out"
  (cd "$folder" && exec "$2" --config "$1.ini") >"$folder/$1.out" 2>"$folder/$1.log" &
  started+=($!)
  for _ in $(seq 600); do
    read -r ready _ <"$folder/$1.out" && [ "$ready" = ready ] && return
    kill -0 $! 2>/dev/null || break
    sleep 0.05
  done
  cat "$folder/$1.log" >&2
  return 1
}

start_all() {
  local i
  for i in 1 2 3; do start_daemon "holder-$i" "$build/keys/keyholderd/keyholderd" || return 1; done
  start_daemon index "$build/indexd/indexd"
}

signpost() { (cd "$folder" && "$build/client/signpost" --config "$@"); }

# Exit code 2 says that some rows were not done: the demo goes on and shows them.
register_all() { signpost north.ini register --csv north.csv >"$folder/register.txt" 2>"$folder/register.err" || [ $? -eq 2 ]; }
ask_all() {
  signpost south.ini ask --csv south.csv --out answers.csv --purpose caseload >"$folder/ask.txt" 2>"$folder/ask.err" ||
    [ $? -eq 2 ]
}

prepare build
build=$top/build-demo
step "Building" build_into build-demo --buildtype=debugoptimized -Dtests=false
folder=$(mktemp -d) || exit 2
ports=()
for _ in 1 2 3 4; do free_port; done

step "The ceremony: CA, token key in three shares, certificates" \
  "$top/tests/support/make_scheme.sh" "$folder" "$build" "${ports[@]}"
step "A new index, with its pepper, its canaries and the key that signs its journal" \
  sh -c 'cd "$1" && "$2" init --config index.ini >/dev/null && printf "log %s\n" "$(cat store/log/vkey)" >>authority/trust' \
  - "$folder" "$build/indexd/indexctl"
step "Starting three key holders and the index on loopback" start_all
if [ ${#files[@]} -eq 2 ]; then
  cp -- "${files[0]}" "$folder/north.csv" && cp -- "${files[1]}" "$folder/south.csv"
else
  step "Making two caseloads of children who do not exist" \
    "$build/bench/make_caseload" --children 1000 "$folder/north.csv" "$folder/south.csv"
fi
step "Agency north registers its caseload" register_all
cat "$folder/register.txt"
[ -s "$folder/register.err" ] && tail -n 3 "$folder/register.err"
kill -HUP "${started[3]}" # the daily figure of fresh feeds is made now, so that the answer below shows it
step "Agency south asks about every child of its own" ask_all
[ -s "$folder/answers.csv" ] || { cat "$folder/ask.err" >&2; stop "no answers"; }

python3 tests/support/score.py "$folder/north.csv" "$folder/south.csv" "$folder/answers.csv" "$folder/practitioner.txt" ||
  stop "the answers could not be counted"

echo
echo "One question, as a practitioner at south sees it (signpost ask):"
echo
signpost jo.ini ask --purpose assessment <"$folder/practitioner.txt" 2>&1 | sed 's/^/  | /'

if [ "$keep" = yes ]; then
  cat <<KEEP

Left running in $folder. To ask by hand, as a practitioner of south:
  cd $folder && $build/client/signpost --config jo.ini ask
  cd $folder && $build/client/signpost --config jo.ini check
Registered children stand in $folder/north.csv. To end it:
  kill ${started[*]}; rm -rf $folder
KEEP
  started=()
  folder=
fi
