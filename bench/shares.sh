#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Where the processor time of a daemon's thread goes, by library and, within the kernel, by system call:
#   bench/shares.sh PID [THREAD [SECONDS]]      THREAD: http-worker (as if left out), sequencer, ...; SECONDS: 5
# Samples stacks by Debian's linux-perf; they stay in perf.data for `perf report`, or for hotspot, which draws flame graphs.
set -eu
case "${1:-}" in
  '' | -h | --help) sed -n '3,5s/^# \{0,1\}//p' "$0"; exit 0 ;;
esac
perf record -q -g -F 1499 -o perf.data -p "$1" -- sleep "${3:-5}"
perf script -i perf.data --comm "${2:-http-worker}" -F ip,sym,dso | awk '
  BEGIN { RS = ""; FS = "\n" }
  {
    place = $1 # of the innermost function
    sub(/.*\(/, "", place)
    sub(/\).*/, "", place)
    sub(/.*\//, "", place)
    if (place ~ /kernel/) {
      place = match($0, /(__x64_sys_|__do_sys_|ksys_)[a-z0-9_]+/) ? substr($0, RSTART, RLENGTH) : "otherwise"
      sub(/.*sys_/, "", place)
      place = "kernel: " place
    }
    samples[place]++
  }
  END { for (place in samples) printf "%5.1f%% %s\n", 100 * samples[place] / NR, place }' | sort -rn
