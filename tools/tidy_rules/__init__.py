"""The rules of tools/tidy. One module per kind; a rule is one function in the list below."""

from collections.abc import Iterable

from . import bans, coroutines, files, layers, shown, sizes, words
from .source import Problem, Source

# A rule that looks at one file at a time.
FILE_RULES = [
    sizes.check_file_length,
    sizes.check_line_length,
    sizes.check_function_length,
    bans.check_bans,
    coroutines.check_await_stands_alone,
    coroutines.check_capturing_lambda,
    files.check_pragma_once,
    files.check_name,
    files.check_class_comment,
    words.check_words,
]

# A rule that has to see all files.
REPOSITORY_RULES = [
    layers.check_includes,
    layers.check_links,
    files.check_dead_sources,
    files.check_dead_headers,
    shown.check_shown,
]


def check_all(sources: Iterable[Source]) -> list[Problem]:
    sources = list(sources)
    problems = [problem for source in sources for rule in FILE_RULES for problem in rule(source)]
    problems += [problem for rule in REPOSITORY_RULES for problem in rule(sources)]
    return problems
