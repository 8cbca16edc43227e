#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The index beside PostgreSQL 15 and Redis 7 with the same rows, the same mutual TLS and the same durability:
#   bench/peers.sh BUILD [--children N] [--ms N] [--rounds N] [--json]
# Installs both from Debian, starts them on 127.0.0.1 on ports that nobody uses, and ends them. (BUILD/bench/peers calls
# this script again to start and to stop them.)
set -eu

port() { # one that nobody listens on
  while :; do
    port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

# A server of its own user where we are root, as PostgreSQL insists on.
as_user() { # USER COMMAND...
  user=$1
  shift
  if [ "$(id -u)" -eq 0 ]; then setpriv --reuid="$user" --regid="$user" --clear-groups "$@"; else "$@"; fi
}

make_folder() { # NAME USER: a folder of the server's with the certificates it needs
  folder=$(mktemp -d "$(dirname "$base")/peer-$1-XXXXXX")
  cp "$base/authority/ca.crt" "$base/index.crt" "$base/index.key" "$folder"
  chmod 600 "$folder/index.key"
  [ "$(id -u)" -ne 0 ] || chown -R "$2:" "$folder"
  echo "$folder" >>"$base/peers"
}

start_postgresql() {
  bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
  make_folder postgresql postgres
  p=$(port)
  as_user postgres "$bin/initdb" -D "$folder/data" -U signpost -A trust >/dev/null
  cat >>"$folder/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $p
unix_socket_directories = ''
ssl = on
ssl_min_protocol_version = 'TLSv1.3'
ssl_ca_file = '$folder/ca.crt'
ssl_cert_file = '$folder/index.crt'
ssl_key_file = '$folder/index.key'
shared_buffers = 1GB
max_wal_size = 8GB
fsync = on
synchronous_commit = on
log_min_messages = fatal
CONF
  echo "hostssl all all 127.0.0.1/32 trust clientcert=verify-ca" >"$folder/data/pg_hba.conf"
  as_user postgres "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w start >/dev/null
  ask="host=127.0.0.1 port=$p user=signpost sslmode=require sslcert=$base/south.crt sslkey=$base/south.key"
  psql -q "$ask dbname=postgres" -c 'CREATE DATABASE signpost'
  psql -q "$ask dbname=signpost" -c 'CREATE TABLE children (tag bigint, entries bytea)' \
    -c 'CREATE TABLE audit (seq bigserial PRIMARY KEY, at timestamptz DEFAULT now(), record bytea)'
  "$program" --children "$children" --rows-for postgresql | psql -q "$ask dbname=signpost" -c '\copy children FROM STDIN'
  psql -q "$ask dbname=signpost" -c 'ALTER TABLE children ADD PRIMARY KEY (tag)' -c 'VACUUM ANALYZE children' -c CHECKPOINT
  echo "ready $p $(head -n 1 "$folder/data/postmaster.pid")"
}

start_redis() {
  make_folder redis redis
  p=$(port)
  cat >"$folder/redis.conf" <<CONF
bind 127.0.0.1
port 0
tls-port $p
tls-ca-cert-file $folder/ca.crt
tls-cert-file $folder/index.crt
tls-key-file $folder/index.key
tls-auth-clients yes
tls-protocols TLSv1.3
appendonly yes
appendfsync no
save ""
auto-aof-rewrite-percentage 0
dir $folder
logfile $folder/log
pidfile $folder/pid
daemonize yes
CONF
  chmod 644 "$folder/redis.conf"
  as_user redis redis-server "$folder/redis.conf" >/dev/null
  for _ in $(seq 200); do [ -s "$folder/pid" ] && break; sleep 0.05; done
  ask="--tls --cacert $base/authority/ca.crt --cert $base/south.crt --key $base/south.key -h 127.0.0.1 -p $p"
  # shellcheck disable=SC2086
  "$program" --children "$children" --rows-for redis | redis-cli $ask --pipe >/dev/null
  # What the function looks up of whoever asks: agencies, and a deny list that is not empty.
  # shellcheck disable=SC2086
  { for i in $(seq 0 151); do printf 'HSET roster a%03d %d\r\n' "$i" "$i"; done
    printf 'HSET roster south 152\r\nSADD denied a001 a002\r\n'; } | redis-cli $ask --pipe >/dev/null
  # shellcheck disable=SC2086
  redis-cli $ask -x FUNCTION LOAD <"$function" >/dev/null
  # shellcheck disable=SC2086
  redis-cli $ask CONFIG SET appendfsync always >/dev/null
  echo "ready $p $(cat "$folder/pid")"
}

case "${1:-}" in
  start)
    what=$2 base=$3 program=$4 children=$5
    function=$(cd "$(dirname "$0")" && pwd)/peer_redis.lua
    cd / && start_"$what"
    ;;
  stop)
    base=$2
    [ -f "$base/peers" ] || exit 0
    while read -r folder; do
      for pid in "$folder/pid" "$folder/data/postmaster.pid"; do
        [ -f "$pid" ] && kill -QUIT "$(head -n 1 "$pid")" 2>/dev/null || true
        [ -f "$pid" ] && kill -TERM "$(head -n 1 "$pid")" 2>/dev/null || true
      done
      rm -rf "$folder"
    done <"$base/peers"
    ;;
  -h | --help | '')
    sed -n '3,6s/^# \{0,1\}//p' "$0"
    ;;
  *)
    top=$(cd "$(dirname "$0")/.." && pwd)
    build=$(cd "$1" && pwd)
    shift
    (cd "$top" && . .ci/prepare.sh && install_packages postgresql redis libpq-dev)
    [ -x "$build/bench/peers" ] || { meson setup --reconfigure "$build" "$top" >/dev/null && ninja -C "$build" bench/peers >/dev/null; }
    SIGNPOST_BUILD=$build SIGNPOST_MAKE_SCHEME=$top/tests/support/make_scheme.sh SIGNPOST_PEERS=$top/bench/peers.sh \
      exec "$build/bench/peers" "$@"
    ;;
esac
