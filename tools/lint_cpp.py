#!/usr/bin/env python3
"""Runs clang-tidy over the C++ sources of a build: lint_cpp.py BUILD_FOLDER [--jobs N]
[--without-tests]

A source that was clean is not looked at again until it, a header it includes, its command or the
checks change: the cache key is a hash of all of them. What the compiler included is known once
the source was built; before that it is checked every time.
"""

import argparse
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CHECKED = ("src", "tests", "bench")
CLANG_TIDY = "clang-tidy-19"
# Following every path through GoogleTest's macros takes five times as long as all the rest.
TEST = re.compile(r"_(test|bench)\.cpp$")
TEST_CHECKS = ["--checks=-clang-analyzer-*"]
KEEP_CACHE_DAYS = 30


def cache_folder() -> pathlib.Path:
    home = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    folder = pathlib.Path(home) / "gatehouse" / "clang-tidy"
    folder.mkdir(parents=True, exist_ok=True)
    oldest = time.time() - KEEP_CACHE_DAYS * 86400
    for entry in folder.iterdir():
        if entry.stat().st_mtime < oldest:
            entry.unlink(missing_ok=True)
    return folder


def sources_of(build: pathlib.Path) -> dict[pathlib.Path, dict]:
    """Our own sources, each once, with its entry of the compilation database."""
    found: dict[pathlib.Path, dict] = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        file = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        if any(file.is_relative_to(ROOT / folder) for folder in CHECKED):
            found.setdefault(file, entry)
    return dict(sorted(found.items()))


def included_files(build: pathlib.Path) -> dict[str, list[pathlib.Path]]:
    """By object file: what the compiler read to make it, as ninja noted it."""
    run = subprocess.run(["ninja", "-C", build, "-t", "deps"], capture_output=True, text=True,
                         check=False)
    deps: dict[str, list[pathlib.Path]] = {}
    current: list[pathlib.Path] = []
    for line in run.stdout.splitlines():
        if line.startswith("    "):
            current.append((build / line.strip()).resolve())
        elif ": #deps" in line:
            name, _, state = line.partition(": #deps")
            current = []
            if "VALID" in state:
                deps[name] = current
    return deps


@functools.cache
def fingerprint(file: pathlib.Path) -> str:
    """Of our files the content; of the machine's headers, which are many, size and time."""
    if file.is_relative_to(ROOT):
        return f"{file.relative_to(ROOT)} {hashlib.sha256(file.read_bytes()).hexdigest()}"
    state = file.stat()
    return f"{file} {state.st_size} {state.st_mtime_ns}"


def object_of(entry: dict) -> str:
    match = re.search(r" -o (\S+)", entry["command"])
    return match.group(1) if match else ""


def cache_key(file: pathlib.Path, entry: dict, deps: list[pathlib.Path] | None,
              checks: str) -> str | None:
    # A source edited after it was built may include more than ninja knows, but its own content
    # is part of the key.
    if deps is None:
        return None
    try:
        parts = [checks, entry["command"].replace(str(ROOT), "."), fingerprint(file)]
        parts += options_for(file)
        parts += [fingerprint(dep) for dep in deps]
    except FileNotFoundError:
        return None
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def options_for(file: pathlib.Path) -> list[str]:
    return TEST_CHECKS if TEST.search(file.name) else []


def check(file: pathlib.Path, build: pathlib.Path) -> tuple[bool, str]:
    run = subprocess.run([CLANG_TIDY, "--quiet", "-p", build, *options_for(file), file],
                         capture_output=True, text=True, check=False)
    return run.returncode == 0, run.stdout.replace(f"{ROOT}/", "") + (
        run.stderr if run.returncode != 0 and not run.stdout else "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--without-tests", action="store_true",
                        help="leave out tests and benches, where time is short")
    options = parser.parse_args()
    build = options.build.resolve()
    version = subprocess.run([CLANG_TIDY, "--version"], capture_output=True, text=True, check=True)
    configuration = (ROOT / ".clang-tidy").read_text()
    checks = version.stdout + re.sub(r"^ *#.*\n", "", configuration, flags=re.M)
    cache, deps, sources = cache_folder(), included_files(build), sources_of(build)
    if options.without_tests:
        sources = {file: entry for file, entry in sources.items() if not TEST.search(file.name)}

    keys = {file: cache_key(file, entry, deps.get(object_of(entry)), checks)
            for file, entry in sources.items()}
    wanted = [file for file in sources if not (keys[file] and (cache / keys[file]).exists())]
    print(f"clang-tidy: {len(sources)} sources, {len(sources) - len(wanted)} unchanged since they "
          f"were clean", flush=True)
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        pending = {pool.submit(check, file, build): file for file in wanted}
        for number, done in enumerate(concurrent.futures.as_completed(pending), 1):
            file = pending[done]
            is_clean, output = done.result()
            print(f"[{number}/{len(wanted)}] {file.relative_to(ROOT)}"
                  f"{'' if is_clean else ': problems'}", flush=True)
            if is_clean and keys[file]:
                (cache / keys[file]).touch()
            if not is_clean:
                bad += 1
                print(output, flush=True)
    print(f"clang-tidy: {bad} of {len(sources)} sources have problems")
    return 1 if bad or not sources else 0


if __name__ == "__main__":
    sys.exit(main())
