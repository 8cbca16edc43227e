#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the Debian packages: assembles the source tree with packaging/debian in its place, and runs dpkg-buildpackage.
#   packaging/build.sh OUT [DPKG-BUILDPACKAGE-ARGUMENTS...]     for example: packaging/build.sh out --build=binary
# OUT gets the .dsc, the source archive and the .deb files; OUT/signpost is the assembled tree, kept so that a compiler
# cache knows it again. Exit codes: 0 built, 77 a tool is missing, otherwise what failed.
set -eu
[ $# -ge 1 ] || { echo "usage: packaging/build.sh OUT [DPKG-BUILDPACKAGE-ARGUMENTS...]" >&2 && exit 2; }
top=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
shift
for tool in dpkg-buildpackage dh meson; do
  command -v "$tool" >/dev/null || { echo "skipped: there is no $tool (Debian: dpkg-dev, debhelper, meson)" && exit 77; }
done

# What git knows or would add; of a tree without git, everything but builds.
list_sources() {
  if git -C "$top" rev-parse --git-dir >/dev/null 2>&1; then
    git -C "$top" ls-files --cached --others --exclude-standard
  else
    (cd "$top" && find . -type d -name 'build*' -prune -o -type f -print)
  fi
}

rm -rf "$out/signpost"
mkdir "$out/signpost"
list_sources | while read -r file; do [ ! -f "$top/$file" ] || echo "$file"; done |
  tar -C "$top" -cf - --files-from=- | tar -C "$out/signpost" -xf -
cp -R "$top/packaging/debian" "$out/signpost/debian"

# What is needed to build stands once, in .ci/prepare.sh.
packages=$(. "$top/.ci/prepare.sh" && echo $BUILD_PACKAGES)
commas() { tr ' ' '\n' | grep -vxE "$1" | paste -sd, | sed 's/,/, /g'; }
build_depends=$(echo "$packages" | commas 'gcc|libc6-dev|openssl')
library_depends=$(echo "$packages" | tr ' ' '\n' | grep -- '-dev$' | paste -sd' ' | commas 'libc6-dev|libevent-dev|libseccomp-dev')
sed -e "s/@BUILD_DEPENDS@/$build_depends/" -e "s/@LIBRARY_DEPENDS@/$library_depends/" \
  "$out/signpost/debian/control.in" >"$out/signpost/debian/control"
rm "$out/signpost/debian/control.in"

# debhelper gives each build another home, and with it another cache.
if command -v ccache >/dev/null; then
  export CCACHE_DIR="${CCACHE_DIR:-$(ccache --get-config cache_dir)}"
fi
export DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS:-nocheck noautodbgsym parallel=$(nproc)}"
cd "$out/signpost"
exec dpkg-buildpackage -us -uc "$@"
