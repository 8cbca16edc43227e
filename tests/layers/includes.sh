#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The layers of the house (docs: base <- proto <- keys, indexd, client): reads every include line of the tree that names
# one of our own headers, and fails on one that its folder may not have. Then proves on small bad trees that it can fail.
#   includes.sh SOURCE-ROOT
set -eu

# folder: what its files may include; a path that ends in "/" stands for the whole folder.
layers='
base    base/
proto   proto/ base/
keys    keys/ proto/ base/
indexd  indexd/ proto/ base/ keys/descriptor.h
client  client/ proto/ base/ keys/oprf.h keys/threshold.h keys/token.h keys/descriptor.h
'

# Prints "FILE:LINE: includes HEADER" for each include that the table does not allow, nothing where all is well.
# Angle brackets hide nothing: the root is an include folder, so that <keys/oprf.h> would be found as well. A header
# without a folder, or by "..", would slip past the table and is reported too.
broken_includes() {
  for folder in base proto keys indexd client; do
    [ ! -d "$1/$folder" ] || (cd "$1" && find "$folder" -type f -name '*.[ch]' -exec \
      awk -v folder="$folder" -v layers="$layers" '
        BEGIN {
          rows = split(layers, row, "\n")
          for (i = 1; i <= rows; i++) {
            words = split(row[i], word, " ")
            for (j = 1; j <= words; j++) ours[word[1] "/"] = 1
            if (word[1] == folder) for (j = 2; j <= words; j++) may[word[j]] = 1
          }
          ours["tests/"] = ours["bench/"] = 1
          only["lmdb.h"] = "^(indexd/store_env[.]h|client/sync_state[.]c)$" # LMDB is called by few files
          only["decaf/point_255.h"] = "^keys/weighted_sum[.]c$" # for public values alone
          only["keys/weighted_sum.h"] = "^(keys/(oprf|threshold|weighted_sum)|client/combine)[.]c$"
          only["indexd/store_env.h"] = "^indexd/store(_bulk)?[.]c$"
        }
        /^[ \t]*#[ \t]*include/ {
          header = $0
          sub(/^[ \t]*#[ \t]*include[ \t]*/, "", header)
          quoted = substr(header, 1, 1) == "\""
          sub(/^["<]/, "", header)
          sub(/[">].*$/, "", header)
          top = header
          sub(/\/.*/, "/", top)
          if (header in only) {
            if (FILENAME !~ only[header]) print FILENAME ":" FNR ": includes " header
            next
          }
          if (!quoted && !(top in ours)) next
          if (header !~ /(^|\/)\.\.?\// && ((top in may) || (header in may))) next
          print FILENAME ":" FNR ": includes " header
        }' {} +)
  done
}

expect_broken() {
  file=$1 line=$2
  tree=$(mktemp -d)
  mkdir -p "$tree/$(dirname "$file")"
  printf '// a file with one line of interest\n%s\n' "$line" >"$tree/$file"
  found=$(broken_includes "$tree")
  rm -r "$tree"
  case $found in
  "$file:2: includes "*) ;;
  *) echo "includes.sh does not notice: $line in $file" && exit 1 ;;
  esac
}

expect_allowed() {
  file=$1 line=$2
  tree=$(mktemp -d)
  mkdir -p "$tree/$(dirname "$file")"
  printf '%s\n' "$line" >"$tree/$file"
  found=$(broken_includes "$tree")
  rm -r "$tree"
  [ -z "$found" ] || { echo "includes.sh refuses without reason: $line in $file" && exit 1; }
}

expect_broken base/a.c '#include "proto/urn.h"'
expect_broken base/a.h '  #  include "keys/oprf.h"'
expect_broken base/a.c '#include <client/identity.h>'
expect_broken base/a.c '#include "err.h"'
expect_broken base/a.c '#include "../base/err.h"'
expect_broken base/a.c '#include "base/../keys/oprf.h"'
expect_broken base/a.c '#include "tests/support/house.h"'
expect_broken proto/a.c '#include "keys/descriptor.h"'
expect_broken proto/a.c '#include "indexd/engine.h"'
expect_broken keys/a.c '#include "indexd/engine.h"'
expect_broken keys/keyholderd/a.c '#include "client/identity.h"'
expect_broken indexd/a.c '#include "keys/oprf.h"'
expect_broken indexd/a.h '#include "keys/token.h"'
expect_broken indexd/a.c '#include "keys/descriptor.h/../oprf.h"'
expect_broken indexd/a.c '#include "client/identity.h"'
expect_broken indexd/a.c '#include <lmdb.h>'
expect_broken indexd/store.c '#include <lmdb.h>'
expect_broken indexd/a.c '#include "indexd/store_env.h"'
expect_broken keys/oprf.c '#include <decaf/point_255.h>'
expect_broken keys/share.c '#include "keys/weighted_sum.h"'
expect_broken client/a.c '#include "keys/share.h"'
expect_broken client/sub/a.c '#include "keys/keyholderd/server.h"'
expect_broken client/a.c '#include "indexd/engine.h"'
expect_broken client/a.c '#include <tests/support/house.h>'

expect_allowed base/a.c '#include "base/err.h"'
expect_allowed base/a.c '#include <sys/stat.h>'
expect_allowed base/a.c '// #include "keys/oprf.h"'
expect_allowed proto/a.c '#include "base/err.h"'
expect_allowed keys/ceremony/a.c '#include "keys/ceremony/deal.h"'
expect_allowed indexd/a.c '#include "keys/descriptor.h"'
expect_allowed indexd/store_env.h '#include <lmdb.h>'
expect_allowed indexd/store_bulk.c '#include "indexd/store_env.h"'
expect_allowed keys/oprf.c '#include "keys/weighted_sum.h"'
expect_allowed client/a.c '#include "keys/threshold.h"'
expect_allowed tests/a.c '#include "keys/share.h"'

count=$(cd "$1" && find base proto keys indexd client -type f -name '*.[ch]' | wc -l)
[ "$count" -gt 0 ] || { echo "$1 is not the source tree" && exit 1; }
broken=$(broken_includes "$1")
if [ -n "$broken" ]; then
  echo "$broken"
  echo "These include lines break the layers."
  exit 1
fi
echo "Every include line of $count files keeps the layers."
