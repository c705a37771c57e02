"""Current, pressure and voltage of a cell over time, from a file of columns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dendrolith.control.stages import CURRENT, VOLTAGE
from dendrolith.core.errors import ConfigError
from dendrolith.traces.cells import is_stamp
from dendrolith.traces.clock import candidates, time_of
from dendrolith.traces.columns import Table, read_table
from dendrolith.traces.held import RESTS, overloads_of
from dendrolith.traces.segments import OF_STATES, has_no_signs, signs_of_states
from dendrolith.traces.titles import DATE, PRESSURE, STATE, Column, surest

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# Samples of a charge beyond which lines are averaged: draws of them have to fit into the memory.
MOST_SAMPLES = 8000
# Unit per area, and of the whole electrode.
PER_AREA = {CURRENT: ("A/m^2", "A"), PRESSURE: ("Pa", "N")}
WORDS = {
    CURRENT: ("a current", "current [mA/cm^2]"),
    PRESSURE: ("a pressure", "pressure [MPa]"),
    VOLTAGE: ("a voltage", "voltage [V]"),
}

# What a file should be, for the message.
SIGNALS = (
    "it should be a table with columns of time, current and pressure or voltage, with units in "
    "their titles"
)
PRESSURES = "it should be a table with columns such as time [h] and pressure [MPa]"


@dataclass(frozen=True, slots=True)
class Signals:
    """What was measured.

    Attributes:
        path: the file.
        time: (n,) rising [s].
        current: (n,) positive when the cell is charged [A/m²].
        pressure: (n,) [Pa]; None without such a column.
        voltage: (n,) [V]; None without such a column.
        notes: what the user should know of the file.
    """

    path: Path
    time: FloatArray
    current: FloatArray
    pressure: FloatArray | None
    voltage: FloatArray | None
    notes: tuple[str, ...] = ()

    @property
    def direction(self) -> IntArray:
        """(n,) 1 in a charge, 0 in a rest, −1 in a discharge."""
        floor = RESTS * float(np.max(np.abs(self.current), initial=0.0))
        return np.sign(self.current).astype(int) * (np.abs(self.current) > floor)

    def averaged(self, most: int) -> Signals:
        """Means of so many lines each that no charge has more than `most`; none over a turn."""
        longest = max((part.stop - part.start for part in self.charges()), default=0)
        step = math.ceil(longest / most)
        if step <= 1:
            return self
        turns = np.concatenate([[True], np.diff(self.direction) != 0])
        place = np.arange(self.time.size)
        since = place - np.maximum.accumulate(np.where(turns, place, 0))
        begins = np.flatnonzero(since % step == 0)
        counts = np.diff([*begins, self.time.size])

        def mean(series: FloatArray) -> FloatArray:
            return np.asarray(np.add.reduceat(series, begins) / counts)

        pressure, voltage = (
            None if series is None else mean(series) for series in (self.pressure, self.voltage)
        )
        notes = (*self.notes, f"each {step} lines were averaged")
        return Signals(self.path, mean(self.time), mean(self.current), pressure, voltage, notes)

    def charges(self) -> list[slice]:
        """Where the cell is charged, one slice each."""
        charged = np.concatenate([[False], self.direction > 0, [False]])
        begins, ends = np.flatnonzero(np.diff(charged.astype(int))).reshape(-1, 2).T
        return [slice(int(a), int(b)) for a, b in zip(begins, ends, strict=True)]


@dataclass(frozen=True, slots=True)
class Named:
    """Titles or numbers of columns, where the user says them, and the area of the electrode."""

    time: str | None = None
    current: str | None = None
    pressure: str | None = None
    voltage: str | None = None
    area: float | None = None


def read_signals(path: str | Path, named: Named) -> Signals:
    """Read the signals of a file; of a run directory its time series. Long ones are averaged.

    Raises:
        ConfigError: the file cannot be read, or its current or a unit is missing.
    """
    path = Path(path)
    path = path / "timeseries.csv" if path.is_dir() else path
    table = read_table(path, {}, wanted=SIGNALS)
    columns = {
        kind: _column(table, kind, getattr(named, kind)) for kind in (CURRENT, PRESSURE, VOLTAGE)
    }
    if columns[CURRENT] is None:
        raise _missing(table, CURRENT)
    factors = {
        kind: _per_area(table, column, kind, named.area)
        for kind, column in columns.items()
        if column is not None and kind in PER_AREA
    }
    table.read([column for column in columns.values() if column is not None])
    of_time, time, notes = time_of(table, named.time)
    first = table.first_cell(of_time)
    if not (of_time.unit or of_time.kind == DATE or is_stamp(first)):
        raise ConfigError(
            f"{path}: column {of_time.title} has no unit: write it in the title, like time [h]"
        )
    values = {
        kind: None if column is None else factors.get(kind, 1.0) * table.values(column)
        for kind, column in columns.items()
    }
    for kind, series in values.items():
        over = np.zeros(0) if series is None else overloads_of(series)
        if series is not None and over.any():
            series[over] = np.nan
            notes = [*notes, f"{over.sum()} lines of the {kind} are far above all that last"]
    signed = _signed(table, values[CURRENT])
    if signed is not None:
        values[CURRENT], notes = signed, [*notes, OF_STATES]
    given = [time, *(series for series in values.values() if series is not None)]
    rows = np.flatnonzero(np.all(np.isfinite(given), axis=0))
    rows = rows[np.concatenate([[True], np.diff(time[rows]) > 0])] if rows.size else rows
    gaps = time.size - rows.size
    if gaps:
        notes = [*notes, f"{gaps} of {time.size} lines have a gap, or a time twice: left out"]
    found = {kind: None if s is None else s[rows] for kind, s in values.items()}
    density = found[CURRENT]
    assert density is not None
    whole = Signals(path, time[rows], density, found[PRESSURE], found[VOLTAGE], tuple(notes))
    return whole.averaged(MOST_SAMPLES)


def read_pressure(path: Path) -> tuple[FloatArray, FloatArray]:
    """(n,) rising times [s] and (n,) pressures [Pa] of a file; n ≥ 2.

    Raises:
        ConfigError: the file cannot be read, or has no pressure in Pa; or fewer than two rows.
    """
    table, unit = read_table(path, {}, wanted=PRESSURES), PER_AREA[PRESSURE][0]
    found = surest(c for c in table.columns if c.kind == PRESSURE and c.unit == unit)
    for columns, what in ((candidates(table), "time [s]"), (found, WORDS[PRESSURE][1])):
        if not columns:
            raise ConfigError(f"{path}: needs a title like {what}; {table.listed()}")
    if len(found) > 1:
        several = " and ".join(column.title for column in found)
        raise ConfigError(f"{path}: {several} are pressures: leave one of them in the table")
    time, values = time_of(table, None)[1], table.values(found[0])
    rows = np.flatnonzero(np.isfinite(time) & np.isfinite(values))
    rows = rows[np.diff(time[rows], prepend=-np.inf) > 0]
    if rows.size < 2:
        raise ConfigError(f"{path}: has {rows.size} rows with time and pressure: two or more")
    return time[rows], values[rows]


def need_pressure(signals: Signals) -> FloatArray:
    """(n,) the pressure [Pa].

    Raises:
        ConfigError: there is none.
    """
    if signals.pressure is None:
        raise _missing(read_table(signals.path, {}), PRESSURE)
    return signals.pressure


def need_voltage(signals: Signals) -> FloatArray:
    """(n,) the voltage [V].

    Raises:
        ConfigError: there is none.
    """
    if signals.voltage is None:
        raise _missing(read_table(signals.path, {}), VOLTAGE)
    return signals.voltage


def _column(table: Table, kind: str, name: str | None) -> Column | None:
    """The column of a kind: as the user says, else by the surest title; None without one."""
    if name is not None:
        return table.called(name, f"--{kind}")
    found = surest(column for column in table.columns if column.kind == kind)
    if len(found) > 1:
        several = " or ".join(column.title for column in found)
        raise ConfigError(f"{table.path}: which column is the {kind}: {several}? Say --{kind} NAME")
    if found and not found[0].unit:
        raise ConfigError(
            f"{table.path}: column {found[0].title} has no unit: write it in the title, like "
            f"{WORDS[kind][1]}"
        )
    return found[0] if found else None


def _signed(table: Table, current: FloatArray | None) -> FloatArray | None:
    """A current without signs takes them from the states of the cell; None: it has some."""
    states = [column for column in table.columns if column.kind == STATE]
    if current is None or not states or not has_no_signs(current):
        return None
    signs = signs_of_states(table.text(states[0]))
    return None if signs is None else current * signs


def _missing(table: Table, kind: str) -> ConfigError:
    word, title = WORDS[kind]
    return ConfigError(
        f"{table.path}: no column is {word}: give it a title like {title}, or say --{kind} "
        f"NAME; {table.listed()}"
    )


def _per_area(table: Table, column: Column, kind: str, area: float | None) -> float:
    """Factor from the values of a column to SI units per area."""
    per_area, whole = PER_AREA[kind]
    if column.unit == per_area:
        return 1.0
    if column.unit == whole and area is not None:
        return 1 / area
    if column.unit == whole:
        why = "is that of the whole electrode: give its area, --area '0.785 cm^2'"
    else:
        why = f"is in {column.unit}: give it like {WORDS[kind][1]}, or in {whole} with --area"
    raise ConfigError(f"{table.path}: column {column.title} {why}")
