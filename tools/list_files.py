#!/usr/bin/env python3
"""Lists the files of this repository that people write: list_files.py [SUFFIX…]"""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOT_WRITTEN = {".git", "build", "node_modules", "__pycache__"}


def list_files(root: pathlib.Path) -> list[str]:
    """What git tracks or would track; in a tree without git, all but what a build leaves behind."""
    try:
        listing = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=root, capture_output=True, text=True, check=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        paths = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
        return sorted(path.as_posix() for path in paths if not NOT_WRITTEN & set(path.parts))
    # A tracked file may be deleted already, and one in conflict is listed twice.
    return sorted(path for path in set(listing.split("\0")) if path and (root / path).is_file())


if __name__ == "__main__":
    for name in list_files(ROOT):
        if name.endswith(tuple(sys.argv[1:]) or ""):
            print(name)
