"""The exceptions of a check, one a line: RULE PATH REASON (tools/tidy_allow.txt)."""

import dataclasses
import pathlib
from collections.abc import Iterable

from .source import Problem


@dataclasses.dataclass
class Entry:
    line: int
    rule: str
    path: str
    reason: str
    is_used: bool = False


class AllowList:
    def __init__(self, path: str, text: str):
        self.path = path
        self.entries: list[Entry] = []
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                rule, path_allowed, reason = (line.split(None, 2) + ["", ""])[:3]
                self.entries.append(Entry(number, rule, path_allowed, reason))

    @classmethod
    def read(cls, path: pathlib.Path) -> "AllowList":
        return cls(f"tools/{path.name}", path.read_text(encoding="utf-8"))

    def filter(self, problems: list[Problem]) -> list[Problem]:
        """Without the problems that are allowed."""
        kept = []
        for problem in problems:
            matching = [entry for entry in self.entries
                        if (entry.rule, entry.path) == (problem.rule, problem.path)]
            for entry in matching:
                entry.is_used = True
            if not matching:
                kept.append(problem)
        return kept

    def problems(self, paths: Iterable[str]) -> list[Problem]:
        """Of the list itself, after `filter`: an exception not needed, or without a reason."""
        known = set(paths)
        found = []
        for entry in self.entries:
            if not entry.reason:
                found.append(Problem(self.path, entry.line, "allow", "say why it is allowed"))
            elif entry.path not in known:
                found.append(Problem(self.path, entry.line, "allow", f"no file {entry.path}"))
            elif not entry.is_used:
                found.append(Problem(self.path, entry.line, "allow",
                                     f"{entry.path} no longer breaks '{entry.rule}': delete it"))
        return found
