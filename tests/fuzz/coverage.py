#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads lcov records on standard input; prints "covered lines" over the sources that are named, and writes the lines
that nothing reached to a file. Left out are a bare `return err;`, which hands on an error that counts where it is made,
failures of memory, of a disk and of a cryptographic library, which no input can bring about (the fault campaign does),
with what is freed on the way, and the functions listed in the file `beyond`, which read no input.

    coverage.py ROOT UNCOVERED-FILE SOURCE..."""
import os
import re
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


FAILURE = r"ERR_MEMORY|ERR_CRYPTO|ERR_IO|no_memory\(|crypto_failed\("
# jansson fails for want of memory alone where it is given what was read or made before.
FAILED_IF = r"if \(failed\b|if \(json_(array|object)_\w+_new\("


def failing_blocks(text):
    """The line numbers of innermost blocks that do nothing but give up after such a failure."""
    out, start = set(), None
    for number, line in enumerate(text, 1):
        if line.rstrip().endswith("{"):
            start = number
        elif line.strip().startswith("}") and start is not None:
            block = text[start : number - 1]
            gives_up = any(re.search(rf"return.*({FAILURE})", inner) for inner in block)
            if gives_up or re.search(FAILED_IF, text[start - 1]):
                out.update(range(start + 1, number + 1))
            start = None
    return out


def left_out(name):
    """The line numbers of a source that no input can reach."""
    beyond = {line.split()[1] for line in open(f"{root}/tests/fuzz/beyond", encoding="utf-8") if line.startswith(name + " ")}
    out, function = failing_blocks(texts[name]), None
    for number, text in enumerate(texts[name], 1):
        start = re.match(r"[a-z].*?\b(\w+)\(", text)
        function = start.group(1) if start else function
        failure = re.search(rf"{FAILURE}|^\s+return err;$", text)
        if function in beyond or failure:
            out.add(number)
        if failure and number < len(texts[name]) and texts[name][number].strip() == "}":
            out.add(number + 1)
    return out


for source in sources:
    skipped = left_out(source)
    lines = {at: reached for at, reached in lines.items() if reached or at[0] != source or at[1] not in skipped}
with open(uncovered, "w", encoding="utf-8") as out:
    for (name, number), reached in sorted(lines.items()):
        if not reached:
            print(f"{name}:{number}: {texts[name][number - 1]}", file=out)
print(sum(lines.values()), len(lines))
