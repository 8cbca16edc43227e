#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the build into a folder, looks what the libraries show to others, and compiles examples/ask.c against what is
# installed, with the shared and with the static library, into FOLDER/ask-shared and FOLDER/ask-static. 77: cannot here.
#   install_library.sh FOLDER      with SOURCE, BUILD, MESON, CC, LDFLAGS and PREFIX_LIB (libdir under the root) in the environment
set -eu
folder=$1
root="$folder/installed"
for tool in pkg-config nm; do
  command -v "$tool" >/dev/null || { echo "skipped: there is no $tool" && exit 77; }
done
DESTDIR="$root" $MESON install -C "$BUILD" --no-rebuild --quiet >"$folder/install.log" 2>&1 ||
  { cat "$folder/install.log" && exit 1; }
lib="$root$PREFIX_LIB"
export PKG_CONFIG_PATH="$lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root"

# What the header declares is exactly what both libraries define.
header=$(find "$root" -name signpost.h)
grep '^SIGNPOST_API' "$header" | grep -o 'signpost_[a-z_]*(' | tr -d '(' | sort -u >"$folder/exported"
nm -D --defined-only "$lib/libsignpost.so.0" | awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }' | sort >"$folder/shared"
nm --extern-only --defined-only "$lib/libsignpost.a" | awk 'NF == 3 { print $3 }' | sort >"$folder/static"
diff "$folder/exported" "$folder/shared"
diff "$folder/exported" "$folder/static"
# It has no way to print by itself, to end the process or to change its signals - but what counts lines for coverage has.
nm -D --undefined-only "$lib/libsignpost.so.0" | awk '{ sub(/@.*/, "", $2); print $2 }' >"$folder/needed"
case $LDFLAGS in *--coverage*) : >"$folder/needed" ;; esac
if grep -xE 'stdout|stderr|exit|_exit|abort|puts|putchar|printf|__printf_chk|perror|signal|sigaction|raise' "$folder/needed"; then
  echo "the library can do what it says it does not"
  exit 1
fi

strict="-std=c17 -Wall -Wextra -Wpedantic -Wstrict-prototypes -Werror"
$CC $strict -o "$folder/ask-shared" "$SOURCE/examples/ask.c" $(pkg-config --cflags --libs libsignpost) $LDFLAGS -Wl,-rpath,"$lib"
$CC $strict -o "$folder/ask-static" "$SOURCE/examples/ask.c" \
  $(pkg-config --cflags --libs libsignpost-static) $LDFLAGS
if nm -D "$folder/ask-static" | grep -q ' U signpost_'; then
  echo "ask-static is not static"
  exit 1
fi
