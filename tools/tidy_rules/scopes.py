"""Finds the functions and classes of C++ by its braces.

Not a parser: it knows as much of the language as clang-formatted code needs. Where it can't tell
what a brace opens it takes it for a list of values, so it may overlook but not accuse.
"""

import dataclasses
import re
from collections.abc import Iterator

LABELS = re.compile(r"\b(?:public|protected|private)\s*:(?!:)")
CLASS = re.compile(r"^(?:typedef\s+)?(?:class|struct|union)\b(?!.*\benum\b)")
CLASS_NAME = re.compile(
    r"\b(?:class|struct|union)\s+(?:\[\[.*?\]\]\s*|\w+\(.*?\)\s*)*([\w:]+)\s*"
    r"(?:<.*>\s*)?(?:final\b\s*)?(?::|$)", re.S)
NAMESPACE = re.compile(r"^(?:inline\s+)?namespace\b|^extern\s*$")
CONSTRUCTOR_LIST = re.compile(r"\)\s*(?:noexcept\s*(?:\(.*?\)\s*)?)?:(?!:)", re.S)
FUNCTION_NAME = re.compile(r"(operator\s*(?:\(\)|[^\s(]+|\w+)|~?[\w:]+)\s*\(")


@dataclasses.dataclass(frozen=True)
class Scope:
    kind: str  # "function" or "class"
    name: str
    start: int  # offset of the first character of its declaration
    end: int  # offset of its closing brace
    is_nested: bool  # inside a class


def blank_preprocessor(code: str) -> str:
    directive = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.M)
    return directive.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), code)


def strip_balanced(text: str, opening: str, closing: str) -> str:
    """Without what stands between the brackets, the brackets included."""
    pattern = re.compile(rf"\{opening}[^{opening}{closing}]*\{closing}")
    while True:
        shorter = pattern.sub(" ", text)
        if shorter == text:
            return text
        text = shorter


def matching_brace(code: str, opening: int) -> int:
    depth = 0
    for match in re.compile(r"[{}]").finditer(code, opening):
        depth += 1 if match.group() == "{" else -1
        if depth == 0:
            return match.start()
    return len(code) - 1


def declaration_start(code: str, begin: int, end: int) -> int:
    """Where a declaration begins: after access labels and blanks."""
    labels = list(LABELS.finditer(code, begin, end))
    if labels:
        begin = labels[-1].end()
    while begin < end and code[begin].isspace():
        begin += 1
    return begin


def plain_head(head: str) -> str:
    """The text before a brace, without template parameters and attributes."""
    head = re.sub(r"\[\[.*?\]\]", " ", head, flags=re.S)
    head = re.sub(r"operator\s*(<=>|<<=?|>>=?|<=?|>=?|->\*?)", "operator@", head)
    head = strip_balanced(head.replace("->", "  "), "<", ">")
    specifier = r"\b(?:alignas|decltype|explicit|requires)"
    head = re.sub(specifier + r"\s*\((?:[^()]|\([^()]*\))*\)", " ", head)
    return re.sub(r"^(?:\s*template\b)+\s*(?:requires[^{};]*?(?=\b(?:class|struct)\b))?", "",
                  head.strip()).strip()


def classify(head: str) -> str:
    """What the brace after `head` opens: "namespace", "class", "function" or "values"."""
    plain = plain_head(head)
    if NAMESPACE.search(plain):
        return "namespace"
    if CLASS.search(plain):
        return "class"
    if "(" not in plain:
        return "values"
    if CONSTRUCTOR_LIST.search(plain):
        return "function" if plain[-1] in ")}" else "values"
    outside = strip_balanced(re.sub(r"operator\s*[^\s\w(]+", "operator", plain), "(", ")")
    if "=" in outside:
        is_lambda = re.search(r"=\s*\[", outside) is not None
        return "function" if is_lambda else "values"
    return "function"


def function_name(head: str) -> str:
    match = FUNCTION_NAME.search(plain_head(head))
    return match.group(1) if match else "a function"


def find_scopes(code: str) -> Iterator[Scope]:
    code = blank_preprocessor(code)
    open_scopes: list[tuple[str, str, int]] = []  # kind, name, start
    head = position = parentheses = 0
    while position < len(code):
        character = code[position]
        if character == "(":
            parentheses += 1
        elif character == ")":
            parentheses -= 1
        elif character == ";" and parentheses == 0:
            head = position + 1
        elif character == "{":
            start = declaration_start(code, head, position)
            kind = "values" if parentheses else classify(code[start:position])
            if kind in ("namespace", "class"):
                name = CLASS_NAME.search(code[start:position])
                open_scopes.append((kind, name.group(1) if name else "", start))
                head = position + 1
            else:
                end = matching_brace(code, position)
                if kind == "function":
                    is_nested = any(scope[0] == "class" for scope in open_scopes)
                    yield Scope(kind, function_name(code[start:position]), start, end, is_nested)
                    head = end + 1
                position = end
        elif character == "}":
            head = position + 1
            if open_scopes:
                kind, name, start = open_scopes.pop()
                if kind == "class":
                    is_nested = any(scope[0] == "class" for scope in open_scopes)
                    yield Scope(kind, name, start, position, is_nested)
        position += 1
