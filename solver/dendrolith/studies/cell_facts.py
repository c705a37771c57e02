"""What the voltage and the pressure of a measured trace need to know of a cell."""

from __future__ import annotations

import functools

import numpy as np

from dendrolith.studies.cell_model import CellModel
from dendrolith.traces.decouple.cell_facts import CellFacts

USUAL = 0.1  # of 1C, or A/m²: the current whose losses are made linear
REACH, POINTS = 1e5, 300  # of the table of losses: currents over the usual one, in each direction


def facts_of_model(model: CellModel, slope: float | None) -> CellFacts:
    """The facts of a cell: losses in the middle of its window, R at C/10.

    Args:
        model: of the cell.
        slope: pressure per charge [Pa m²/C]; None: nothing presses, or nothing moves the pressure.
    """
    counter = model.counter
    low, high = counter.limits
    middle, usual = (low + high) / 2, USUAL * (counter.rated_current or 1.0)
    rest = model.inner_voltage(0.0, middle)
    charging = usual * np.geomspace(1 / REACH, REACH, POINTS)
    currents = np.concatenate([-charging[::-1], [0.0, usual], charging])
    currents.sort()
    losses = np.array([model.inner_voltage(float(j), middle) - rest for j in currents])
    return CellFacts(
        functools.partial(model.inner_voltage, 0.0),
        low,
        high,
        counter.capacity,
        float(np.interp(usual, currents, losses)) / usual,
        model.config.lithium_metal.molar_volume,
        counter.molar_volume,
        slope,
        (currents, losses),
        counter.initial_fraction,
        model.config.external_resistance,
    )
