# SPDX-License-Identifier: Apache-2.0
# Sourced by demo.sh and test.sh: checks what would stop them and installs the Debian packages that are missing.
# Asks nothing. `prepare build` is enough to build and run; `prepare test` adds what the tests need.

BUILD_PACKAGES="gcc libc6-dev meson ninja-build pkg-config libssl-dev libsodium-dev libdecaf-dev nettle-dev liblmdb-dev
  libevent-dev libjansson-dev libseccomp-dev libcurl4-openssl-dev libutf8proc-dev libinih-dev libcsv-dev libp11-kit-dev openssl"
TEST_PACKAGES="clang libclang-rt-14-dev llvm libcriterion-dev mandoc softhsm2 opensc debhelper dpkg-dev lintian
  clang-tidy cppcheck gcovr valgrind"
# Node.js from elsewhere than Debian is as good.
if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
  TEST_PACKAGES="$TEST_PACKAGES nodejs npm"
fi

stop() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 2
}

missing_packages() {
  for package in "$@"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=absent
    [ "$status" = installed ] || printf '%s ' "$package"
  done
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    sudo -n "$@"
  else
    stop "packages are missing and can be installed by root alone. Run once as root: apt-get install $missing"
  fi
}

install_packages() {
  command -v dpkg-query >/dev/null 2>&1 || stop "this script installs Debian packages; on another system install by hand: $*"
  missing=$(missing_packages "$@")
  [ -z "$missing" ] && return
  printf 'Installing: %s\n' "$missing"
  log=$(mktemp)
  as_root env DEBIAN_FRONTEND=noninteractive sh -c "apt-get update -q && apt-get install -y -q --no-install-recommends $missing" \
    >"$log" 2>&1 </dev/null || {
    tail -n 20 "$log" >&2
    rm -f "$log"
    stop "the packages could not be installed (above: the end of apt-get's output)"
  }
  rm -f "$log"
}

check_system() {
  [ "$(uname -s)" = Linux ] || stop "Signpost's daemons run on Linux; this is $(uname -s)"
  if [ -r /etc/os-release ]; then
    system=$(. /etc/os-release && printf '%s %s' "${ID:-unknown}" "${VERSION_ID:-}")
    [ "$system" = "debian 12" ] || printf 'Note: written for Debian 12; this is %s.\n' "$system"
  fi
  locked=$(ulimit -l)
  if [ "$locked" != unlimited ] && [ "$locked" -lt 1024 ]; then
    stop "key material needs locked memory: 'ulimit -l' is $locked KiB, 1024 are needed (see limits.conf(5))"
  fi
  free=$(df -Pk . | awk 'NR == 2 {print $4}')
  [ "$free" -gt 1048576 ] || stop "less than 1 GiB is free here"
}

prepare() {
  check_system
  case "$1" in
    build) install_packages $BUILD_PACKAGES ;;
    test) install_packages $BUILD_PACKAGES $TEST_PACKAGES ;;
  esac
}

# build_into DIR MESON-OPTIONS...: configures once, builds always; quiet unless it fails.
build_into() {
  dir=$1
  shift
  mkdir -p "$dir"
  [ -f "$dir/build.ninja" ] || meson setup "$dir" "$@" >"$dir/setup.log" 2>&1 || {
    tail -n 30 "$dir/setup.log" >&2
    stop "the build could not be configured"
  }
  ninja -C "$dir" >"$dir/build.log" 2>&1 || {
    tail -n 40 "$dir/build.log" >&2
    stop "the build failed"
  }
}
