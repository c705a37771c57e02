"""Columns that every time series has, whatever is simulated."""

from __future__ import annotations

TIME, STEP, STAGE = "time [s]", "dt [s]", "stage [1]"


def split_column(column: str) -> tuple[str, str]:
    """Name and unit of a column ``name [unit]``; the unit is empty where there is none."""
    name, bracket, unit = column.partition(" [")
    return (name, unit.removesuffix("]")) if bracket else (column, "")
