"""Charts and readings of the terminals that studies without a mesh share."""

import numpy as np

from dendrolith.observables.show import (
    Chart,
    Number,
    Reading,
    Results,
    Value,
    last,
    reduced,
    verdict,
)
from dendrolith.traces.shorts.path import KnownCurrents


def _efficiency(run: Results) -> Value:
    """Of the last cycle; None while it is charged, where the column is 0."""
    return last("coulombic_efficiency [1]", 100)(run) or None


KEY_NUMBERS = (
    Number("Short circuit", "", verdict),
    Number("Voltage at the end", "V", last("voltage [V]")),
    Number("Highest voltage", "V", reduced("voltage [V]", np.max)),
    Number("Lowest voltage", "V", reduced("voltage [V]", np.min)),
    Number("Charge through ions", "C/m²", last("ion_charge [C/m^2]")),
    Number("Charge through metal", "C/m²", last("electronic_charge [C/m^2]")),
    Number("Lithium fraction x", "1", last("counter_fraction [1]")),
    Number("State of charge", "1", last("state_of_charge [1]")),
    Number("Coulombic efficiency", "%", _efficiency),
)
NO_LEAKAGE = 1e-30  # S/m²
CURRENTS = Chart(
    "Currents",
    "current density",
    "A/m²",
    1.0,
    (("ionic_current [A/m^2]", "ionic"), ("electronic_current [A/m^2]", "electronic")),
)
TERMINALS = (
    Reading("voltage", "voltage [V]", "V"),
    Reading("ionic", "ionic_current [A/m^2]", "A/m²", digits=3),
    Reading("leakage", "electronic_current [A/m^2]", "A/m²", digits=3),
)


def known_currents(
    at_rest: str, resistance: float, leakage: float = 0.0, shift: float = 0.0
) -> KnownCurrents:
    """The columns of a cell without a mesh that show the path of its electrons.

    Args:
        at_rest: column of the open-circuit potential.
        resistance: of its ions [Ω m²].
        leakage: of electrons through its sound electrolyte [S/m²].
        shift: what the voltage at rest lies below that potential [V].
    """
    ionic, electronic = (column for column, _ in CURRENTS.curves)
    sigma = (max(leakage, NO_LEAKAGE), 1 / resistance)  # over a thickness of 1 m
    return KnownCurrents(ionic, electronic, TERMINALS[0].column, at_rest, shift, 1.0, sigma)
