"""What the rules look at: a file with its kind, its lines, and its code without the comments."""

import bisect
import dataclasses
import functools
import pathlib
import re

from list_files import list_files

KIND_BY_SUFFIX = {
    ".cpp": "cpp", ".hpp": "cpp",
    ".ts": "web", ".tsx": "web", ".mjs": "web", ".js": "web", ".css": "web",
    ".py": "python", ".cmake": "cmake", ".sh": "shell",
    ".md": "text", ".html": "text", ".toml": "text", ".yaml": "text", ".yml": "text",
    ".txt": "text",
}
KIND_BY_NAME = {"CMakeLists.txt": "cmake", "tools/tidy": "python", "dev": "shell",
                ".ci/run": "shell"}
# Inputs and results that nobody writes by hand.
SKIPPED = ("tests/corpora/",)

# What is not code in C++; the order of the alternatives is the order of the language.
NOT_CODE = re.compile(
    r"""(?P<comment>//(?:[^\n\\]|\\.)* | /\*.*?\*/)
      | (?P<raw>\bR"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)")
      | "(?:\\.|[^"\\\n])*"
      | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'""",
    re.S | re.X,
)


@dataclasses.dataclass(frozen=True, order=True)
class Problem:
    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: [{self.rule}] {self.message}"


class Source:
    """One file. Paths are relative to the repository's root, with forward slashes."""

    def __init__(self, path: str, text: str):
        self.path = path
        self.text = text
        self.lines = text.splitlines()
        self.kind = kind_of(path)

    @property
    def is_header(self) -> bool:
        return self.path.endswith(".hpp")

    @property
    def is_test(self) -> bool:
        """Code that ships nothing: tests, benchmarks, fuzz targets, fakes and contract suites."""
        return bool(
            re.match(r"(tests|bench)/", self.path)
            or re.search(r"_(test|bench|fuzz|contract)\.[ch]pp$", self.path)
            or re.search(r"(^|/)(testing/|fake_)", self.path)
        )

    @functools.cached_property
    def code(self) -> str:
        """C++ with comments and literals blanked out, character for character."""
        return NOT_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), self.text)

    @functools.cached_property
    def raw_string_lines(self) -> set[int]:
        lines: set[int] = set()
        for match in NOT_CODE.finditer(self.text):
            if match["raw"]:
                lines.update(range(self.line_of(match.start()), self.line_of(match.end()) + 1))
        return lines

    @functools.cached_property
    def _line_starts(self) -> list[int]:
        return [0] + [match.end() for match in re.finditer("\n", self.text)]

    def line_of(self, offset: int) -> int:
        return bisect.bisect_right(self._line_starts, offset)

    def problem(self, line: int, rule: str, message: str) -> Problem:
        return Problem(self.path, line, rule, message)


def kind_of(path: str) -> str | None:
    name = pathlib.PurePosixPath(path).name
    known = KIND_BY_NAME.get(path) or KIND_BY_NAME.get(name)
    return known or KIND_BY_SUFFIX.get(pathlib.PurePosixPath(path).suffix)


def load_repository(root: pathlib.Path) -> list[Source]:
    sources = []
    for path in list_files(root):
        if path.startswith(SKIPPED) or kind_of(path) is None:
            continue
        sources.append(Source(path, (root / path).read_text(encoding="utf-8")))
    return sources
