"""Sizes: what fits on a screen is read, what doesn't is skimmed."""

import ast
import re
import unicodedata
from collections.abc import Iterator

from .scopes import find_scopes
from .source import Problem, Source

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 400
FILE_LINES_LIMIT = 600  # above this no reason counts
COLUMNS_MAX = 100
TOKEN_COLUMNS_MAX = 80  # a word longer than this can't be wrapped: a URL, a path of an image

CODE = {"cpp", "web", "python", "cmake", "shell"}

# A named function of TypeScript, JavaScript or shell at the start of a line.
OPENS_FUNCTION = re.compile(
    r"""^(?P<indent>\s*)(?:
        (?:export\s+)?(?:default\s+)?(?:async\s+)?function\*?\s*(?P<declared>\w+)
      | (?:export\s+)?const\s+(?P<assigned>\w+)\s*=\s*(?:async\s*)?\([^=]*=>\s*\{$
      | (?P<shell>\w+)\(\)\s*\{)""",
    re.X,
)


def check_file_length(source: Source) -> Iterator[Problem]:
    count = len(source.lines)
    if source.kind not in CODE or count <= FILE_LINES_MAX:
        return
    if count > FILE_LINES_LIMIT:
        yield source.problem(FILE_LINES_LIMIT, "file-length-limit",
                             f"{count} lines: no file is longer than {FILE_LINES_LIMIT}")
    else:
        yield source.problem(FILE_LINES_MAX, "file-length",
                             f"{count} lines: split it, or say in tools/tidy_allow.txt why not")


def columns(line: str) -> int:
    """As a terminal shows it: marks over a letter take none, Chinese takes two."""
    if line.isascii():
        return len(line)
    return sum(0 if unicodedata.category(character) in ("Mn", "Me", "Cf")
               else 2 if unicodedata.east_asian_width(character) in "WF" else 1
               for character in line)


def check_line_length(source: Source) -> Iterator[Problem]:
    if source.kind not in CODE:
        return
    for number, line in enumerate(source.lines, 1):
        width = columns(line)
        if width <= COLUMNS_MAX or re.match(r"\s*#\s*include", line):
            continue
        if any(len(word) > TOKEN_COLUMNS_MAX for word in line.split()):
            continue
        if source.kind == "cpp" and number in source.raw_string_lines:
            continue
        yield source.problem(number, "line-length", f"{width} columns, at most {COLUMNS_MAX}")


def check_function_length(source: Source) -> Iterator[Problem]:
    find = {"cpp": cpp_functions, "python": python_functions,
            "web": indented_functions, "shell": indented_functions}.get(source.kind or "")
    for name, first, last in find(source) if find else ():
        count = last - first + 1
        if count > FUNCTION_LINES_MAX:
            yield source.problem(first, "function-length",
                                 f"{name} has {count} lines, at most {FUNCTION_LINES_MAX}")


def cpp_functions(source: Source) -> Iterator[tuple[str, int, int]]:
    for scope in find_scopes(source.code):
        if scope.kind == "function":
            yield scope.name, source.line_of(scope.start), source.line_of(scope.end)


def python_functions(source: Source) -> Iterator[tuple[str, int, int]]:
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.lineno, node.end_lineno or node.lineno


def indented_functions(source: Source) -> Iterator[tuple[str, int, int]]:
    """Trusts the layout: a function ends at the first `}` that stands as far left as it began."""
    for number, line in enumerate(source.lines, 1):
        match = OPENS_FUNCTION.match(line)
        if not match:
            continue
        name = match["declared"] or match["assigned"] or match["shell"]
        for end, later in enumerate(source.lines[number:], number + 1):
            # "}: Props) {" ends the parameters, not the function.
            if later.startswith(match["indent"] + "}") and not later.rstrip().endswith("{"):
                yield name, number, end
                break
