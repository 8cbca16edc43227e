#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs one test of the Node.js client, in a folder of the build: nothing is installed into the source tree. Without Node,
# npm or the packages it says "skipped" and why, and exits with 77.
#   run.sh SOURCE BUILD-FOLDER TEST.mjs      SOURCE: this folder
set -eu
source=$1
folder=$2
test=$3

skip() {
  echo "skipped: $*"
  exit 77
}

command -v node >/dev/null 2>&1 || skip "node is not installed"
command -v npm >/dev/null 2>&1 || skip "npm is not installed"
[ "$(node -p 'process.versions.node.split(".")[0] >= 18')" = true ] || skip "node $(node -v) is older than 18"

if grep -n '"resolved"' "$source/package-lock.json"; then
  echo "package-lock.json names where packages were downloaded: write it with --omit-lockfile-registry-resolved"
  exit 1
fi

# Two tests may run at once: one installs, the other waits.
mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9
for file in "$source"/*.mjs "$source/package.json" "$source/package-lock.json"; do
  cmp -s "$file" "$folder/${file##*/}" || cp "$file" "$folder"
done
if ! cmp -s "$folder/package-lock.json" "$folder/installed"; then
  if ! (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --fetch-retries=1 >install.log 2>&1); then
    # A machine without the network can test nothing here; a package that is not the locked one is a failure.
    grep -qE 'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|E50[0-9]' \
      "$folder/install.log" && skip "npm cannot reach its registry"
    cat "$folder/install.log"
    exit 1
  fi
  cp "$folder/package-lock.json" "$folder/installed"
fi
exec 9>&-

cd "$folder"
exec node --test "$test"
