# SPDX-License-Identifier: Apache-2.0
"""Counts a demo's answers, and how many were right where the caseloads have an `entity` column.

score.py REGISTERED.csv ASKED.csv ANSWERS.csv PRACTITIONER.txt
An answer other than `no` is right when the same entity was registered, and `no` is right when it was not. Also writes the
lines that a practitioner would type to ask about one child that was found.
"""
import csv
import sys

ORDER = ["yes", "previously", "possibly", "no", "could-not-be-answered"]


def read(path):
    with open(path, newline="", encoding="utf-8-sig") as lines:
        return list(csv.DictReader(lines))


def count(registered, asked, answers):
    known = {row["entity"] for row in registered} if registered and "entity" in registered[0] else None
    truth = {row["ref"]: row.get("entity") in known for row in asked} if known is not None else {}
    table = {answer: [0, 0] for answer in ORDER}
    for row in answers:
        cell = table.setdefault(row["answer"], [0, 0])
        cell[0] += 1
        found = row["answer"] in ("yes", "previously", "possibly")
        cell[1] += bool(truth) and row["answer"] != ORDER[-1] and truth[row["ref"]] == found
    return table, truth


def show(table, truth):
    print()
    print(f"  {'answer':<24}{'children':>9}" + (f"{'right':>9}{'wrong':>9}" if truth else ""))
    for answer, (children, right) in table.items():
        if answer == ORDER[-1]:
            print(f"  {answer:<24}{children:>9}")
        elif truth:
            print(f"  {answer:<24}{children:>9}{right:>9}{children - right:>9}")
        else:
            print(f"  {answer:<24}{children:>9}")
    if truth:
        print(f"  of {sum(truth.values())} children whom both know, "
              f"{sum(table[a][1] for a in ORDER[:3])} were found; a wrong 'no' is a child written down too differently")


def typed(row):
    return "\n".join([row["forenames"], row["surname"], row["date_of_birth"], row.get("nhs_number", ""),
                      row.get("upn", ""), "", ""]) + "\n"


def main(registered_path, asked_path, answers_path, practitioner_path):
    registered, asked, answers = read(registered_path), read(asked_path), read(answers_path)
    table, truth = count(registered, asked, answers)
    show(table, truth)
    found = {row["ref"] for row in answers if row["answer"] == "yes"}
    rows = [row for row in asked if row["ref"] in found and all(row[k] for k in ("forenames", "surname", "date_of_birth"))]
    with open(practitioner_path, "w", encoding="utf-8") as out:
        out.write(typed((rows or asked)[0]))


if __name__ == "__main__":
    main(*sys.argv[1:])
