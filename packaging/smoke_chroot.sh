# SPDX-License-Identifier: Apache-2.0
# Sourced by smoke.sh --chroot: a Debian 12 of its own, in which smoke.sh --install runs.
[ "$(id -u)" -eq 0 ] || fail "--chroot needs root"
command -v debootstrap >/dev/null || { say "skipped: there is no debootstrap" && exit 77; }
jail="$work/debian"
# The mirror is the one that this machine's apt uses.
mirror=${MIRROR:-$(apt-get indextargets --format '$(CODENAME) $(SITE)' 'Created-By: Packages' | awk '$1 == "bookworm" {print $2; exit}')}
[ -n "$mirror" ] || { say "skipped: apt knows no mirror of Debian 12; name one in MIRROR" && exit 77; }
debootstrap --variant=minbase bookworm "$jail" "$mirror" >"$work/debootstrap.log" 2>&1 ||
  { tail -n 5 "$work/debootstrap.log" && fail "debootstrap"; }
mount -t proc proc "$jail/proc" || fail "mount: --chroot needs the right to mount /proc"
trap 'umount "$jail/proc"; clean' EXIT
mkdir -p "$jail/try/out"
cp "$out"/*.deb "$jail/try/out/"
cp -R "$top/packaging" "$jail/try/packaging"
cp /etc/resolv.conf "$jail/etc/resolv.conf" 2>/dev/null || true
chroot "$jail" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root ${http_proxy:+http_proxy="$http_proxy"} \
  /try/packaging/smoke.sh --install /try/out
