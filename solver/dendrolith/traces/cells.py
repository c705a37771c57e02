"""Cells of a table to numbers: decimal comma, thousands, clock times, dates; gaps are NaN."""

from __future__ import annotations

import contextlib
import re
import warnings
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

FloatArray = npt.NDArray[np.float64]

# What stands for a gap, besides what pandas takes for one.
GAPS = (
    "-",
    "--",
    "none",
    "None",
    "NONE",
    "na",
    "Na",
    "Nan",
    "NAN",
    "Null",
    "n/a",
    "#DIV/0!",
    "#VALUE!",
    "#REF!",
    "#NUM!",
    "#NAME?",
    "1.#QNAN",
    "-1.#IND",
)
_PLAIN = re.compile(r"[-+]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eEdD][-+]?\d+)?%?")
# Blanks that part thousands.
_BLANKS = " \N{NO-BREAK SPACE}\N{THIN SPACE}\N{NARROW NO-BREAK SPACE}"
_THOUSANDS = re.compile(rf"[-+]?\d{{1,3}}(?:([,.'{_BLANKS}’])\d{{3}})+(?:[.,]\d+)?")
_CLOCK = re.compile(
    r"(?:(\d+)(?:\s*d(?:ays?)?,?\s*|[-. ]\s*))?(\d+):([0-5]?\d):([0-5]?\d(?:[.,:]\d+)?)"
    r"(\s*[AaPp]\.?[Mm]\.?)?"
)
_MINUTES = re.compile(r"(\d+):([0-5]?\d[.,]\d+)")  # mm:ss.f
TWO_PARTS = re.compile(r"\d+:[0-5]\d")  # h:mm or mm:ss
FOUR_PARTS = re.compile(r"(\d+):([0-5]?\d):([0-5]?\d):(\d+)")  # d:hh:mm:ss, or a fraction of s
# More different seconds below 60 are no hundredths, and so many hours below 24 no minutes: 0.6^12.
BY_CHANCE = 12
_DATE = re.compile(
    r"\d{8}T\d{6}Z?"
    r"|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[ T]+\d{1,2}:\d{2}.*)?"
    r"|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?:[ T]+\d{1,2}:\d{2}.*)?"
    r"|\d{1,2}[- ][A-Za-z]{3,9}\.?[- ]\d{2,4}(?:[ T]+\d{1,2}:\d{2}.*)?"
)


def is_number(cell: str) -> bool:
    """Is a cell a number in any spelling, a time, or a date?"""
    text = cell.strip()
    return bool(
        _PLAIN.fullmatch(text)
        or _THOUSANDS.fullmatch(text)
        or _CLOCK.fullmatch(text)
        or _MINUTES.fullmatch(text)
        or _DATE.fullmatch(text)
    )


def is_date(cell: str) -> bool:
    """Is a cell a date, with or without the time of the day?"""
    return bool(_DATE.fullmatch(cell.strip()))


def is_clock(cell: str) -> bool:
    """Is a cell a time as h:mm:ss, perhaps with days, or as mm:ss.f?"""
    return bool(_CLOCK.fullmatch(cell.strip()) or _MINUTES.fullmatch(cell.strip()))


def is_stamp(cell: str) -> bool:
    """Is a cell a time or a date that needs no unit?"""
    return is_clock(cell) or is_date(cell)


def numbers(cells: pd.Series, decimal: str = ".") -> FloatArray:
    """(n,) numbers of the cells of a column, NaN for a gap and for what is no number.

    Times are in seconds, and so are dates, since the first of them.

    Args:
        cells: of the column.
        decimal: sign in most numbers of the table.
    """
    import pandas as pd

    if pd.api.types.is_numeric_dtype(cells.dtype):
        return np.asarray(cells.to_numpy(dtype=np.float64, na_value=np.nan))
    text = cells.astype("object").where(cells.notna(), None)
    known = text.dropna().astype(str).str.strip()
    if known.empty:
        return np.full(len(cells), np.nan)
    sample = known.iloc[np.linspace(0, len(known) - 1, min(len(known), 200)).astype(int)]
    if sample.map(is_date).mean() > 0.5:
        found = _dates(known)
    elif sample.map(is_clock).mean() > 0.5:
        found = _clock_times(known)
    else:
        found = _spelt(known, decimal)
    return np.asarray(found.reindex(cells.index).to_numpy(dtype=np.float64, na_value=np.nan))


def _spelt(known: pd.Series, decimal: str) -> pd.Series:
    """Numbers with thousands or a decimal comma."""
    import pandas as pd

    comma, point = known.str.contains(",", regex=False), known.str.contains(".", regex=False)
    both = known[comma & point]
    if not both.empty:
        decimal = "," if (both.str.rfind(",") > both.str.rfind(".")).mean() > 0.5 else "."
    elif comma.any():
        decimal = "." if _are_thousands(known[comma], ",") else ","
    elif known.str.fullmatch(r"[-+]?\d+(?:\.\d+){2,}").any():
        decimal = ","
    elif not _are_thousands(known[point], "."):
        decimal = "."
    group = "." if decimal == "," else ","
    grouped = known.str.fullmatch(
        rf"[-+]?\d{{1,3}}(?:[{group}'’{_BLANKS}]\d{{3}})+(?:[{decimal}]\d+)?"
    )
    plain = known.where(~grouped, known.str.replace(rf"[{group}'’{_BLANKS}]", "", regex=True))
    plain = plain.str.replace(decimal, ".", regex=False) if decimal == "," else plain
    plain = plain.str.replace(r"(?<=\d)[dD](?=[-+]?\d)", "e", regex=True)
    plain = plain.where(~plain.str.contains("_", regex=False), "")
    return pd.to_numeric(plain, errors="coerce")


def _are_thousands(cells: pd.Series, group: str) -> bool:
    """May a sign part thousands in all of these numbers? None of them begins with 0."""
    digits = cells[cells.str.fullmatch(r"[-+\d.,]+")]
    return bool(digits.str.fullmatch(rf"[-+]?[1-9]\d{{0,2}}(?:[{group}]\d{{3}})+").all())


def _clock_times(known: pd.Series) -> pd.Series:
    """Seconds of h:mm:ss and its kin; four parts may begin with days or end in a fraction.

    Below 24 and 60 they may be both. Then hours that pass into a day tell days, and so do many
    seconds that all are below 60. What is left open is no number.
    """
    parts = known.str.extract(FOUR_PARTS)
    four = parts.dropna().astype(int)
    if four.empty:
        return known.map(_seconds)
    days = bool(parts[3].dropna().str.len().max() <= 2 and (four[1] < 24).all())
    days = days and bool((four[3] < 60).all())
    if not days:
        return known.map(_seconds)
    passes = four[0].nunique() > 1 and four[1].nunique() > BY_CHANCE
    sure = passes or four[3].nunique() > BY_CHANCE
    times = 86400.0 * four[0] + 3600.0 * four[1] + 60.0 * four[2] + four[3]
    return times if sure else times * float("nan")


def _seconds(text: str) -> float:
    short = _MINUTES.fullmatch(text)
    if short:
        return 60.0 * int(short[1]) + float(short[2].replace(",", "."))
    match = _CLOCK.fullmatch(text)
    if not match:
        return np.nan
    days, hours, minutes, seconds, half = match.groups()
    of_day = int(hours)
    if half:
        of_day = of_day % 12 + 12 * (half.strip()[0] in "Pp")
    whole = 24 * int(days or 0) + of_day
    return 3600.0 * whole + 60 * int(minutes) + float(re.sub("[,:]", ".", seconds))


def _dates(known: pd.Series) -> pd.Series:
    """Seconds since the first; month or day first as the order of the lines has it."""
    import pandas as pd

    text = known.str.replace(r"(\d{2}:\d{2}:\d{2}),(\d+)", r"\1.\2", regex=True)
    text = text.str.replace(r"(\d{2}:\d{2}:\d{2}):(\d+)", r"\1.\2", regex=True)
    best: pd.Series | None = None
    for day_first in (False, True):
        stamps = None
        for form in (None, "mixed"):  # of the first line, else of each
            with contextlib.suppress(ValueError, OverflowError), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                stamps = pd.to_datetime(text, dayfirst=day_first, format=form, utc=True)
                break
        if stamps is None:
            continue
        seconds = (stamps - stamps.iloc[0]).dt.total_seconds()
        if best is None or _disorder(seconds) < _disorder(best):
            best = seconds
    return best if best is not None else pd.Series(np.nan, index=known.index)


def _disorder(seconds: pd.Series) -> tuple[int, float]:
    steps = np.diff(seconds.to_numpy())
    return int((steps < 0).sum()), float(np.abs(steps).max(initial=0.0))
