"""What the voltage and the pressure of a measured trace need to know of a plating cell."""

from __future__ import annotations

from dendrolith.studies.cell_facts import facts_of_model
from dendrolith.studies.plating.planar import PlanarModel
from dendrolith.studies.plating.schema import Config
from dendrolith.studies.plating.temperature import at_temperature
from dendrolith.traces.decouple.cell_facts import CellFacts

SMALL = 1.0  # C/m², over which the pressure is a straight line: 0.14 nm of lithium


def facts_of(config: Config) -> CellFacts:
    """The facts of an input, as those of the same cell with a flat front."""
    model = PlanarModel(at_temperature(config))
    pressures = []
    for model.plated in (0.0, SMALL):
        pressures.append(model.pressure())
    model.plated = 0.0
    slopes = [(after - before) / SMALL for before, after in zip(*pressures, strict=True)]
    return facts_of_model(model, next((slope for slope in slopes if slope > 0), None))
