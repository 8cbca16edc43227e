# SPDX-License-Identifier: Apache-2.0
# Sourced by smoke.sh --install: the packages as a machine has them, their users, folders and configuration; without a
# service manager, so that what the units do (credential, users) is done here by hand.
[ "$(id -u)" -eq 0 ] || fail "--install needs root, on a machine to be thrown away"
[ ! -e /etc/signpost ] || fail "there is an /etc/signpost already: this is no machine to be thrown away"
unset LD_LIBRARY_PATH
export DEBIAN_FRONTEND=noninteractive
apt-get install -y -q --no-install-recommends $debs >"$work/apt.log" 2>&1 || { tail -n 20 "$work/apt.log" && fail "apt-get install"; }

# USER COMMAND...: as the unit would run it, in place of this shell or under it.
become() {
  user=$1
  shift
  exec setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all "$@"
}
as() { (become "$@"); }
for user in signpost-index signpost-key-holder; do
  getent passwd $user >/dev/null || fail "there is no user $user"
  [ "$(stat -c '%U %a' /var/lib/$user)" = "$user 700" ] || fail "/var/lib/$user: $(stat -c '%U %a' /var/lib/$user)"
done
[ "$(stat -c '%U %a' /run/signpost-unseal)" = "root 700" ] || fail "/run/signpost-unseal"

# A scheme of one holder, with the packaged examples as its configuration.
cd "$work"
umask 077
printf 'a passphrase of the smoke test\n' >phrase
ceremony init --scheme smoke --passphrase-file phrase --kdf interactive authority >/dev/null
signpost matching --set core >matching.json
ceremony deal --dir authority --passphrase-file phrase -t 1 -n 1 --matching matching.json --days 2 --kdf interactive \
  --holder https://127.0.0.1:8444 --index https://127.0.0.1:8443 --holder-passphrase-file phrase >/dev/null
issue() { ceremony issue --dir authority --passphrase-file phrase --days 2 "$@" >/dev/null; }
issue --host 127.0.0.1 --out holder holder 1
issue --host 127.0.0.1 --out index index main
issue --out north agency north
issue --out south agency south
ceremony roster --dir authority --passphrase-file phrase --days 2 add north.crt south.crt index.crt >/dev/null
mkdir -p /etc/signpost
install -m 0644 authority/ca.crt authority/trust authority/descriptor authority/roster index.crt holder.crt /etc/signpost/
install -m 0600 -o signpost-index index.key /etc/signpost/index.key
install -m 0600 -o signpost-key-holder holder.key /etc/signpost/holder.key
install -m 0600 -o signpost-key-holder authority/holder-1/share.sealed /var/lib/signpost-key-holder/share.sealed
examples=/usr/share/doc/signpost-common/examples
[ -d $examples ] || examples="$root/usr/share/doc/signpost-common/examples" # minimal images leave documentation out
sed 's/^map_size_gib.*/map_size_gib = 1/' $examples/index.ini >/etc/signpost/index.ini
sed 's/^listen.*/listen = 127.0.0.1:8444/' $examples/key-holder.ini >/etc/signpost/key-holder.ini
chmod 0644 /etc/signpost/*.ini

# What LoadCredential= does.
install -d -m 0500 -o signpost-key-holder credentials
install -m 0400 -o signpost-key-holder phrase credentials/passphrase
chmod 0711 "$work"
install -d -m 0700 -o signpost-index /run/signpost-index
as signpost-index indexctl init --config /etc/signpost/index.ini >/dev/null || fail "indexctl init"
CREDENTIALS_DIRECTORY="$work/credentials" become signpost-key-holder keyholderd --config /etc/signpost/key-holder.ini >holder.out 2>holder.log &
pids="$pids $!"
wait_for holder.out '^ready 8444$' $!
become signpost-index indexd --config /etc/signpost/index.ini >index.out 2>index.log &
pids="$pids $!"
wait_for index.out '^ready 8443$' $!
mkdir state-north state-south
for client in north south; do
  sed -e "s#^state = .*#state = state-$client#" -e "s#^certificate = .*#certificate = $client.crt#" -e "s#^key = .*#key = $client.key#" \
    -e '/^local_contacts/d' $examples/client.ini >$client.ini
done
sed -i '/^handle_key/d' south.ini
printf '%s\n' 'ref,forenames,surname,date_of_birth,nhs_number,upn' 'a,Leo,Ramsbottom,2017-08-30,,' >leo.csv
signpost --config north.ini register --csv leo.csv >/dev/null || fail "register"
signpost --config south.ini ask --csv leo.csv 2>/dev/null | grep -q '^a,yes,' || fail "the scheme does not answer yes"
indexctl stats --config /etc/signpost/index.ini | grep -q '^index *running' || fail "indexctl stats"
for pid in $pids; do kill "$pid" && wait "$pid" || fail "a daemon did not stop cleanly"; done
pids=""
cd /
apt-get purge -y -q signpost-client signpost-index signpost-key-holder signpost-ceremony signpost-common libsignpost0 libsignpost-dev \
  >"$work/purge.log" 2>&1 || { cat "$work/purge.log" && fail "purge"; }
[ ! -e /usr/sbin/indexd ] || fail "something is left behind"
[ -e /var/lib/signpost-index/store/pepper ] || fail "purging the package took the store with it"
say "installed, run as their own users with the packaged configuration, purged; the store stays"
