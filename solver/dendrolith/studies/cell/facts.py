"""What the voltage and the pressure of a measured trace need to know of an input."""

from __future__ import annotations

from dendrolith.core.constants import FARADAY
from dendrolith.studies.cell.schema import Config
from dendrolith.studies.cell_facts import facts_of_model
from dendrolith.studies.cell_model import CellModel
from dendrolith.traces.decouple.cell_facts import CellFacts


def facts_of(config: Config) -> CellFacts:
    """The facts of an input."""
    frame, slope = config.frame, None
    if frame is not None:
        net = config.lithium_metal.molar_volume - config.counter_electrode.molar_volume
        slope = net / FARADAY / frame.compliance
    return facts_of_model(CellModel(config), slope)
