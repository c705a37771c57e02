"""Charts and readings of the terminals that studies without a mesh share."""

from dendrolith.observables.show import Chart, Reading

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
