#!/usr/bin/env python3
"""Asks the npm registry for known holes in the packages of a folder: npm_audit.py FOLDER

Fails on findings of level high or critical. A registry that offers no audit is said, and passes:
mirrors often have none. A registry that can't be reached fails.
"""

import json
import subprocess
import sys

LEVELS = ("high", "critical")
UNREACHABLE = ("ENOTFOUND", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EAI_AGAIN", "ENETUNREACH",
               "ERR_SOCKET_TIMEOUT", "CERT_", "SELF_SIGNED")


def judge(report: dict) -> tuple[bool, list[str]]:
    """Whether the check passes, and what to say."""
    if "metadata" not in report:
        error = report.get("error") or {}
        code = str(error.get("code", ""))
        reason = error.get("summary") or report.get("message") or code or "no reason given"
        if any(sign in f"{code} {reason}" for sign in UNREACHABLE):
            return False, [f"The registry can't be reached: {reason}"]
        return True, [f"The registry offers no audit, so nothing was checked: {reason}"]
    counts = report["metadata"]["vulnerabilities"]
    lines = [f"{counts.get('total', 0)} known holes, "
             + ", ".join(f"{counts.get(level, 0)} {level}" for level in LEVELS)]
    for name, finding in sorted(report.get("vulnerabilities", {}).items()):
        if finding.get("severity") in LEVELS:
            titles = [via["title"] for via in finding.get("via", []) if isinstance(via, dict)]
            lines.append(f"  {finding['severity']}: {name} {finding.get('range', '')}: "
                         + ("; ".join(titles) or "through a package it uses"))
    return all(counts.get(level, 0) == 0 for level in LEVELS), lines


def main() -> int:
    folder = sys.argv[1]
    run = subprocess.run(["npm", "audit", "--json", "--prefix", folder], capture_output=True,
                         text=True, check=False)
    try:
        report = json.loads(run.stdout)
    except json.JSONDecodeError:
        print(f"npm audit printed no report:\n{run.stdout[-1000:]}{run.stderr[-1000:]}")
        return 1
    is_fine, lines = judge(report)
    print(f"npm audit {folder}:", *lines, sep="\n")
    return 0 if is_fine else 1


if __name__ == "__main__":
    sys.exit(main())
