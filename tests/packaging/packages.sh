#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the Debian packages and tries what is in them. 77: a tool is missing, which is said.
#   packages.sh SOURCE FOLDER
set -eu
out="$2/debian"
mkdir -p "$out"
rm -f "$out"/*.deb "$out"/*.changes
# Without optimisation: what is tried here is the packages, and they are quicker made so.
export DEB_BUILD_OPTIONS="nocheck noautodbgsym noopt parallel=$(nproc)"
"$1/packaging/build.sh" "$out" --build=binary >"$2/build.log" 2>&1 || {
  code=$?
  tail -n 30 "$2/build.log"
  exit $code
}
"$1/packaging/smoke.sh" "$out"
