"""Columns of numbers from whatever a potentiostat or a spreadsheet writes; stdlib alone."""

from __future__ import annotations

import csv
import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dendrolith.config.units import UnitError, to_si
from dendrolith.control.stages import CURRENT, VOLTAGE
from dendrolith.core.errors import ConfigError

FloatArray = npt.NDArray[np.float64]

TIME, TIME_UNIT = "time", "s"
UNITS = {TIME: (TIME_UNIT,), CURRENT: ("A", "A/m^2", "A/kg"), VOLTAGE: ("V",)}
NAMES = {
    TIME: {"time", "t", "elapsed_time", "time_elapsed", "test_time", "total_time", "zeit", "test"},
    CURRENT: {"current", "i", "j", "im", "amps", "current_density", "strom"},
    VOLTAGE: {
        "voltage",
        "v",
        "u",
        "e",
        "vf",
        "volts",
        "ewe",
        "ecell",
        "ewe_ece",
        "potential",
        "cell_voltage",
        "spannung",
    },
}
LEAKAGE = {"leakage", "leakage_current"}
COMMENTS = ("#", "%", "//")
GAPS = {"", "-", "nan", "na", "n/a", "none", "null"}
# how units are spelt elsewhere; and h:mm:ss in a title, for times that are written so
SPELT = {
    "sec": "s",
    "secs": "s",
    "seconds": "s",
    "volt": "V",
    "volts": "V",
    "amp": "A",
    "amps": "A",
    "hours": "h",
    "minutes": "min",
}
RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
CLOCK = re.compile(r"(?:(\d+)(?:d\s*|\s+))?(\d+):([0-5]?\d):([0-5]?\d(?:[.,]\d+)?)")
CLOCK_TITLE = re.compile(r"h+:m\w*:s\w*(\.\w+)?")
DELIMITERS = ("\t", ";", ",", None)  # None: blanks
# the name, then its unit in brackets, in parentheses or behind a slash
_HEADER = re.compile(r"(.*?)\s*(?:\[([^\]]*)\]|\(([^)]*)\)|/\s*(\S.*))?")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file.

    Attributes:
        title: as in the file; its number where there is no header.
        kind: time, current, voltage or empty; and how sure that is (3: a leakage by name, 2: by
            name, 1: by its unit).
        factor, unit: to SI, and the SI unit; empty if the file does not say.
    """

    title: str
    kind: str
    sure: int
    factor: float
    unit: str

    @property
    def name(self) -> str:
        """The title without its unit."""
        match = _HEADER.fullmatch(self.title)
        return match[1] if match else self.title


@dataclass(frozen=True, slots=True)
class Table:
    """The cells of a file as text.

    Attributes:
        path: the file.
        columns: one for each cell of a row.
        has_header: the columns have names of their own.
        rows: line number and cells.
        decimal_comma: in its numbers.
    """

    path: Path
    columns: list[Column]
    has_header: bool
    rows: list[tuple[int, list[str]]]
    decimal_comma: bool

    def values(self, column: Column) -> FloatArray:
        """(n_rows,) numbers of a column in SI, NaN where a cell is empty.

        Raises:
            ConfigError: something is not a number; with the first line of it.
        """
        place = self.columns.index(column)
        numbers = []
        for line, cells in self.rows:
            number = _number(cells[place], comma=self.decimal_comma)
            if number is None:
                raise ConfigError(
                    [
                        f"{self.path}:{line}: '{cells[place].strip()}' in column {column.title} is "
                        "not a number: correct it (an overload is at least the end of the range), "
                        "or leave the cell empty for a gap"
                    ]
                )
            numbers.append(number)
        return column.factor * np.array(numbers)

    def called(self, wanted: str, option: str) -> Column:
        """The column that the user names by its title, its title without unit or its number.

        Raises:
            ConfigError: there is none, or there are several.
        """
        if wanted.isdecimal() and 1 <= int(wanted) <= len(self.columns):
            return self.columns[int(wanted) - 1]
        same = [c for c in self.columns if c.title.casefold() == wanted.casefold()]
        same = same or [c for c in self.columns if _plain(c.title) == _plain(wanted)]
        if len(same) == 1:
            return same[0]
        plain = {_plain(c.title): c.title for c in self.columns}
        near = difflib.get_close_matches(_plain(wanted), plain, 1)
        hint = f": did you mean {plain[near[0]]}?" if near and not same else f"; {self.listed()}"
        found = "several columns are" if same else "no column is"
        raise ConfigError([f"{self.path}: {found} called '{wanted}' ({option}){hint}"])

    def listed(self) -> str:
        """The columns with their numbers, to choose from."""
        if self.has_header:
            return "columns: " + ", ".join(f"{k} {c.title}" for k, c in enumerate(self.columns, 1))
        cells = ", ".join(f"{k}: {c.strip()}" for k, c in enumerate(self.rows[0][1], 1))
        return f"columns of its first line: {cells}"


def read_table(path: Path, signals: Mapping[str, str]) -> Table:
    """Read a text file with columns of numbers: delimiter, decimal sign and header are recognised.

    Comment lines (``#``, ``%``, ``//``) and lines above the table are passed over; a header may be
    a comment. A last line without an end is still being written and does not count.

    Args:
        path: the file.
        signals: further names of columns → what they are, `CURRENT` (a leakage) or `VOLTAGE`.

    Raises:
        ConfigError: no such file, no table in it, or a line of another width.
    """
    lines = _lines(path)
    delimiter = max(DELIMITERS, key=lambda d: sum(_is_data(_split(x, d)) for _, x in lines))
    split = [(number, _split(line, delimiter)) for number, line in lines]
    first = next(
        (
            k
            for k, (_, cells) in enumerate(split)
            if _is_data(cells) and not _is_comment(lines[k][1])
        ),
        None,
    )
    if first is None:
        raise ConfigError(
            [
                f"{path}: has no lines with two numbers or more: a trace is a text file with "
                "columns of time (seconds, another unit in the title, or h:mm:ss; no dates) and "
                "signal"
            ]
        )
    width = len(split[first][1])
    rows = [
        cells
        for cells, (_, line) in zip(split[first:], lines[first:], strict=True)
        if not _is_comment(line)
    ]
    for number, cells in rows:
        if len(cells) != width:
            raise ConfigError(
                [
                    f"{path}:{number}: has {len(cells)} cells, the lines above have {width}: "
                    "correct or remove it"
                ]
            )
    titles = _titles([_split(_bare(line), delimiter) for _, line in lines[:first]], width)
    columns = [_column(path, title, signals) for title in titles or map(str, range(1, width + 1))]
    return Table(path, columns, bool(titles), rows, delimiter != ",")


def _lines(path: Path) -> list[tuple[int, str]]:
    """Numbered lines that are not blank."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError([f"{path}: {error.strerror or error}"]) from None
    if b"\0" in raw and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError([f"{path}: is not a text file: export the trace as CSV"])
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")  # µ, ° and Ω of older programs; never fails
    lines = text.splitlines()
    if lines and not text.endswith(("\n", "\r")) and _is_cut(lines):
        del lines[-1]
    return [(k, line) for k, line in enumerate(lines, 1) if line.strip()]


def _is_cut(lines: list[str]) -> bool:
    """Does the last line have fewer cells than the one before? It may be being written."""
    counts = [[line.count(d or " ") for d in DELIMITERS] for line in lines[-2:]]
    return len(counts) == 2 and counts[1] < counts[0]


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith(COMMENTS)


def _bare(line: str) -> str:
    """A comment without its sign."""
    return line.lstrip().lstrip("#%/").strip(" ") if _is_comment(line) else line


def _split(line: str, delimiter: str | None) -> list[str]:
    if delimiter is None:
        return line.split()
    return next(csv.reader([line], delimiter=delimiter))


def _is_data(cells: list[str]) -> bool:
    return sum(_is_finite(_number(cell, comma=True)) for cell in cells) >= 2


def _number(cell: str, *, comma: bool) -> float | None:
    """A number, NaN for a gap, None for anything else."""
    text = cell.strip()
    if text.casefold() in GAPS:
        return math.nan
    clock = CLOCK.fullmatch(text)
    if clock:
        days, hours, minutes, seconds = clock.groups()
        whole = 24 * int(days or 0) + int(hours)
        return 3600.0 * whole + 60 * int(minutes) + float(seconds.replace(",", "."))
    if comma and re.fullmatch(r"[-+]?\d*,\d+(?:[eE][-+]?\d+)?", text):
        text = text.replace(",", ".")
    if "_" in text:  # a number for Python alone
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _titles(above: list[list[str]], width: int) -> list[str] | None:
    """The last line above the table that has as many words as the table has columns.

    Units in a line of their own belong to the line above it.
    """
    words = [
        [cell.strip() for cell in cells]
        for cells in above
        if len(cells) == width and not any(_is_finite(_number(c, comma=True)) for c in cells)
    ]
    if len(words) > 1 and all(_is_unit(cell) for cell in words[-1]):
        return [f"{t} [{unit}]" if unit else t for t, unit in zip(*words[-2:], strict=True)]
    return words[-1] if words else None


def _is_finite(number: float | None) -> bool:
    return number is not None and math.isfinite(number)


def _is_unit(cell: str) -> bool:
    """A unit of what a trace may hold, or nothing."""
    bare = cell.strip("[]()")
    return not bare or any(_fit(bare, units) is not None for units in UNITS.values())


def _plain(title: str) -> str:
    """The name without its unit: small letters, words joined by underscores."""
    match = _HEADER.fullmatch(title)
    name = match[1] if match else title
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")


def _column(path: Path, title: str, signals: Mapping[str, str]) -> Column:
    """What a title says.

    Raises:
        ConfigError: a column that is a time, current or voltage by name has another unit.
    """
    match, name = _HEADER.fullmatch(title), _plain(title)
    unit = next((part for part in match.groups()[1:] if part), "") if match else ""
    by_name = next((kind for kind, names in NAMES.items() if name in names), "")
    leakage = name in LEAKAGE or signals.get(name) == CURRENT
    by_name = CURRENT if leakage else signals.get(name, by_name)
    found = {kind: fit for kind in UNITS if (fit := _fit(unit, UNITS[kind])) is not None}
    if by_name and unit and by_name not in found:
        raise ConfigError(
            [
                f"{path}: column {title}: '{unit}' is not a unit of {by_name}: write it like "
                f"{' or '.join(UNITS[by_name])}, with a prefix if you like"
            ]
        )
    kind = by_name or next(iter(found), "")
    sure = (3 if leakage else 2) if by_name else int(bool(kind))
    return Column(title, kind, sure, *found.get(kind, (1.0, "")))


def _fit(unit: str, targets: tuple[str, ...]) -> tuple[float, str] | None:
    """The first of the SI units that `unit` fits, and the factor to it."""
    spelt = SPELT.get(unit.strip().casefold(), unit.strip())
    if TIME_UNIT in targets and CLOCK_TITLE.fullmatch(spelt.casefold()):
        spelt = TIME_UNIT  # what is written as h:mm:ss is read in seconds
    spelt = spelt.translate(RAISED).replace("**", "^")
    written = re.sub(r"(?<=[A-Za-z])(-?\d)", r"^\1", spelt)  # cm-2, cm2
    for target in targets:
        try:
            return to_si(f"1 {written}", target), target
        except UnitError:
            continue
    return None
