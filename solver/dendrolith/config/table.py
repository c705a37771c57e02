"""Tables of numbers that an input names."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path

from dendrolith.core.errors import ConfigError


def read_columns(path: str, titles: Sequence[str]) -> list[tuple[float, ...]]:
    """Rows of some columns of a CSV file, in the order of `titles`.

    Args:
        path: of the file.
        titles: of the columns, with their units, as the file has them.

    Raises:
        ConfigError: the file cannot be read, or lacks a column or a number.
    """
    try:
        # as spreadsheets write it: a mark of the byte order first, blanks behind commas
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, skipinitialspace=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path}: cannot be read ({error})") from None
    there = list(rows[0]) if rows else []
    missing = [title for title in titles if title not in there]
    if missing:
        has = f"it has {', '.join(map(str, there))}" if there else "it has no rows"
        raise ConfigError(f"{path}: needs the columns {', '.join(titles)}; {has}")
    found: list[tuple[float, ...]] = []
    for number, row in enumerate(rows, start=2):
        try:
            found.append(tuple(_finite(row[title]) for title in titles))
        except (TypeError, ValueError):
            cells = ", ".join(str(row[title]) for title in titles)
            raise ConfigError(f"{path}:{number}: {cells}: must be numbers") from None
    return found


def _finite(cell: str) -> float:
    """The number of a cell.

    Raises:
        ValueError: it is none, or not finite.
    """
    value = float(cell)
    if not math.isfinite(value):
        raise ValueError
    return value
