"""Measured critical currents from a table: text with columns, or Parquet of an ensemble."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dendrolith.config.units import UnitError, to_si
from dendrolith.core.errors import ConfigError
from dendrolith.networks.graph import BoolArray, FloatArray
from dendrolith.networks.observations import Observations, observations
from dendrolith.networks.sample import LOWER, UPPER

CURRENT_UNIT, AREA_UNIT = "A/m^2", "m^2"
SHOWN_UNIT, SHOWN = "mA/cm^2", 10.0  # A/m² in one of it
CURRENTS = {
    "ccd",
    "critical_current",
    "critical_current_density",
    "j",
    "jc",
    "j_c",
    "j_crit",
    "icc",
    "current_density",
    "current",
    "i_c",
    "upper",
}
LOWERS = {"lower", "critical_current_lower", "last_sound_current", "j_lower"}
CENSORED = {"censored", "runout", "survived", "suspended"}
FAILED = {"failed", "failure", "event", "shorted", "short_circuited"}
# Words of a column that tells how each specimen ended; all others of it are asked for.
ENDS = {"status", "result", "outcome", "end", "state"}
SOUND = {"survived", "censored", "runout", "run-out", "suspended", "sound", "no short", "none"}
SHORTED = {"failed", "failure", "short", "shorted", "short circuit", "hard", "soft", "dead"}
# First words of rows that are no specimen.
SUMMARIES = {"mean", "average", "avg", "median", "std", "stdev", "sd", "min", "max", "count"}
SUMMARIES |= {"mittelwert", "moyenne", "sum", "total", "cv", "variance"}
AREAS = {"area", "electrode_area", "a"}
YES, NO = {"1", "true", "yes", "y", "x"}, {"0", "false", "no", "n", ""}
GAPS = {"", "-", "nan", "na", "n/a", "none"}
_TITLE = re.compile(r"(.*?)\s*(?:\[([^\]]*)\]|\(([^)]*)\)|\s/\s*(\S.*)|/(\S.*))?")
_RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


@dataclass(frozen=True, slots=True)
class CriticalCurrents:
    """A table of critical currents.

    Attributes:
        data: the currents, in `unit`; areas over the median area.
        unit: mA/cm²; empty where the table names none.
        reference_area: median area [m²]; None where the table has no areas.
    """

    data: Observations
    unit: str
    reference_area: float | None = None


def read_currents(path: Path, column: str | None = None) -> CriticalCurrents:
    """Read a table: one row a specimen.

    Columns are known by name: the critical current (`ccd`, `j_c`, …, unit in brackets), `lower`
    (the last current it survived), `censored` (yes or no) and `area`. ``>0.8`` is censored.

    Args:
        path: text with columns, or Parquet with columns of an ensemble.
        column: title or number of that with the critical current.

    Raises:
        ConfigError: it cannot be read; with the line, and the cure.
    """
    if path.suffix == ".parquet":
        return _of_ensemble(path)
    titles, rows = _cells(path)
    return _Reader(path, titles, rows).currents(column)


def _of_ensemble(path: Path) -> CriticalCurrents:
    from dendrolith.networks.extras import require_extras
    from dendrolith.results.parquet import read_parquet

    require_extras()
    table = read_parquet([path])
    if LOWER not in table or UPPER not in table:
        raise ConfigError(f"{path}: has no columns {LOWER} and {UPPER}")
    return CriticalCurrents(observations(table[LOWER] / SHOWN, table[UPPER] / SHOWN), SHOWN_UNIT)


def _cells(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Titles (empty: none), and line number and cells of each row."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from None
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\0" in raw and not wide:
        raise ConfigError(f"{path}: is not a text file: export the table as CSV")
    try:
        text = raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    lines = [(n, line) for n, line in lines if not line.lstrip().startswith("#")]
    if not lines:
        raise ConfigError(f"{path}: is empty: give a row for each specimen")
    head = lines[0][1]
    delimiter = max("\t;,", key=lambda sign: head.count(sign))
    if delimiter not in head:
        delimiter = " " if _number(head.split()[0], comma=True) is not None else "\t"
    rows = [
        (n, [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))])
        for n, line in lines
    ]
    comma = delimiter != ","
    rows = [
        (n, [_decimal(cell, comma=comma) for cell in cells if delimiter != " " or cell])
        for n, cells in rows
    ]
    if _number(rows[0][1][0].lstrip("> "), comma=False) is None:
        return rows[0][1], rows[1:]
    return [], rows


def _decimal(cell: str, *, comma: bool) -> str:
    """The cell, a decimal comma replaced."""
    return cell.replace(",", ".") if comma and re.fullmatch(r"[<>≥=]*\s*\d+,\d+", cell) else cell


def _number(text: str, *, comma: bool) -> float | None:
    try:
        found = float(_decimal(text, comma=comma))
    except ValueError:
        return None
    return found if math.isfinite(found) else None


class _Reader:
    """Columns of one table.

    Args:
        path: of the table.
        titles: of its columns; empty: it has none.
        rows: line number and cells.
    """

    def __init__(self, path: Path, titles: list[str], rows: list[tuple[int, list[str]]]) -> None:
        self._path, self._rows = path, rows
        if not rows:
            raise ConfigError(f"{path}: has no rows: give one for each specimen")
        self._titles = titles or [str(k) for k in range(1, len(rows[0][1]) + 1)]
        for line, cells in rows:
            if len(cells) != len(self._titles):
                raise ConfigError(
                    f"{path}:{line}: has {len(cells)} cells, {len(self._titles)} are expected"
                )
            if cells[0].casefold().rstrip(".:") in SUMMARIES:
                raise ConfigError(f"{path}:{line}: '{cells[0]}' is no specimen: leave the row out")
        parts = [_TITLE.fullmatch(title) for title in self._titles]
        self._names = [re.sub(r"[^a-z0-9]+", "_", m[1].casefold()).strip("_") for m in parts if m]
        self._units = [next(filter(None, m.groups()[1:]), "") for m in parts if m]

    def currents(self, column: str | None) -> CriticalCurrents:
        """What the table says."""
        main = self._main(column)
        factor, unit = self._factor(main, CURRENT_UNIT)
        current, greater = self._numbers(main)
        upper: FloatArray = current * factor
        lower: FloatArray = upper.copy()
        if (place := self._find(LOWERS)) is not None and place != main:
            bound, _ = self._numbers(place)
            lower = bound * (self._factor(place, CURRENT_UNIT)[0] if self._units[place] else factor)
        censored = greater | self._flags()
        lower = np.where(censored, np.where(np.isfinite(upper), upper, lower), lower)
        area, reference = self._areas()
        scale = SHOWN if unit else 1.0
        self._check(lower, np.where(censored, math.inf, upper))
        upper = np.asarray(np.where(censored, math.inf, upper) / scale)
        data = observations(np.asarray(lower / scale), upper, area)
        return CriticalCurrents(data, SHOWN_UNIT if unit else "", reference)

    def _main(self, column: str | None) -> int:
        if column is not None:
            known = [*self._titles, *self._names, *map(str, range(1, len(self._titles) + 1))]
            if column not in known:
                raise ConfigError(f"{self._path}: --column {column}: {self._listed()}")
            return known.index(column) % len(self._titles)
        if len(self._titles) == 1:
            return 0
        found = self._find(CURRENTS)
        if found is None:
            raise ConfigError(
                f"{self._path}: which column is the critical current? Say --column NAME; "
                f"{self._listed()}"
            )
        return found

    def _listed(self) -> str:
        return f"columns are {', '.join(self._titles)}"

    def _find(self, names: set[str]) -> int | None:
        found = [k for k, name in enumerate(self._names) if name in names]
        return found[0] if found else None

    def _factor(self, place: int, target: str) -> tuple[float, str]:
        """To SI, and the unit; 1 where the title has none."""
        unit = self._units[place].translate(_RAISED)
        unit = re.sub(r"(?<=[A-Za-zµμ])(-?\d)", r"^\1", unit)
        if not unit:
            return 1.0, ""
        try:
            return to_si(f"1 {unit}", target), unit
        except UnitError as error:
            raise ConfigError(f"{self._path}: column {self._titles[place]}: {error}") from None

    def _numbers(self, place: int) -> tuple[FloatArray, BoolArray]:
        """Numbers of a column, NaN for gaps; and where ``>`` stands before them."""
        values, greater = [], []
        for line, cells in self._rows:
            text = cells[place]
            greater.append(text.startswith((">", "≥")))
            bare = text.lstrip(">=≥").strip()
            number = math.nan if bare.casefold() in GAPS else _number(bare, comma=False)
            if bare.casefold() in ("inf", "infinity"):
                number = math.inf
                greater[-1] = True
            if number is None:
                raise ConfigError(
                    f"{self._path}:{line}: '{text}' in column {self._titles[place]} is not a "
                    "number: correct it; a specimen without a short circuit is written as >0.8"
                )
            values.append(number)
        return np.array(values), np.array(greater)

    def _flags(self) -> BoolArray:
        """Which specimens had no short circuit: by one column of them, whatever its sense."""
        for names, yes, no in (
            (CENSORED, YES, NO),
            (FAILED, NO, YES),
            (ENDS, SOUND, SHORTED),
        ):
            place = self._find(names)
            words = [] if place is None else [cells[place].casefold() for _, cells in self._rows]
            if place is None or (names is ENDS and not set(words) & SOUND):
                continue
            for (line, cells), word in zip(self._rows, words, strict=True):
                if word not in yes | no:
                    cure = "survived or failed" if names is ENDS else "yes or no"
                    raise ConfigError(
                        f"{self._path}:{line}: '{cells[place]}' in column {self._titles[place]}: "
                        f"write {cure}"
                    )
            return np.array([word in yes for word in words])
        return np.zeros(len(self._rows), dtype=bool)

    def _areas(self) -> tuple[FloatArray | None, float | None]:
        place = self._find(AREAS)
        if place is None:
            return None, None
        factor, unit = self._factor(place, AREA_UNIT)
        area: FloatArray = self._numbers(place)[0] * factor
        if not np.all(area > 0):
            line = self._rows[int(np.flatnonzero(~(area > 0))[0])][0]
            raise ConfigError(f"{self._path}:{line}: the area must be above 0")
        reference = float(np.median(area))
        return np.asarray(area / reference), reference if unit else None

    def _check(self, lower: FloatArray, upper: FloatArray) -> None:
        with np.errstate(invalid="ignore"):
            good = (lower >= 0) & (upper > 0) & (lower <= upper) & np.isfinite(lower)
            good &= (lower > 0) | (upper < math.inf)
        if not good.all():
            line = self._rows[int(np.flatnonzero(~good)[0])][0]
            raise ConfigError(
                f"{self._path}:{line}: a critical current must be above 0 and its lower bound "
                "not above it"
            )
