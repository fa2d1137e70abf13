"""Tables that say which test shows what: each test they name is there, under that name."""

import re
from collections.abc import Iterator

from .source import Problem, Source

TABLES = ("docs/asvs.md", "docs/mission.md")

# In the last cell of a row: `file`, or `file`: one test; another.
SHOWN = re.compile(r"`((?:src|tests|tools|web)/[\w./]+)`(?:: (.*?))?(?=<br>|; `|$)")
TEST = re.compile(
    r"""\bTEST(?:_[FP])?\((?P<suite>\w+),\s*(?P<name>\w+)\)
      | \b(?:test|on[A-Z]\w*)\(\s*(?P<mark>["'`])(?P<title>(?:\\.|(?!(?P=mark)).)*)(?P=mark)""",
    re.S | re.X,
)


def tests_of(source: Source) -> list[str]:
    """Their names, as the tables write them: `…` for what the cases of a test differ in."""
    return [f"{found['suite']}.{found['name']}" if found["suite"]
            else re.sub(r"\$\{[^}]*\}", "…", re.sub(r"\\(.)", r"\1", found["title"]))
            for found in TEST.finditer(source.text)]


def is_named(name: str, known: list[str]) -> bool:
    if "…" not in name:
        return name in known
    pattern = ".+".join(re.escape(part) for part in name.split("…"))
    return any(re.fullmatch(pattern, each, re.S) for each in known)


def missing_names(text: str, known: list[str]) -> Iterator[str]:
    """A name may have a semicolon of its own, so the longest that is known is taken first."""
    parts = text.split("; ")
    while parts:
        taken = next((count for count in range(len(parts), 0, -1)
                      if is_named("; ".join(parts[:count]), known)), 0)
        if not taken:
            yield parts[0]
        parts = parts[max(taken, 1):]


def check_shown(sources: list[Source]) -> Iterator[Problem]:
    by_path = {source.path: source for source in sources}
    for table in (by_path[path] for path in TABLES if path in by_path):
        for number, line in enumerate(table.lines, 1):
            if not line.startswith("|"):
                continue
            for path, names in SHOWN.findall(line.rstrip("| ").split(" | ")[-1]):
                if path not in by_path:
                    yield table.problem(number, "shown-by", f"there is no {path}")
                    continue
                for name in missing_names(names, tests_of(by_path[path])) if names else ():
                    yield table.problem(number, "shown-by", f"{path} has no test '{name}'")
