#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# proto/vectors.json is what the code makes today.
#   current.sh MAKE_VECTORS VECTORS
set -eu
if ! "$1" | cmp - "$2"; then
  echo "The code gives other vectors than proto/vectors.json. If that is meant: ninja -C BUILD vectors"
  exit 1
fi
