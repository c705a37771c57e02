"""The numbers of a report: how it came out, the charge ledger, what the solver did."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dendrolith.config.reference import declarations
from dendrolith.core.constants import FARADAY
from dendrolith.results.report.run_data import FloatArray, Run, number
from dendrolith.results.resume import values
from dendrolith.traces.shorts.state_machine import HARD, NONE

Found = float | str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity with its value for each run, as text.

    Attributes:
        name, unit: of the quantity.
        values: one for each run; an em dash where a run does not tell.
    """

    name: str
    unit: str
    values: list[str]


def _last(column: str, factor: float = 1.0) -> Callable[[Run], Found]:
    def find(run: Run) -> Found:
        value = run.last(column)
        return None if value is None else factor * value

    return find


def _of(
    column: str, reduce: Callable[[FloatArray], float], factor: float = 1.0
) -> Callable[[Run], Found]:
    def find(run: Run) -> Found:
        values = run.series.get(column)
        return None if values is None else factor * float(reduce(values))

    return find


def _short(run: Run) -> Found:
    found = run.short_circuit
    if found is None:
        return None
    lasts = [event.onset for event in found.events if event.recovery is None]
    first = found.events[0].onset if found.events else None
    onset = lasts[-1] if found.label == HARD and lasts else first
    since = f" from {number(onset)} s" if found.label != NONE and onset is not None else ""
    return f"{found.label}{since} (confidence {found.confidence:.1f})"


def _yield_strength(run: Run) -> Found:
    if run.config is None or run.config.elasticity is None:
        return None
    return 1e-6 * run.config.elasticity.yield_strength


def _crossed(run: Run) -> Found:
    tip = run.last("tip_height [m]")
    if tip is None or run.config is None:
        return None
    return 100 * tip / run.config.geometry.electrolyte_thickness


def _tip_velocity(run: Run) -> Found:
    tip, time = run.series.get("tip_height [m]"), run.time
    if tip is None or time[-1] <= time[0]:
        return None
    return float(1e6 * (tip[-1] - tip[0]) / (time[-1] - time[0]))


def _closure(run: Run) -> Found:
    """Largest part of the collector's current that reaches neither ions nor electrons."""
    names = ("collector_current [A/m^2]", "ionic_current [A/m^2]", "electronic_current [A/m^2]")
    if not all(name in run.series for name in names):
        return None
    collector, ionic, electronic = (run.series[name] for name in names)
    scale = np.abs(collector).max()
    return float(np.abs(collector - ionic - electronic).max() / scale) if scale > 0 else 0.0


def _charge(run: Run) -> Found:
    column = "collector_current [A/m^2]"
    if column not in run.series or "dt [s]" not in run.series:
        return None
    return float((run.series[column] * run.series["dt [s]"]).sum())


def _elapsed(run: Run) -> Found:
    """From the last start to the last word."""
    try:
        first, last = (
            datetime.datetime.fromisoformat(text)
            for text in (run.manifests[-1]["started"], run.facts["updated"])
        )
        return (last - first).total_seconds()
    except (LookupError, ValueError, TypeError):
        return None


KEY = (
    ("Time reached", "s", lambda run: run.facts["time"] or _last("time [s]")(run)),
    ("Tip height", "µm", _last("tip_height [m]", 1e6)),
    ("Electrolyte crossed", "%", _crossed),
    ("Mean velocity of the tip", "µm/s", _tip_velocity),
    ("Short circuit", "", _short),
    ("Ionic current", "A/m²", _last("ionic_current [A/m^2]")),
    ("Leakage current", "A/m²", _last("electronic_current [A/m^2]")),
    ("Cell voltage", "mV", _last("cell_voltage [V]", 1e3)),
    ("Charge passed", "C/m²", _charge),
    ("Lithium plated", "mmol/m²", _last("lithium_plated [mol/m^2]", 1e3)),
    ("Capacity plated", "mAh/cm²", _last("lithium_plated [mol/m^2]", FARADAY / 3.6 / 1e4)),
    ("Dead lithium", "mmol/m²", _last("dead_lithium [mol/m^2]", 1e3)),
    ("Largest pressure in lithium", "MPa", _of("pressure_in_lithium [Pa]", np.max, 1e-6)),
    ("Largest von Mises stress in lithium", "MPa", _of("von_mises_in_lithium [Pa]", np.max, 1e-6)),
    ("Yield strength of lithium", "MPa", _yield_strength),
    ("Part of the lithium beyond it", "1", _last("beyond_yield [1]")),
)  # fmt: skip
LEDGER = (
    ("Charge error of a step, median", "1", _of("charge_error [1]", np.median)),
    ("Charge error of a step, largest", "1", _of("charge_error [1]", np.max)),
    ("Inventory error at the end", "1", _last("inventory_error [1]")),
    ("Collector less ionic less electronic, largest", "1", _closure),
)
SOLVER = (
    ("Steps", "1", lambda run: float(run.facts["steps"]) or float(run.time.size) or None),
    ("Steps taken back", "1", lambda run: float(run.facts["rejected"])),
    ("Shortest step", "s", _of("dt [s]", np.min)),
    ("Median step", "s", _of("dt [s]", np.median)),
    ("Longest step", "s", _of("dt [s]", np.max)),
    ("Newton iterations of a step, mean", "1", _of("newton_iterations [1]", np.mean)),
    ("Newton iterations of a step, most", "1", _of("newton_iterations [1]", np.max)),
    ("Krylov iterations of a step, mean", "1", _of("krylov_iterations [1]", np.mean)),
    ("Krylov iterations of a step, most", "1", _of("krylov_iterations [1]", np.max)),
    ("Solves by the fallback", "1", _of("fallback_solves [1]", np.sum)),
    ("Steps with bounded kinetics", "1", _of("bounded_kinetics [1]", np.sum)),
    ("Processes", "1", lambda run: float(run.manifests[-1]["ranks"]) if run.manifests else None),
    ("From the last start to the last word", "s", _elapsed),
)
TABLES = {"key": KEY, "ledger": LEDGER, "solver": SOLVER}


def table(name: str, runs: list[Run]) -> list[Row]:
    """The rows of a table for which any run has a value."""
    rows = []
    for label, unit, find in TABLES[name]:
        found = [find(run) for run in runs]
        if any(value is not None for value in found):
            rows.append(Row(label, "" if unit == "1" else unit, [_text(value) for value in found]))
    return rows


def _text(value: Found) -> str:
    if value is None:
        return "—"
    return value if isinstance(value, str) else number(value)


def differences(runs: list[Run]) -> list[Row]:
    """Values of the input in which the runs differ."""
    inputs = [dict(values(run.config)) if run.config is not None else {} for run in runs]
    known = declarations()
    rows = []
    for key in dict.fromkeys(key for given in inputs for key in given):
        found = [given.get(key) for given in inputs]
        if len(set(found)) > 1 and key != "title":
            declared = known.get(key)
            unit = declared.unit if declared is not None and declared.unit != "1" else ""
            rows.append(Row(key, unit, [_text(_plain(value)) for value in found]))
    return rows


def _plain(value: object) -> Found:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    return str(value)
