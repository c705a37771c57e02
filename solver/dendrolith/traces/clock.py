"""The time of a measured trace: which column, and times that start again or pass midnight."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dendrolith.core.errors import ConfigError
from dendrolith.traces.cells import is_clock, is_stamp
from dendrolith.traces.columns import Table
from dendrolith.traces.titles import DATE, NAMED, SECOND, STEP_TIME, TIME, UNIT, Column

FloatArray = npt.NDArray[np.float64]

DAY = 86400.0
# Numbers that are days since 1900 (of the years 1980 to 2100), and seconds since 1970 (to 5138):
# larger ones are milliseconds, microseconds or nanoseconds.
SPREADSHEET_DAYS, LAST_SECOND = (29_000, 73_000), 1e11
# Which column is taken: the total time, a time, a date, whatever is in seconds, that of a step.
ORDER = ((TIME, NAMED), (TIME, SECOND), (DATE, NAMED), (TIME, UNIT), (STEP_TIME, NAMED))
# A time has values at this part of the lines at least; a date alone changes once a day.
DISTINCT = 0.1
# A column is passed over for one behind it where it has less than this part of its values: hours
# that are rounded beside seconds.
FINE = 0.9


def time_of(table: Table, wanted: str | None) -> tuple[Column, FloatArray, list[str]]:
    """Column of the time, (n_rows,) times that do not fall [s], NaN in gaps, and notes.

    Raises:
        ConfigError: there is none, it stands still, or it goes back; with its line.
    """
    found = [table.called(wanted, "--time")] if wanted else candidates(table)
    if not found:
        raise ConfigError(f"{table.path}: {question(table, 'the time', '--time', [])}")
    read = [(c, _seconds(c, table.values(c, ends=True))) for c in found]
    rising = [(column, values, _distinct(values)) for column, values in read if _rises(values)]
    finest = max((distinct for *_, distinct in rising), default=0.0)
    for column, values, distinct in rising:
        if distinct >= FINE * finest:
            return column, values, []
    for column, values in read:
        mended, note = _mended(table, column, values)
        if note and _rises(mended):
            return column, mended, [note]
    column, values = read[0]
    known = values[np.isfinite(values)]
    if known.size > 1 and not np.ptp(known):
        raise ConfigError(
            f"{table.path}: {column.title} is the same at all of the lines: name another "
            f"column with --time; {table.listed()}"
        )
    if not _goes_back(values).size:
        return column, values, []
    row = int(_goes_back(values)[0])
    raise ConfigError(
        f"{table.path}:{table.line_of(row)}: {column.title} goes back: put the lines in "
        "order, name another column with --time, or give each cycle its own file"
    )


def _seconds(column: Column, values: FloatArray) -> FloatArray:
    """Dates that are numbers: days of a spreadsheet; milli-, micro- or nanoseconds since 1970."""
    if column.kind != DATE or column.unit or not np.isfinite(values).any():
        return values
    middle = float(np.nanmedian(values))
    if SPREADSHEET_DAYS[0] < middle < SPREADSHEET_DAYS[1] and np.nanmin(values) > 1:
        return np.asarray(values * DAY)
    while middle > LAST_SECOND:
        values, middle = np.asarray(values / 1e3), middle / 1e3
    return values


def candidates(table: Table) -> list[Column]:
    """Columns that may be the time, the likeliest first."""
    found = [c for kind, sure in ORDER for c in table.columns if (c.kind, c.sure) == (kind, sure)]
    if table.has_header:
        bare = [c for c in table.columns if not c.kind]
        found += [c for c in bare if is_stamp(table.first_cell(c))]
    return found


def question(table: Table, what: str, option: str, found: list[Column]) -> str:
    """Which column? With what there is to choose from."""
    if not table.has_header:
        return (
            f"has no header: say which columns to take, for example --time 1 --signal 2 --kind "
            f"current (in s, and A or V); {table.listed()}"
        )
    several = f": {' or '.join(column.title for column in found)}" if found else ""
    return f"which column is {what}{several}? Say {option} NAME; {table.listed()}"


def _goes_back(values: FloatArray) -> npt.NDArray[np.int64]:
    """Rows whose time is before that of the row above."""
    known = np.flatnonzero(np.isfinite(values))
    return known[1:][np.diff(values[known]) < 0]


def _rises(values: FloatArray) -> bool:
    """Is it a time? It does not fall, and it is not the same for long."""
    known = values[np.isfinite(values)]
    if known.size < 2 or _goes_back(values).size:
        return False
    return _distinct(values) > DISTINCT


def _distinct(values: FloatArray) -> float:
    """The part of the lines at which a time is another one."""
    return float(np.mean(np.diff(values[np.isfinite(values)]) > 0))


def _mended(table: Table, column: Column, values: FloatArray) -> tuple[FloatArray, str]:
    """Times past midnight, or of steps added up, and what the user should know of it."""
    known = np.flatnonzero(np.isfinite(values))
    steps = np.diff(values[known])
    back = steps < 0
    if not back.any() or not (steps > 0).any():
        return values, ""
    usual = float(np.median(steps[steps > 0]))
    before, after = values[known][:-1][back], values[known][1:][back]
    added = np.zeros(known.size)
    if is_clock(table.first_cell(column)) and np.all(before - after > DAY / 2):
        added[1:][back] = DAY
        note = f"{column.title} passes midnight: a day was added each time"
    elif np.all((after <= 2 * usual) & (after <= before / 2)):
        added[1:][back] = before - after + np.where(after < usual, usual, after)
        note = f"{column.title} starts again at each step: the steps were added up"
    else:
        return values, ""
    mended = values.copy()
    mended[known] += np.cumsum(added)
    return mended, note
