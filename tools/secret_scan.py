#!/usr/bin/env python3
"""Looks for secrets in every file git knows or would add.

Two nets: the forms of well-known keys, and random-looking text given to something that is called
a key, token, password or secret. tools/secret_allow.txt names what is no secret, with a reason.
"""

import collections
import dataclasses
import math
import pathlib
import re
import sys

sys.dont_write_bytecode = True

from list_files import list_files  # noqa: E402
from tidy_rules.allow import AllowList  # noqa: E402
from tidy_rules.source import Problem  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILE_BYTES_MAX = 4 * 1024 * 1024


@dataclasses.dataclass(frozen=True)
class KeyForm:
    rule: str
    pattern: re.Pattern[str]


def form(rule: str, pattern: str) -> KeyForm:
    return KeyForm(rule, re.compile(pattern))


KEY_FORMS = [
    form("private-key", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    form("aws-key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    form("github-token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})"),
    form("gitlab-token", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    form("google-key", r"\bAIza[0-9A-Za-z_-]{35}\b"),
    form("openai-key", r"\bsk-(?:proj-|ant-|svcacct-)?[A-Za-z0-9_-]{24,}"),
    form("slack-token", r"\bxox[abeoprs]-[0-9A-Za-z-]{10,}"),
    form("stripe-key", r"\b[rs]k_live_[0-9A-Za-z]{20,}"),
    form("npm-token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    form("jwt", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}"),
    form("url-password", r"\b[a-z][a-z0-9+.-]*://[^\s/:@\"'<>${}]*:(?=[^\s/@]*[\dA-Z])[^\s/@\"'<>${}…*]{6,}@"),
]

# name = "value", name: value, NAME=value
ASSIGNMENT = re.compile(
    r"""(?i)(?P<name>[\w-]*(?:secret|token|passwd|password|api_?key|private_?key|credential)[\w-]*)
        ["']?\s*(?:=|:|\{)+\s*["'`]?(?P<value>[A-Za-z0-9+/=_.-]{20,})""",
    re.X,
)
ENTROPY_BITS_MIN = 3.7  # per character: words stay below, 20 random ones of base64 lie above
PLAINLY_MADE_UP = re.compile(r"(?i)example|test|dummy|fake|sample|placeholder|change-?me|secret|01234567")

# Files that hold secrets by what they are.
SECRET_FILE = re.compile(r"(^|/)(\.env(\.(?!example)\w+)?|id_(rsa|ed25519)|.*\.(pem|key|p12|pfx))$")
# Hashes of packages that anyone can fetch.
SKIPPED = re.compile(r"(^|/)package-lock\.json$")


def entropy_bits(text: str) -> float:
    counts = collections.Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())


def is_random(value: str) -> bool:
    """Keys mix letters and digits; names, paths and member accesses hardly do."""
    if PLAINLY_MADE_UP.search(value) or "::" in value:
        return False
    runs = re.findall(r"[A-Za-z0-9+/=]{12,}", value)
    has_both = any(re.search(r"\d", run) and re.search(r"[A-Za-z]", run) for run in runs)
    return has_both and entropy_bits(value) >= ENTROPY_BITS_MIN


def scan_line(line: str) -> list[tuple[str, str]]:
    """Rule and evidence of what a line gives away."""
    found = [(key.rule, match.group()) for key in KEY_FORMS for match in key.pattern.finditer(line)
             if not PLAINLY_MADE_UP.search(match.group())]
    if not found:
        found = [("random-value", match["name"]) for match in ASSIGNMENT.finditer(line)
                 if is_random(match["value"])]
    return found


def scan_file(path: str, text: str) -> list[Problem]:
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        for rule, evidence in scan_line(line):
            # The report must not be the leak.
            problems.append(Problem(path, number, rule, f"{evidence[:8]}… looks like a secret"))
    return problems


def scan_repository(root: pathlib.Path) -> tuple[list[Problem], list[str]]:
    problems: list[Problem] = []
    files = []
    for path in list_files(root):
        file = root / path
        if SKIPPED.search(path) or file.is_symlink():
            continue
        files.append(path)
        if SECRET_FILE.search(path):
            problems.append(Problem(path, 1, "secret-file", "such a file belongs to no repository"))
        if file.stat().st_size <= FILE_BYTES_MAX:
            problems += scan_file(path, file.read_text(encoding="utf-8", errors="replace"))
    return problems, files


def main() -> int:
    problems, files = scan_repository(ROOT)
    allow = AllowList.read(ROOT / "tools" / "secret_allow.txt")
    problems = allow.filter(problems) + allow.problems(files)
    for problem in sorted(problems):
        print(problem)
    print(f"secret_scan: {len(files)} files, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
