"""What the voltage and the pressure of a measured trace need to know of a cell."""

from __future__ import annotations

import math

from dendrolith.core.constants import FARADAY
from dendrolith.studies.cell.schema import Config
from dendrolith.studies.cell_model import CellModel
from dendrolith.traces.decouple.cell_facts import CellFacts

USUAL = 0.1  # of 1C, or A/m²: the current whose losses are made linear


def facts_of(config: Config) -> CellFacts:
    """The facts of an input; losses are linear, those at C/10 in the middle of its window."""
    model, counter = CellModel(config), config.counter_electrode
    low, high = counter.limits
    middle, j = (low + high) / 2, USUAL * (counter.rated_current or 1.0)
    rest = model.inner_voltage(0.0, middle)
    loss = model.inner_voltage(j, middle) - rest
    if config.collector is not None:
        loss -= config.collector.nucleation(j, math.inf, 1.0)
    lithium, frame = config.lithium_metal.molar_volume, config.frame
    return CellFacts(
        model.potential,
        low,
        high,
        counter.capacity,
        loss / j,
        lithium,
        counter.molar_volume,
        None if frame is None else (lithium - counter.molar_volume) / FARADAY / frame.compliance,
    )
