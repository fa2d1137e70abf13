"""Files and classes: names, include guards, comments over classes, and nothing left lying about."""

import pathlib
import re
from collections.abc import Iterator

from .layers import INCLUDE
from .scopes import find_scopes
from .source import Problem, Source

# A class this short says what it is for by itself. The comment at the top of a header speaks for
# its first class, and for the smaller ones beside it.
SHORT_CLASS_LINES = 12
SMALL_CLASS_LINES = 40
CLASS_COMMENT_LINES_MAX = 8


def check_pragma_once(source: Source) -> Iterator[Problem]:
    if source.is_header:
        first = next((line for line in source.code.splitlines() if line.strip()), "")
        if first.strip() != "#pragma once":
            yield source.problem(1, "pragma-once", "a header's first code line is #pragma once")


def check_name(source: Source) -> Iterator[Problem]:
    if source.kind not in ("cpp", "python"):
        return
    for part in pathlib.PurePosixPath(source.path).with_suffix("").parts:
        if not re.fullmatch(r"\.?[a-z0-9_]+", part):
            yield source.problem(1, "name", f"'{part}': files and folders are snake_case")


def comment_lines_above(source: Source, line: int) -> int:
    count = 0
    while line - 2 - count >= 0 and source.lines[line - 2 - count].lstrip().startswith("//"):
        count += 1
    return count


def check_class_comment(source: Source) -> Iterator[Problem]:
    if not source.is_header or source.is_test or "/include/" not in source.path:
        return
    has_head_comment = source.lines[:1] != [] and source.lines[0].startswith("//")
    is_first = True
    classes = sorted((scope for scope in find_scopes(source.code) if scope.kind == "class"),
                     key=lambda scope: scope.start)
    for scope in classes:
        first = source.line_of(scope.start)
        length = source.line_of(scope.end) - first + 1
        comment = comment_lines_above(source, first)
        is_told_above = has_head_comment and (is_first or length < SMALL_CLASS_LINES)
        is_first = False
        if comment > CLASS_COMMENT_LINES_MAX:
            yield source.problem(first, "class-comment", f"{comment} comment lines over "
                                 f"{scope.name}, at most {CLASS_COMMENT_LINES_MAX}")
        is_short = scope.is_nested or length < SHORT_CLASS_LINES
        if not (comment or is_short or is_told_above):
            yield source.problem(first, "class-comment", f"say over {scope.name} what it is for: "
                                 "lifetime, threads, errors, limits")


def check_dead_sources(sources: list[Source]) -> Iterator[Problem]:
    """A .cpp that no CMakeLists.txt picks up, or a folder of CMake that no other one adds."""
    cmake = {source.path: source.text for source in sources if source.kind == "cmake"}
    modules = "\n".join(text for path, text in cmake.items() if path.endswith(".cmake"))
    for source in sources:
        path = pathlib.PurePosixPath(source.path)
        if source.kind == "cpp" and path.suffix == ".cpp" and path.parts[0] != "deploy":
            if not is_compiled(path, cmake, modules):
                yield source.problem(1, "dead-file", "no CMakeLists.txt compiles it")
        if path.name == "CMakeLists.txt" and len(path.parts) > 1:
            if not is_added(path.parent, cmake):
                yield source.problem(1, "dead-file", "no CMakeLists.txt adds this folder")


def is_compiled(path: pathlib.PurePosixPath, cmake: dict[str, str], modules: str) -> bool:
    if path.name in modules:
        return True
    for folder in path.parents:
        text = cmake.get((folder / "CMakeLists.txt").as_posix())
        if text is None:
            continue
        inner = path.parent.relative_to(folder).as_posix()
        globs = "gatehouse_layer(" in text or "GLOB" in text
        if path.name in text or (globs and (inner == "." or inner in text or "RECURSE" in text)):
            return True
    return False


def is_added(folder: pathlib.PurePosixPath, cmake: dict[str, str]) -> bool:
    for parent in folder.parents:
        text = cmake.get((parent / "CMakeLists.txt").as_posix(), "")
        inner = re.escape(folder.relative_to(parent).as_posix())
        if re.search(rf"(?<![\w/]){inner}(?![\w/])", text):
            return True
    return False


def check_dead_headers(sources: list[Source]) -> Iterator[Problem]:
    included = set()
    for source in sources:
        if source.kind == "cpp":
            included.update(match["path"] for line in source.lines
                            if (match := INCLUDE.match(line)))
    for source in sources:
        if source.is_header and not any(f"/{source.path}".endswith(f"/{path}")
                                        for path in included):
            yield source.problem(1, "dead-file", "nothing includes it")
