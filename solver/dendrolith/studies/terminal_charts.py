"""Charts and readings of the terminals that studies without a mesh share."""

from dendrolith.observables.show import Chart, Reading
from dendrolith.traces.shorts.path import KnownCurrents

NO_LEAKAGE = 1e-30  # S/m²
CURRENTS = Chart(
    "currents",
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
