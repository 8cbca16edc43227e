#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads lcov records on standard input; prints "covered of lines" over the sources that are named, and writes the lines
that nothing reached to a file.

    coverage.py ROOT UNCOVERED-FILE SOURCE..."""
import os
import sys

root, uncovered, *sources = sys.argv[1:]
lines = {}  # (source, line number) -> reached
source = None
for record in sys.stdin:
    kind, _, rest = record.strip().partition(":")
    if kind == "SF":
        source = next((s for s in sources if os.path.normpath(rest) == f"{root}/{s}"), None)
    elif kind == "DA" and source:
        number, count = rest.split(",")[:2]
        lines[source, int(number)] = lines.get((source, int(number)), False) or int(count) > 0
missing = [s for s in sources if not any(at[0] == s for at in lines)]
if missing:
    sys.exit(f"no line of {missing[0]} is in the program")
texts = {s: open(f"{root}/{s}", encoding="utf-8").read().splitlines() for s in sources}
with open(uncovered, "w", encoding="utf-8") as out:
    for (name, number), reached in sorted(lines.items()):
        if not reached:
            print(f"{name}:{number}: {texts[name][number - 1]}", file=out)
print(sum(lines.values()), len(lines))
