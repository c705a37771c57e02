"""Resistance of a bridge from a table: of a run with a mesh, of a trace, or of one's own.

    G(s) = 1/R_e on straight lines between rows;  s: charge that passed the terminals, or time
    1/R_ion = 1/R_hf − 1/R_e    ions alone: the bridge lies beside them at high frequencies too

A run has G = j_el/V, less that of its first row, over the charge of its total current. It is not
the plated charge, which turns back where a bridge carries more than the current. Before the first
row there is no bridge, and the last one stands. NaN is no bridge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dendrolith.core.errors import ConfigError
from dendrolith.traces.clock import time_of
from dendrolith.traces.columns import Table, read_table
from dendrolith.traces.spectra.filament import BRIDGE_RESISTANCE
from dendrolith.traces.titles import Column

FloatArray = npt.NDArray[np.float64]

RESISTANCE = f"{BRIDGE_RESISTANCE} [Ohm m^2]"
HIGH = f"{BRIDGE_RESISTANCE}_high [Ohm m^2]"
CHARGE = "charge [C/m^2]"
OF_A_RUN = ("total_current [A/m^2]", "dt [s]", "electronic_current [A/m^2]")
VOLTAGES = ("cell_voltage [V]", "voltage [V]")  # of a run, with a mesh and without
SEEN = 1e-3  # of the largest G: there a bridge begins, in words
OHMIC = "hf_resistance [Ohm m^2]"
SHARE = 0.5  # of the current at high frequencies: less tells nothing of the ions that carry it


@dataclass(frozen=True, slots=True)
class BridgeTable:
    """The course of a bridge.

    Attributes:
        over_charge: `at` is a charge [C/m²], else a time [s].
        at: (n ≥ 2,) rising.
        conductance: (n,) G [S/m²].
        ohmic: (n,) resistance of the ions over that of the first row [1].
    """

    over_charge: bool
    at: FloatArray
    conductance: FloatArray
    ohmic: FloatArray

    def leak(self, time: float, charge: float) -> float:
        """G at a time [s] and a charge that passed [C/m²] [S/m²]."""
        place = charge if self.over_charge else time
        return float(np.interp(place, self.at, self.conductance, left=0.0))

    def ionic_part(self, time: float, charge: float) -> float:
        """Resistance of the ions there over that at the start [1]."""
        return float(np.interp(charge if self.over_charge else time, self.at, self.ohmic))

    def __str__(self) -> str:
        place, unit = ("charge", "C/m^2") if self.over_charge else ("time", "s")
        known = np.flatnonzero(self.conductance > SEEN * self.conductance.max())
        if not known.size:
            return f"none in the table, to a {place} of {self.at[-1]:.4g} {unit}"
        first, last = (1 / self.conductance[k] for k in known[[0, -1]])
        begins = f"from a {place} of {self.at[known[0]]:.4g} {unit} on"
        return f"{first:.4g} {begins}, at last {last:.4g} Ohm m^2"


def read_bridge(path: Path) -> BridgeTable:
    """The bridge of a file.

    Raises:
        ConfigError: it cannot be read, or has not what it takes.
    """
    table = read_table(path, {})
    titles = {column.title: column for column in table.columns}
    voltages = [titles[title] for title in VOLTAGES if title in titles]
    is_run = bool(voltages) and titles.keys() >= set(OF_A_RUN)
    if is_run:
        at, passes = _of_a_run(table, [*(titles[title] for title in OF_A_RUN), voltages[0]])
        conductance = np.maximum(passes - passes[0], 0.0)
    else:
        at, conductance = _of_resistance(table, titles)
        passes = conductance
    ohmic: FloatArray = np.ones(at.size)
    if OHMIC in titles:
        ohmic = _of_ions(table.values(titles[OHMIC]), passes)
    rows = np.flatnonzero(np.isfinite(at) & np.isfinite(ohmic))
    rows = rows[np.diff(np.maximum.accumulate(at[rows]), prepend=-np.inf) > 0]
    if rows.size < 2:
        raise ConfigError(f"{path}: has {rows.size} rows that go on in charge or time, of two")
    over_charge = is_run or CHARGE in titles
    return BridgeTable(over_charge, at[rows], conductance[rows], ohmic[rows] / ohmic[rows[0]])


def _of_a_run(table: Table, columns: list[Column]) -> tuple[FloatArray, FloatArray]:
    """(n,) charge that passed [C/m²], and G of bridge and electrolyte [S/m²]."""
    current, steps, electronic, voltage = (table.values(column) for column in columns)
    return np.cumsum(current * steps), electronic / np.where(voltage == 0, np.inf, voltage)


def _of_ions(whole: FloatArray, electronic: FloatArray) -> FloatArray:
    """(n,) resistance of the ions [Ω m²] by that at high frequencies and the G beside them [S/m²].

    A run repeats the last spectrum: the G is that of the row in which it was new. Where ions carry
    less than `SHARE` their resistance stays what it was; NaN where nothing is known at all.
    """
    ionic, new = 1 / whole - electronic, np.diff(whole, prepend=np.nan) != 0
    known = np.flatnonzero(new & (ionic * whole > SHARE))
    if not known.size:
        return np.full(whole.size, np.nan)
    last = known[np.maximum(np.searchsorted(known, np.arange(whole.size), side="right") - 1, 0)]
    return np.asarray(np.where(np.isfinite(whole), 1 / ionic[last], np.nan))


def _of_resistance(table: Table, titles: Mapping[str, Column]) -> tuple[FloatArray, FloatArray]:
    """(n,) charge [C/m²] or time [s], and 1/R_e [S/m²].

    Raises:
        ConfigError: a column is missing, or R_e is not above 0.
    """
    if RESISTANCE not in titles:
        raise ConfigError(f"{table.path}: needs a column {RESISTANCE}; {table.listed()}")
    at = table.values(titles[CHARGE]) if CHARGE in titles else time_of(table, None)[1]
    resistance = table.values(titles[RESISTANCE])
    wrong = np.flatnonzero(resistance <= 0)
    if wrong.size:
        line = table.line_of(int(wrong[0]))
        raise ConfigError(f"{table.path}: line {line}: {RESISTANCE} must be above 0")
    if HIGH in titles:  # a trace: what is not told from no bridge is none
        resistance = np.where(np.isfinite(table.values(titles[HIGH])), resistance, np.inf)
    return np.asarray(at), 1 / np.where(np.isfinite(resistance), resistance, np.inf)
