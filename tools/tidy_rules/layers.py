"""Who may include whom, floor by floor (docs/architecture.md), in includes and in CMake's links."""

import re
from collections.abc import Iterator

from .source import Problem, Source

GROUPS = ("store", "responders", "channels")  # folders of layers
FOUNDATION = ("base", "crypto", "codec", "telemetry", "async", "net", "http")
DOMAIN = ("audit", "guard", "identity", "jobs", "knowledge", "chat")
DOMAIN_ON = ("base", "crypto", "telemetry", "async")
FLOORS_1_TO_3 = FOUNDATION + DOMAIN

MAY_INCLUDE: dict[str, tuple[str, ...]] = {
    "base": (),
    "crypto": ("base",),
    "codec": ("base",),
    "telemetry": ("base",),
    "async": ("base", "telemetry"),
    "net": ("base", "telemetry", "async"),
    "http": ("base", "telemetry", "async", "net", "codec"),
    "audit": DOMAIN_ON,
    "guard": DOMAIN_ON,
    "jobs": DOMAIN_ON,
    "knowledge": DOMAIN_ON,
    # Tokens are JSON: two readers of it must not be able to see different claims.
    "identity": (*DOMAIN_ON, "codec", "audit", "guard"),
    # Messages are JSON wherever they come from: one reader for all channels.
    "chat": (*DOMAIN_ON, "codec", "guard"),
    # Adapters: everything below and their own driver, never each other.
    "store/*": FLOORS_1_TO_3,
    "responders/*": FLOORS_1_TO_3,
    "channels/*": FLOORS_1_TO_3,
    "exporters": FLOORS_1_TO_3,
    "extract": FLOORS_1_TO_3,
    "firewall": FLOORS_1_TO_3,
    "openid": FLOORS_1_TO_3,
    "server": FLOORS_1_TO_3,
    "operations": FLOORS_1_TO_3,
}
TOP = "app"  # may include everything, and nothing includes it

INCLUDE = re.compile(r'^\s*#\s*include\s*"(?P<path>[^"]+)"')
LAYER_CALL = re.compile(r"\bgatehouse_layer\(\s*(?P<name>\w+)(?P<arguments>[^)]*)\)")


def layer_of(path: str) -> str:
    """Of a path below src/ or include/gatehouse/: "net", "store/sqlite"."""
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] in GROUPS else parts[0]


def row_of(layer: str) -> str:
    group = layer.split("/")[0]
    return f"{group}/*" if group in GROUPS else layer


def may_include(user: str, used: str) -> bool:
    if user in (used, TOP):
        return True
    return used in MAY_INCLUDE.get(row_of(user), ())


def layer_of_target(name: str) -> str:
    """The layer behind gatehouse::<name>: store_sqlite is store/sqlite."""
    group, _, rest = name.partition("_")
    return f"{group}/{rest}" if group in GROUPS and rest else name


def without_comments(cmake: Source) -> str:
    return re.sub(r"#[^\n]*", lambda match: " " * len(match.group()), cmake.text)


def header_owners(sources: list[Source]) -> dict[str, str]:
    """By spelling in an include: the layer that holds the header, whatever its include root."""
    owners = {}
    for source in sources:
        if source.is_header and source.path.startswith("src/") and "/include/" in source.path:
            spelling = source.path.split("/include/", 1)[1]
            owners[spelling] = layer_of(source.path.removeprefix("src/"))
    return owners


def target_owners(sources: list[Source]) -> dict[str, str]:
    """By name of a target: the layer whose folder defines it."""
    return {call["name"]: layer_of(source.path.removeprefix("src/"))
            for source in sources if source.kind == "cmake" and source.path.startswith("src/")
            for call in LAYER_CALL.finditer(without_comments(source))}


def check_includes(sources: list[Source]) -> Iterator[Problem]:
    owners = header_owners(sources)
    for source in sources:
        if source.kind == "cpp" and source.path.startswith("src/"):
            yield from check_includes_of(source, owners)


def check_includes_of(source: Source, owners: dict[str, str]) -> Iterator[Problem]:
    user = layer_of(source.path.removeprefix("src/"))
    if user != TOP and row_of(user) not in MAY_INCLUDE:
        yield source.problem(1, "layer", f"'{user}' is on no floor of tools/tidy_rules/layers.py")
        return
    for number, line in enumerate(source.lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        path = match["path"]
        if ".." in path.split("/"):
            yield source.problem(number, "layer", "include from the include root, not by '..'")
        if not path.startswith("gatehouse/"):
            continue
        used = owners.get(path) or layer_of(path.removeprefix("gatehouse/"))
        # Tests bring in fakes and other back ends through TEST_LINKS, which CMake checks.
        is_allowed = used != TOP if source.is_test else may_include(user, used)
        if user != TOP and not is_allowed:
            yield source.problem(number, "layer", f"{user} may not include {used}")


def check_links(sources: list[Source]) -> Iterator[Problem]:
    owners = target_owners(sources)
    for source in sources:
        if source.kind != "cmake" or not source.path.startswith("src/"):
            continue
        user = layer_of(source.path.removeprefix("src/"))
        for call in LAYER_CALL.finditer(without_comments(source)):
            links = re.sub(r"\bTEST_LINKS\b(?:(?!\b[A-Z]+_?LINKS\b).)*", "", call["arguments"],
                           flags=re.S)
            for name in re.findall(r"\bgatehouse(?:::|_)(\w+)", links):
                used = owners.get(name) or layer_of_target(name)
                if not may_include(user, used):
                    yield source.problem(source.line_of(call.start()), "layer",
                                         f"{user} may not link {used}")
