#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes a static library of one object that defines signpost_* and nothing else that others could see.
#   one_object.sh LIBRARY.a SCRATCH-FOLDER API.a LOG.a ARCHIVE.a...      the first two whole, of the others what they need
set -eu
library=$1 scratch=$2 api=$3 log=$4
shift 4
mkdir -p "$scratch"
object="$scratch/signpost.o"
${LD:-ld} -r -o "$object" --whole-archive "$api" "$log" --no-whole-archive --start-group "$@" --end-group
${OBJCOPY:-objcopy} --wildcard --keep-global-symbol='signpost_*' "$object"
rm -f "$library"
${AR:-ar} rcsD "$library" "$object"
