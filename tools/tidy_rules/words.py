"""Words that have no place in the repository: unfinished business, and where the code was made."""

import re
from collections.abc import Iterator

from .source import Problem, Source

UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX)\b")

# Comments and papers speak of Gatehouse alone; a reader has nothing else at hand. A number of
# another project's tracker is fine behind that project's name ("asio #1332").
ELSEWHERE = re.compile(
    r"""\b(?:[Ii]ssue|[Tt]icket|PR)\s*\#?\d+
      | \b(?:[Ww]ork|[Bb]uild|[Cc]oding|[Dd]eveloper)\s+session\b
      | \bthe\ CEO\b | \bCI\ machine\b | \bbuild\ machine\b
      | /work/(?:main|shared)\b
      | \b(?:DESIGN|MISSION)\.md\b | \bDESIGN\ § | \bMISSION\ [A-F]\d
    """,
    re.X,
)


def check_words(source: Source) -> Iterator[Problem]:
    for number, line in enumerate(source.lines, 1):
        unfinished = UNFINISHED.search(line)
        if unfinished:
            yield source.problem(number, "unfinished",
                                 f"'{unfinished.group()}': do it, or say what holds today")
        elsewhere = ELSEWHERE.search(line)
        if elsewhere:
            yield source.problem(number, "elsewhere",
                                 f"'{elsewhere.group()}' is not in this repository: say it here")
