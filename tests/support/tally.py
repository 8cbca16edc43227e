# SPDX-License-Identifier: Apache-2.0
"""Adds up what `meson test` recorded: each Criterion test counts, other programs count as one.

tally.py REPORTS CHECKS BUILD...    REPORTS: a folder in which the sanitizers left a file for each finding
                                    CHECKS: a folder with what each of tests/checks printed, and "ended with N" at its end
Prints the failures by name and, last, "N passed, N failed". Exit 1 when anything failed or nothing ran.
"""
import json
import os
import re
import sys

SYNTHESIS = re.compile(r"Tested: (\d+) \| Passing: (\d+) \| Failing: (\d+) \| Crashing: (\d+)")
SKIPPED = re.compile(r"^\[SKIP\]|\[SKIP\] ", re.M)


def counts(record):
    """(passed, failed, skipped) of one program."""
    output = record.get("stdout", "") + record.get("stderr", "")
    result = record["result"]
    found = SYNTHESIS.findall(re.sub(r"\x1b\[[0-9;]*m", "", output))
    if found:
        tested, passed, failing, crashing = map(int, found[-1])
        failed = failing + crashing
        if result not in ("OK", "EXPECTEDFAIL") and failed == 0:
            failed = 1  # the program itself failed, outside of its tests
        return passed, failed, tested - passed - failing - crashing
    if result == "SKIP":
        return 0, 0, 1
    return (1, 0, 0) if result == "OK" else (0, 1, 0)


def check_counts(output):
    """(passed, failed) of a check: its lines "ok - NAME" and "not ok - NAME". One that broke off failed."""
    passed = len(re.findall(r"^ok - ", output, re.M))
    failed = len(re.findall(r"^not ok - ", output, re.M))
    if failed == 0 and (passed == 0 or not output.endswith("ended with 0\n")):
        failed = 1
    return passed, failed


def main(reports, checks, builds):
    passed = failed = skipped = 0
    for build in builds:
        log = os.path.join(build, "meson-logs", "testlog.json")
        if not os.path.exists(log):
            print(f"{build}: no test ran")
            failed += 1
            continue
        with open(log, encoding="utf-8") as lines:
            for record in map(json.loads, lines):
                good, bad, none = counts(record)
                passed, failed, skipped = passed + good, failed + bad, skipped + none
                if bad:
                    print(f"failed: {record['name']} ({build}): {bad}")
    for name in sorted(os.listdir(reports)):
        failed += 1
        print(f"failed: sanitizer report {name}:")
        with open(os.path.join(reports, name), encoding="utf-8", errors="replace") as report:
            print(report.read(6000))
    for name in sorted(os.listdir(checks)):
        with open(os.path.join(checks, name), encoding="utf-8", errors="replace") as file:
            output = file.read()
        good, bad = check_counts(output)
        passed, failed = passed + good, failed + bad
        print(f"{'failed' if bad else 'passed'}: tests/checks/{name}.sh:")
        print(output[-12000:] if bad else output)
    if skipped:
        print(f"{skipped} skipped")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
