#!/usr/bin/env python3
"""Prints "<passed> <failed>" of a finished suite: test_counts.py KIND LOG EXIT_STATUS.

A suite that exits with an error, or that ran nothing, never counts as passed.
"""

import re
import sys


def last_numbers(pattern: str, text: str) -> tuple[int, ...] | None:
    matches = list(re.finditer(pattern, text, re.M))
    return tuple(int(number) for number in matches[-1].groups()) if matches else None


def count_ctest(text: str) -> tuple[int, int]:
    numbers = last_numbers(r"tests passed, (\d+) tests failed out of (\d+)", text)
    if numbers is None:
        return 0, 0
    bad, total = numbers
    skipped = len(re.findall(r"\*\*\*Skipped", text))
    return total - bad - skipped, bad


def count_node(text: str) -> tuple[int, int]:
    """Node's own runner, in its spec and TAP forms. Cancelled tests have not passed."""
    good = last_numbers(r"^(?:ℹ|#) pass (\d+)$", text)
    bad = last_numbers(r"^(?:ℹ|#) fail (\d+)$", text)
    cancelled = last_numbers(r"^(?:ℹ|#) cancelled (\d+)$", text) or (0,)
    if good is None or bad is None:
        return 0, 0
    return good[0], bad[0] + cancelled[0]


def count_unittest(text: str) -> tuple[int, int]:
    total = last_numbers(r"^Ran (\d+) tests? in", text)
    if total is None:
        return 0, 0
    result = re.findall(r"^(?:OK|FAILED)(?: \((.*)\))?$", text, re.M)
    parts = dict(re.findall(r"(\w+)=(\d+)", result[-1])) if result else {}
    bad = int(parts.get("failures", 0)) + int(parts.get("errors", 0))
    return total[0] - bad - int(parts.get("skipped", 0)), bad


KINDS = {
    "ctest": count_ctest,
    "node": count_node,
    "unittest": count_unittest,
}


def count(kind: str, text: str, status: int) -> tuple[int, int]:
    if kind == "exit":
        return (1, 0) if status == 0 else (0, 1)
    good, bad = KINDS[kind](text)
    if bad == 0 and (status != 0 or good == 0):
        bad = 1
    return good, bad


def main() -> None:
    kind, log, status = sys.argv[1:]
    with open(log, encoding="utf-8", errors="replace") as file:
        # Colours would hide the lines that are looked for.
        text = re.sub(r"\x1b\[[0-9;]*m", "", file.read())
    print(*count(kind, text, int(status)))


if __name__ == "__main__":
    main()
