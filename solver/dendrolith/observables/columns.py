"""Columns that every time series has, whatever is simulated, and the rows of its file."""

from __future__ import annotations

import csv

TIME, STEP, STAGE = "time [s]", "dt [s]", "stage [1]"


def split_column(column: str) -> tuple[str, str]:
    """Name and unit of a column ``name [unit]``; the unit is empty where there is none."""
    name, bracket, unit = column.partition(" [")
    return (name, unit.removesuffix("]")) if bracket else (column, "")


def whole_rows(text: str) -> tuple[list[str], list[list[str]], int]:
    """Header and rows of a CSV file, and how many rows are left out for want of entries.

    A run may be writing: a line without an end may lack digits and is no row, and a last row that
    is too short does not count as left out.
    """
    lines = text[: text.rfind("\n") + 1].splitlines()
    header, *rows = list(csv.reader(lines)) or [[]]
    whole = [row for row in rows if len(row) == len(header)]
    return header, whole, sum(len(row) != len(header) for row in rows[:-1])
