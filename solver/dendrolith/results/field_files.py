"""Names of the files of field output; each holds the fields of one element."""

from __future__ import annotations

import re
from pathlib import Path

JOINED = "all-"  # begin of the files that ``dendrolith join`` makes of all segments
VERSION = 2  # of the index: a segment lists the files that it has

_FILE = re.compile(r"(?P<stem>.+?)(?:-(?P<number>\d+))?\.bp")


def segment_files(folder: Path, number: int = 1) -> dict[str, str]:
    """Stem → file of all files of a segment that are there; segments are numbered from 1."""
    parts = [_FILE.fullmatch(path.name) for path in sorted(folder.glob("*.bp"))]
    return {
        part["stem"]: part.string
        for part in parts
        if part and int(part["number"] or 1) == number and not part["stem"].startswith(JOINED)
    }
