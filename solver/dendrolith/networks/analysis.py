"""What an ensemble says: distributions by cell, laws of descriptors, the map of dominance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from dendrolith.core.errors import ConfigError
from dendrolith.networks.ccd_table import SHOWN, SHOWN_UNIT
from dendrolith.networks.descriptors.all import DENSITY as M_GROUP
from dendrolith.networks.descriptors.all import DESCRIPTORS, Descriptor
from dendrolith.networks.discovery import FOLDS, Discovery, discover
from dendrolith.networks.dominance import Groups, Window, dominance_map
from dendrolith.networks.graph import FloatArray, IntArray
from dendrolith.networks.observations import observations
from dendrolith.networks.sample import (
    CENSORED,
    DENSITY,
    DRAWN,
    LOWER,
    STATIC_CURRENT,
    TOPOLOGY,
    UPPER,
    WINDOW,
)
from dendrolith.networks.scaling import SizeEffect, size_effects
from dendrolith.networks.schema import DYNAMIC, Config
from dendrolith.networks.sisso import Samples
from dendrolith.networks.weibull_report import WeibullReport, report_weibull

Table = dict[str, Any]

# Candidates of the law, chosen before any ensemble: how much, how connected, how large, how deep.
PRIMARIES = ("p", "O_A", "k", "g_max", "A_max", "c_max", "l_s", "L_c")
LEAST_OF_CELL = 20  # networks for a distribution
LEAST_FOR_LAW, MOST_FOR_LAW = 200, 600  # networks for the search of a law
WINDOW_SIZE = 400
GRID = (5, 5)
LEAST_FOR_MAP = 2 * WINDOW_SIZE
LENGTHS = {"1": 0.0, "m": 1.0, "m^2": 2.0, "1/m": -1.0, "1/m^2": -2.0}


@dataclass(frozen=True, slots=True)
class FoundLaw:
    """A law with the samples behind it.

    Attributes:
        discovery: the law and its tests.
        predicted, observed: ln CCD [ln mA/cm²].
        with_censored: the law when censored networks count at their highest current; None where
            no network is censored.
    """

    discovery: Discovery
    predicted: FloatArray
    observed: FloatArray
    with_censored: Discovery | None


@dataclass(frozen=True, slots=True)
class Unfitted:
    """A cell of the design without a distribution of its own: how many failed, and why."""

    density: str
    topology: str
    networks: int
    failures: int
    why: str


@dataclass(frozen=True, slots=True)
class Findings:
    """All that is derived from a table.

    Attributes:
        table: the ensemble.
        overall: distribution of the design, all cells together.
        cells: density → topology → distribution.
        unfitted: cells of the design that have none.
        correlations: (descriptor, Spearman's ρ with the critical current).
        law: of the descriptors; None with too few networks.
        windows: of the map; empty with too few networks.
        effects: of the size of a cell.
    """

    table: Table
    overall: WeibullReport
    cells: dict[str, dict[str, WeibullReport]]
    unfitted: list[Unfitted]
    correlations: list[tuple[Descriptor, float]]
    law: FoundLaw | None
    windows: list[Window]
    effects: list[SizeEffect]


def analyse(config: Config, table: Table) -> Findings:
    """Everything that the number of networks allows.

    Args:
        config: the input.
        table: of the ensemble.
    """
    design = np.flatnonzero(table[DENSITY] != DRAWN)
    described = all(d.column in table for d in DESCRIPTORS)
    drawn = np.flatnonzero(table[DENSITY] == DRAWN)
    rows = drawn if drawn.size >= LEAST_FOR_LAW else np.arange(len(table[DENSITY]))
    seed = config.ensemble.seed
    return Findings(
        table,
        _report(table, design, seed),
        *fits_of_cells(config, table),
        _correlations(table, rows) if described else [],
        _law(table, rows, seed) if described and _are_enough(table, rows) else None,
        _windows(table, rows, seed) if described and rows.size >= LEAST_FOR_MAP else [],
        size_effects(seed),
    )


def currents(table: Table, rows: IntArray) -> FloatArray:
    """Critical currents, the middle of their step, or the highest current [mA/cm²]."""
    lower, upper = table[LOWER][rows] / SHOWN, table[UPPER][rows] / SHOWN
    return np.where(np.isfinite(upper), 0.5 * (lower + upper), lower)


def cell_title(config: Config, number: int) -> str:
    """A density in words."""
    density = config.densities[number]
    return f"{100 * density.porosity:g} % pores, {100 * density.cracked:g} % cracked"


def cell_rows(config: Config, table: Table) -> dict[str, dict[str, IntArray]]:
    """Density → topology → rows of the table."""
    return {
        cell_title(config, number): {
            topology.name: np.flatnonzero(
                (table[DENSITY] == number) & (table[TOPOLOGY] == topology.name)
            )
            for topology in config.topologies
        }
        for number in range(len(config.densities))
    }


def windows_of(table: Table) -> dict[str, FloatArray]:
    """Topology → times from the first dry path to the short circuit [s]; empty if static."""
    if WINDOW not in table:
        return {}
    good = np.isfinite(table[WINDOW])
    names = dict.fromkeys(table[TOPOLOGY].tolist())
    return {name: table[WINDOW][good & (table[TOPOLOGY] == name)] for name in names}


def static_ratio(config: Config, table: Table) -> float | None:
    """Median of dynamic over static critical current; None where both are the same."""
    if config.ensemble.model != DYNAMIC:
        return None
    static = table[STATIC_CURRENT] / SHOWN
    rows = np.flatnonzero((table[CENSORED] == 0) & (static > 0))
    return float(np.median(currents(table, rows) / static[rows])) if rows.size else None


def _report(table: Table, rows: IntArray, seed: int) -> WeibullReport:
    data = observations(table[LOWER][rows] / SHOWN, table[UPPER][rows] / SHOWN)
    return report_weibull(data, SHOWN_UNIT, seed)


def fits_of_cells(
    config: Config, table: Table
) -> tuple[dict[str, dict[str, WeibullReport]], list[Unfitted]]:
    """Distributions of cells in which enough networks failed, in steps enough; and the others."""
    found: dict[str, dict[str, WeibullReport]] = {}
    others = []
    for title, topologies in cell_rows(config, table).items():
        for name, rows in topologies.items():
            failures = int(np.count_nonzero(table[CENSORED][rows] == 0))
            try:
                if failures < LEAST_OF_CELL:
                    raise ConfigError(f"fewer than {LEAST_OF_CELL} short circuits")
                found.setdefault(title, {})[name] = _report(table, rows, config.ensemble.seed)
            except ConfigError as error:  # all in one step, or in two that meet
                others.append(Unfitted(title, name, rows.size, failures, str(error)))
    return found, others


def _correlations(table: Table, rows: IntArray) -> list[tuple[Descriptor, float]]:
    y = currents(table, rows)
    found = []
    for descriptor in DESCRIPTORS:
        x = table[descriptor.column][rows]
        rho = float(spearmanr(x, y).statistic) if np.ptp(x) > 0 else 0.0
        found.append((descriptor, rho))
    return sorted(found, key=lambda entry: abs(entry[1]))


def _samples(table: Table, rows: IntArray) -> Samples:
    chosen = [next(d for d in DESCRIPTORS if d.symbol == symbol) for symbol in PRIMARIES]
    return Samples(
        PRIMARIES,
        [LENGTHS[d.unit] for d in chosen],
        np.column_stack([table[d.column][rows] for d in chosen]),
        np.log(currents(table, rows)),
    )


def _are_enough(table: Table, rows: IntArray) -> bool:
    """Are there networks for a law, and one with a short circuit for each part of them?"""
    failures = np.count_nonzero(table[CENSORED][rows] == 0)
    return bool(rows.size >= LEAST_FOR_LAW and failures >= FOLDS)


def _law(table: Table, rows: IntArray, seed: int) -> FoundLaw:
    sound = rows[table[CENSORED][rows] == 0][:MOST_FOR_LAW]
    samples = _samples(table, sound)
    found = discover(samples, seed=seed)
    features = samples.features()
    columns = [np.ones(len(sound)), *(features.values[:, k] for k in found.law.features)]
    predicted = np.column_stack(columns) @ found.law.coefficients
    censored = np.any(table[CENSORED][rows[:MOST_FOR_LAW]] == 1)
    both = discover(_samples(table, rows[:MOST_FOR_LAW]), seed=seed) if censored else None
    return FoundLaw(found, predicted, samples.target, both)


def _windows(table: Table, rows: IntArray, seed: int) -> list[Window]:
    def columns(*, density: bool) -> FloatArray:
        group = [d.column for d in DESCRIPTORS if (d.group == M_GROUP) is density]
        return np.column_stack([table[name][rows] for name in group])

    groups = Groups(columns(density=True), columns(density=False), np.log(currents(table, rows)))
    return dominance_map(groups, GRID, WINDOW_SIZE, seed)
