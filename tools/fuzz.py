#!/usr/bin/env python3
"""Runs the fuzz programs of build/fuzz, two at a time, and prints a table of runs and crashes.

Each program starts from its corpus, tests/corpora/<program>. New inputs go to
build/fuzz/found/<program>, and --merge copies from there into the corpus what reaches new code.
"""

import argparse
import concurrent.futures
import pathlib
import re
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "fuzz"
CORPORA = ROOT / "tests" / "corpora"
AT_ONCE = 2
PROGRESS_EVERY_S = 30


def program_path(name: str) -> pathlib.Path:
    found = [path for path in BUILD.rglob(name) if path.is_file()]
    if not found:
        sys.exit(f"fuzz: build/fuzz has no program {name}")
    return found[0]


def fuzz_command(name: str, seconds: int) -> list[str]:
    found = BUILD / "found" / name
    crashes = BUILD / "crashes"
    for folder in (found, crashes, CORPORA / name):
        folder.mkdir(parents=True, exist_ok=True)
    command = [
        str(program_path(name)), f"-max_total_time={seconds}", "-timeout=10",
        "-rss_limit_mb=2048", "-print_final_stats=1", f"-artifact_prefix={crashes}/{name}-",
    ]
    dictionary = CORPORA / f"{name}.dict"
    if dictionary.exists():
        command.append(f"-dict={dictionary}")
    return command + [str(found), str(CORPORA / name)]


def read_log(text: str) -> tuple[str, str]:
    """Runs and coverage as libFuzzer printed them; "?" when it died before it did."""
    runs = re.findall(r"^stat::number_of_executed_units:\s*(\d+)", text, re.M)
    runs = runs or re.findall(r"^#(\d+)\s", text, re.M)
    coverage = re.findall(r"\bcov: (\d+)", text)
    return (runs[-1] if runs else "?", coverage[-1] if coverage else "?")


def run_one(name: str, seconds: int) -> tuple[str, str, str, bool]:
    log = BUILD / f"{name}.log"
    with log.open("w") as out:
        status = subprocess.run(fuzz_command(name, seconds), stdout=out, stderr=out,
                                stdin=subprocess.DEVNULL, check=False).returncode
    runs, coverage = read_log(log.read_text(errors="replace"))
    print(f"  {name}: {'ok' if status == 0 else 'CRASH'}", flush=True)
    return name, runs, coverage, status == 0


def report_progress(names: list[str], done: threading.Event) -> None:
    while not done.wait(PROGRESS_EVERY_S):
        logs = [(name, BUILD / f"{name}.log") for name in names]
        states = [f"{name} {read_log(log.read_text(errors='replace'))[0]} runs"
                  for name, log in logs if log.exists()]
        print("  " + ", ".join(states), flush=True)


def fuzz(names: list[str], seconds: int) -> bool:
    for name in names:
        (BUILD / f"{name}.log").unlink(missing_ok=True)
    done = threading.Event()
    progress = threading.Thread(target=report_progress, args=(names, done))
    progress.start()
    try:
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            rows = list(pool.map(lambda name: run_one(name, seconds), names))
    finally:
        done.set()
        progress.join()
    print(f"\n{'program':<28}{'runs':>14}{'coverage':>10}  result")
    for name, runs, coverage, is_ok in rows:
        result = "ok" if is_ok else f"CRASH: build/fuzz/{name}.log, build/fuzz/crashes/{name}-*"
        print(f"{name:<28}{runs:>14}{coverage:>10}  {result}")
    return all(is_ok for *_, is_ok in rows)


def merge(names: list[str]) -> bool:
    is_ok = True
    for name in names:
        found = BUILD / "found" / name
        if not found.is_dir():
            print(f"{name}: nothing was found yet; run ./dev fuzz {name}")
            continue
        before = sum(1 for _ in (CORPORA / name).iterdir())
        run = subprocess.run([program_path(name), "-merge=1", CORPORA / name, found],
                             capture_output=True, text=True, errors="replace", check=False)
        after = sum(1 for _ in (CORPORA / name).iterdir())
        print(f"{name}: {after - before} inputs added to tests/corpora/{name}")
        if run.returncode != 0:
            print(run.stderr[-2000:])
            is_ok = False
    return is_ok


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--merge", action="store_true")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("programs", nargs="+")
    options = parser.parse_args()
    is_ok = merge(options.programs) if options.merge else fuzz(options.programs, options.seconds)
    return 0 if is_ok else 1


if __name__ == "__main__":
    sys.exit(main())
