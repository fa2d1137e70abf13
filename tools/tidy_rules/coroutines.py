"""Coroutines: co_await stands alone in its statement, and no coroutine is a capturing lambda."""

import re
from collections.abc import Iterator

from .source import Problem, Source

AWAIT = re.compile(r"\bco_await\b")
# `co_await f(x);`, `auto r = co_await f(x);`, `r = co_await f(x);`, `co_return co_await f(x);`
STATEMENT_BEFORE = re.compile(r"^(?:co_return|\(void\)|[^=?]*[^=!<>?&|+*/%^-]=)?$")
CONTROL = re.compile(r"^(?:else|do|case\b[^:]*:|default\s*:|\w+\s*:(?!:))\s*")
CONDITION = re.compile(r"^(?:if(?:\s+constexpr)?|while|for|switch)\s*\(")

# `[captures](…) … -> Task<…>`: a lambda that is a coroutine must name its type.
CAPTURING_LAMBDA = re.compile(
    r"""(?<![\w\])])\[(?P<captures>[^\[\]]+)\]\s*
        (?:\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))?\s*
        (?:mutable\b\s*|noexcept\b\s*|constexpr\b\s*|static\b\s*)*
        ->\s*[\w:]*\b(?:Task|awaitable)\s*<""",
    re.X,
)


def check_await_stands_alone(source: Source) -> Iterator[Problem]:
    if source.kind != "cpp":
        return
    for match in AWAIT.finditer(source.code):
        before = text_before(source.code, match.start())
        if before is not None and before.endswith("operator"):
            continue
        if not stands_alone(before, text_after(source.code, match.end())):
            yield source.problem(
                source.line_of(match.start()), "co-await",
                "co_await stands alone in its statement: await into a variable, then use it")


def check_capturing_lambda(source: Source) -> Iterator[Problem]:
    if source.kind != "cpp":
        return
    for match in CAPTURING_LAMBDA.finditer(source.code):
        yield source.problem(
            source.line_of(match.start()), "lambda-coroutine",
            f"[{match['captures']}] dies before the coroutine does: pass it as parameters")


def text_before(code: str, position: int) -> str | None:
    """The statement up to `position`; None when `position` is inside parentheses."""
    depth = 0
    start = position
    while start > 0:
        character = code[start - 1]
        if character in ")]":
            depth += 1
        elif character in "([":
            if depth == 0:
                return None
            depth -= 1
        elif character in ";{}" and depth == 0:
            break
        start -= 1
    return " ".join(code[start:position].split())


def text_after(code: str, position: int) -> str | None:
    """The rest of the statement, brackets left out; None when it ends before a semicolon."""
    depth = 0
    rest = []
    for character in code[position:]:
        if character in "([{":
            depth += 1
        elif character in ")]}":
            if depth == 0:
                return None
            depth -= 1
        elif depth == 0:
            if character == ";":
                return "".join(rest)
            rest.append(character)
    return None


def without_control(statement: str) -> str:
    """Without the `if (…)`, `else` or `case …:` whose statement this is."""
    while True:
        label = CONTROL.match(statement)
        if label:
            statement = statement[label.end():]
            continue
        if not CONDITION.match(statement):
            return statement.strip()
        depth = 0
        for index, character in enumerate(statement):
            depth += {"(": 1, ")": -1}.get(character, 0)
            if character == ")" and depth == 0:
                statement = statement[index + 1:].strip()
                break
        else:
            return statement


def stands_alone(before: str | None, after: str | None) -> bool:
    if before is None or after is None:
        return False
    if re.search(r"&&|\|\||\?|\bco_await\b|,", after):
        return False
    return STATEMENT_BEFORE.match(without_control(before)) is not None
