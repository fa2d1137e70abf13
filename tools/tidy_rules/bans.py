"""What may not be written outside the files named here, and what to write instead."""

import dataclasses
import re
from collections.abc import Iterator

from .source import Problem, Source


@dataclasses.dataclass(frozen=True)
class Ban:
    rule: str
    pattern: re.Pattern[str]
    instead: str
    # Where it may stand: files, or folders with a slash at the end.
    allowed_in: tuple[str, ...] = ()
    is_allowed_in_tests: bool = False

    def applies_to(self, source: Source) -> bool:
        if self.is_allowed_in_tests and source.is_test:
            return False
        return not any(
            source.path.startswith(place) if place.endswith("/") else source.path == place
            for place in self.allowed_in)


def ban(rule: str, pattern: str, instead: str, *allowed_in: str, tests: bool = False) -> Ban:
    return Ban(rule, re.compile(pattern), instead, allowed_in, tests)


BANS = [
    ban("clock",
        r"_clock::now\b|\bgettimeofday\s*\(|\bclock_gettime\s*\(|(?<![\w.>])(?:std::|::)?time\s*"
        r"\(\s*(?:nullptr|NULL|0)\s*\)",
        "ask a gatehouse::Clock, so that tests can move time", "src/base/clock.cpp", "bench/"),
    ban("getenv", r"\b(?:secure_)?getenv\b",
        "take it from the settings table, which names every source", "src/app/", tests=True),
    ban("regex", r"\bstd::w?regex\b|<regex>",
        "write the few lines of scanning: std::regex overflows the stack on long input"),
    ban("throw", r"\bthrow\b(?!\s*;|\s*std::bad_alloc\b)",
        "return Result; exceptions are for start-up, bugs and bad_alloc", "src/app/", tests=True),
    ban("socket",
        r"<(?:sys/socket|sys/epoll|netdb|netinet/\w+)\.h>|\bepoll_\w+"
        r"|(?<![\w>])::(?:socket|bind|listen|accept4?|connect)\s*\(|\bboost/asio/ip/|\basio::ip::",
        "go through gatehouse::net", "src/net/", "src/async/", tests=True),
    ban("random",
        r"\bs?rand\s*\(|\bstd::(?:mt19937|random_device|default_random_engine|minstd_rand|shuffle)",
        "use gatehouse::Random", "src/base/random.cpp", tests=True),
    ban("spawn", r"\bdetached\b|\bco_spawn\b|\.detach\s*\(",
        "use TaskGroup::spawn, which joins what it started"),
    ban("thread", r"\bstd::(?:j?thread\b(?!::)|async\b)|\bpthread_create\b",
        "use a worker or a pool of gatehouse::async", "src/async/", tests=True),
    ban("sleep", r"\bsleep_(?:for|until)\b|(?<![\w.>])(?:::)?(?:u|nano)?sleep\s*\(",
        "wait for what you wait for: a timer, a signal, a fake clock", "src/async/"),
    ban("operators", r"\bawaitable_operators\b|\bcancellation_(?:slot|signal)\b",
        "Asio loses a cancel between two operations: check the state after each await"),
    ban("beast",
        r"\bboost/beast/websocket|\bwebsocket::stream\b|\bhttp::async_(?:read|write)|"
        r"\bhttp::serializer\b",
        "use gatehouse::codec: these templates cost a minute of compilation each"),
    ban("threads-unsafe",
        r"(?<![\w.>])(?:std::|::)?(?:localtime|gmtime|asctime|ctime|strtok|setlocale|tmpnam|setenv"
        r"|unsetenv|putenv|inet_ntoa|gethostbyname|getpw(?:nam|uid)|getgr(?:nam|gid))\s*\(",
        "it shares a buffer or the environment with every thread: use its _r form, or our own",
        tests=True),
    # Literals are blank in code: what is left of a statement that is one is nothing.
    ban("sql",
        r"(?:\.|->)(?:exec|execAndGet|tryExec|prepared)\s*\([^;()]*(?:\+|std::\w+|\.c_str|\.data)"
        r"|\bSQLite::Statement\s+\w+\s*\([^;]*?(?:\+|std::(?:string|format)|\.c_str|\.data)",
        "statements are literals, and values are bound to their parameters",
        # PRAGMA user_version takes no parameter, and a migration is a literal of a table.
        "src/store/sqlite/writer.cpp", "src/store/sqlite/migrations.cpp", tests=True),
    ban("using-std", r"\busing\s+namespace\s+std\s*;", "name what you use"),
    ban("print",
        r"\bstd::(?:cout|cerr|clog)\b|(?<![\w:.>])(?:std::|::)?(?:printf|puts|putchar|perror)\s*\("
        r"|(?<![\w:.>])(?:std::|::)?fprintf\s*\(",
        "log through telemetry; only the command line prints", "src/app/", tests=True),
]


def check_bans(source: Source) -> Iterator[Problem]:
    if source.kind != "cpp":
        return
    for row in BANS:
        if not row.applies_to(source):
            continue
        for match in row.pattern.finditer(source.code):
            yield source.problem(source.line_of(match.start()), row.rule,
                                 f"'{match.group().strip()}': {row.instead}")
