#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes a throwaway scheme for the demo and the end-to-end tests: a ceremony, three key holders, an index, two agencies
# and their people, with every configuration file. Never for real use: all secrets lie in one folder.
#
#   make_scheme.sh FOLDER BUILD PORT1 PORT2 PORT3 PORT4      holders 1-3 and the index on 127.0.0.1
#   LISTEN=0  the daemons listen on ports that the system chooses (tests; clients then need connect_to)
#   BUDGETS=none  no limits on what is asked (measurements)
#   DAYS=N    validity of everything that is signed
#   ADDRESS=::1  another address than 127.0.0.1
set -eu
folder=$1
build=$2
shift 2
days=${DAYS:-30}
host=${ADDRESS:-127.0.0.1}
case $host in *:*) at="[$host]" ;; *) at=$host ;; esac # as addresses have it
ceremony="$build/keys/ceremony/ceremony"
signpost="$build/client/signpost"
scheme=demo

mkdir -p "$folder"
cd "$folder"
umask 077
say() { printf '%s\n' "$*" >>ceremony.log; }
run() { "$@" >>ceremony.log 2>&1 || { tail -n 5 ceremony.log >&2; exit 2; }; }
phrase() { printf '%s-%s\n' "$1" "$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')" >"$1.passphrase"; }
listen_on() { if [ "${LISTEN:-}" = 0 ]; then echo "$at:0"; else echo "$at:$1"; fi; }

no_limits() { # NAME...: in a configuration file, for loads that no real agency has
  [ "${BUDGETS:-}" = none ] || return 0
  for limit in "$@"; do printf 'person_%s = 0\nagency_%s = 0\n' "$limit" "$limit"; done
}

phrase authority
for i in 1 2 3; do phrase "holder-$i"; done
cd_authority="--dir authority --passphrase-file authority.passphrase"

say "the ceremony"
run "$ceremony" init --scheme $scheme --passphrase-file authority.passphrase --kdf interactive authority
"$signpost" matching --set core >matching.json
run "$ceremony" deal $cd_authority -t 2 -n 3 --matching matching.json --days "$days" --kdf interactive \
  --holder "https://$at:$1" --holder "https://$at:$2" --holder "https://$at:$3" \
  --index "https://$at:$4" \
  --holder-passphrase-file holder-1.passphrase --holder-passphrase-file holder-2.passphrase \
  --holder-passphrase-file holder-3.passphrase

issue() { run "$ceremony" issue $cd_authority --days "$days" "$@"; }
for i in 1 2 3; do issue --host "$host" --out "holder-$i" holder "$i"; done
issue --host "$host" --out index index main
issue --out north agency north
issue --out south agency south
issue --out jo practitioner south jo
issue --out sam practitioner north sam
issue --out officer administrator officer
issue --out deputy --key-type ed25519 administrator deputy
issue --out dana practitioner north dana
issue --out devi practitioner south devi
run "$ceremony" roster $cd_authority --days "$days" add north.crt south.crt jo.crt sam.crt officer.crt deputy.crt index.crt
run "$ceremony" roster $cd_authority --days "$days" add --role data-protection-officer dana.crt devi.crt

for i in 1 2 3; do
  mkdir -p "holder-$i.state"
  eval "port=\$$i"
  cat >"holder-$i.ini" <<INI
listen = $(listen_on "$port")
ca = authority/ca.crt
certificate = holder-$i.crt
key = holder-$i.key
trust = authority/trust
descriptor = authority/descriptor
roster = authority/roster
deny = holder-$i.deny
share = authority/holder-$i/share.sealed
state = holder-$i.state
passphrase_file = holder-$i.passphrase
$(no_limits elements_hour elements_day)
workers = 1
INI
done

cat >index.ini <<INI
listen = $(listen_on "$4")
ca = authority/ca.crt
certificate = index.crt
key = index.key
trust = authority/trust
descriptor = authority/descriptor
roster = authority/roster
deny = index.deny
store = store
control = index.control
map_size_gib = 1
$(no_limits children_hour children_day questions_day no_day unregistered_day)
INI

client() { # NAME HANDLE-KEY
  cat >"$1.ini" <<INI
descriptor = authority/descriptor
trust = authority/trust
ca = authority/ca.crt
certificate = $1.crt
key = $1.key
handle_key = $2
local_contacts = contacts.txt
state = state-$1
INI
  mkdir -p "state-$1"
}
cat >contacts.txt <<'TEXT'
North children's services, duty desk: 01632 960001 (office hours), 01632 960002 (nights)
South health visiting, single point of access: 01632 960003
TEXT
client north north.handle.key
client south south.handle.key
client sam north.handle.key
client jo south.handle.key
client dana north.handle.key
