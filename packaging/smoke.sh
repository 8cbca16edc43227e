#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Tries the packages that packaging/build.sh made: a whole throwaway scheme with the packaged programs and nothing else.
#   packaging/smoke.sh OUT            extracts the .deb files and works from there; changes nothing on this machine
#   packaging/smoke.sh --short OUT    versions, help, units and lintian alone
#   packaging/smoke.sh --install OUT  as root, on a machine to be thrown away: installs them by apt-get, runs index and
#                                     key holder as their users with the packaged configuration, and purges them
#   packaging/smoke.sh --chroot OUT   the same in a fresh Debian 12 of its own (needs root, debootstrap and a mirror)
# Exit codes: 0 all is well, 77 a tool is missing, otherwise what failed. The last line says which.
set -eu
mode=extract
case "${1:-}" in --short | --install | --chroot) mode=${1#--} && shift ;; esac
[ $# -eq 1 ] || { echo "usage: packaging/smoke.sh [--short | --install | --chroot] OUT" >&2 && exit 2; }
out=$(cd "$1" && pwd)
top=$(cd "$(dirname "$0")/.." && pwd)
say() { printf '%s\n' "$*"; }
fail() { say "FAILED: $*" && exit 1; }
command -v dpkg-deb >/dev/null || { say "skipped: there is no dpkg-deb" && exit 77; }
debs=$(ls "$out"/*.deb) || fail "there are no packages in $out"

work=$(mktemp -d)
pids=""
clean() {
  for pid in $pids; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$work"
}
trap clean EXIT
trap 'exit 1' INT TERM

root="$work/root"
mkdir "$root"
for deb in $debs; do dpkg-deb -x "$deb" "$root"; done
libdir=$(dirname "$(find "$root/usr/lib" -name 'libsignpost.so.0')")
export LD_LIBRARY_PATH="$libdir"

check_programs() {
  for program in bin/signpost bin/ceremony sbin/indexd sbin/indexctl sbin/keyholderd; do
    "$root/usr/$program" --version | grep -qE "^${program#*/} [0-9.]+$" || fail "$program --version"
    "$root/usr/$program" --help | grep -q '^Usage: ' || fail "$program --help"
  done
  "$root/usr/sbin/signpost-unseal" --help | grep -q '^Usage: ' || fail "signpost-unseal --help"
  for page in man1/signpost man1/ceremony man3/signpost man8/indexd man8/indexctl man8/keyholderd man8/signpost-unseal; do
    [ -f "$root/usr/share/man/$page.${page#man?/}" ] || ls "$root/usr/share/man/${page%/*}/${page#*/}".* >/dev/null || fail "no manual $page"
  done
  say "every program tells its version and explains itself"
}

# systemd-analyze looks whether the programs are there: a copy of each unit names those that were extracted.
check_units() {
  if ! command -v systemd-analyze >/dev/null; then
    say "skipped: there is no systemd-analyze to check the units with"
    return
  fi
  for unit in signpost-index signpost-key-holder; do
    file="$root/lib/systemd/system/$unit.service"
    sed "s#/usr/sbin/#$root/usr/sbin/#" "$file" >"$work/$unit.service"
    said=$(systemd-analyze verify --man=no "$work/$unit.service" 2>&1 | grep "$unit" || true)
    [ -z "$said" ] || fail "$unit.service: $said"
    systemd-analyze security --offline=true --threshold=20 "$file" >"$work/exposure" 2>&1 ||
      { cat "$work/exposure" && fail "$unit.service is too exposed"; }
    say "$(grep -o 'Overall exposure level.*: [0-9.]* [A-Z]*' "$work/exposure")"
  done
}

check_lintian() {
  if ! command -v lintian >/dev/null; then
    say "skipped: there is no lintian"
    return
  fi
  lintian --allow-root --fail-on error "$out"/*.changes >"$work/lintian" 2>&1 || { cat "$work/lintian" && fail "lintian"; }
  say "lintian finds no error ($(grep -c '^W:' "$work/lintian" || true) warnings)"
}

wait_for() { # FILE PATTERN PID
  for i in $(seq 200); do
    grep -q "$2" "$1" 2>/dev/null && return
    kill -0 "$3" 2>/dev/null || break
    sleep 0.1
  done
  cat "$1" >&2
  fail "a daemon is not ready"
}

# The tests' own throwaway scheme, with the packaged programs in the places where a build has them.
run_scheme() {
  bin="$work/bin"
  mkdir -p "$bin/keys/ceremony" "$bin/keys/keyholderd" "$bin/indexd" "$bin/client"
  ln -s "$root/usr/bin/ceremony" "$bin/keys/ceremony/ceremony"
  ln -s "$root/usr/sbin/keyholderd" "$bin/keys/keyholderd/keyholderd"
  ln -s "$root/usr/sbin/indexd" "$bin/indexd/indexd"
  ln -s "$root/usr/sbin/indexctl" "$bin/indexd/indexctl"
  ln -s "$root/usr/bin/signpost" "$bin/client/signpost"
  LISTEN=0 sh "$top/tests/support/make_scheme.sh" "$work/scheme" "$bin" 1 2 3 4
  cd "$work/scheme"
  "$bin/indexd/indexctl" init --config index.ini >/dev/null
  map=""
  for i in 1 2 3; do start "keys/keyholderd/keyholderd" "holder-$i" "$i"; done
  start indexd/indexd index 4
  for client in north south jo; do printf 'connect_to = %s\n' "${map%, }" >>"$client.ini"; done
  printf '%s\n' 'ref,forenames,surname,date_of_birth,nhs_number,upn' 'a,Leo,Ramsbottom,2017-08-30,,' >leo.csv
  "$bin/client/signpost" --config north.ini sync leo.csv >/dev/null
  "$bin/client/signpost" --config jo.ini ask --csv leo.csv 2>/dev/null | grep -q '^a,yes,' || fail "the scheme does not answer yes"
  "$bin/client/signpost" --config north.ini ask --csv leo.csv 2>/dev/null | grep -q '^a,no,' || fail "the scheme does not answer no"
  "$bin/client/signpost" --config jo.ini check >check.txt || { cat check.txt && fail "signpost check"; }
  say "a scheme of the packaged programs answers"
  check_library
  cd /
}

start() { # PROGRAM NAME PORT-IN-THE-DESCRIPTOR
  "$bin/$1" --config "$2.ini" >"$2.out" 2>"$2.log" &
  pids="$pids $!"
  wait_for "$2.out" '^ready ' $!
  map="$map 127.0.0.1:$3:127.0.0.1:$(sed -n 's/^ready //p' "$2.out"),"
}

# examples/ask.c, as it stands in the -dev package, against that package alone.
check_library() {
  for tool in cc pkg-config; do
    command -v "$tool" >/dev/null || { say "skipped: there is no $tool to try the -dev package with" && return; }
  done
  export PKG_CONFIG_PATH="$libdir/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root"
  example="$root/usr/share/doc/libsignpost-dev/examples/ask.c"
  cc -o ask "$example" $(pkg-config --cflags --libs libsignpost) || fail "the example does not build"
  cc -o ask-static "$example" $(pkg-config --cflags --libs libsignpost-static) || fail "the example does not build, static"
  unset PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
  say "the example of libsignpost-dev builds, shared and static"
}

case $mode in
  short)
    check_programs
    check_units
    check_lintian
    ;;
  extract)
    check_programs
    check_units
    check_lintian
    run_scheme
    ;;
  install) . "$top/packaging/smoke_install.sh" ;;
  chroot) . "$top/packaging/smoke_chroot.sh" ;;
esac
say "the packages work ($mode)"
