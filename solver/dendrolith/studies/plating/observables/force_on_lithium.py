"""The parts of the elastic force on lithium."""

from __future__ import annotations

from dendrolith.fields.measures import Measures
from dendrolith.observables.base import Observable, StepView
from dendrolith.observables.integrals import Integrals
from dendrolith.studies.plating.fields import PlatingFields
from dendrolith.studies.plating.mechanics import Mechanics


class ForceOnLithium(Observable):
    """Means over the surface of lithium of ∂f_elas/∂h, without χ_m; positive ones resist lithium.

    Args:
        f: fields of the cell.
        mechanics: as last solved.
        m: measures.
    """

    sampled = True
    columns = (
        "force_by_eigenstrain [J/m^3]",
        "force_by_electrolyte_modulus [J/m^3]",
        "force_by_pore_modulus [J/m^3]",
    )

    def __init__(self, f: PlatingFields, mechanics: Mechanics, m: Measures) -> None:
        parts = [mechanics.interface, *mechanics.force_parts.values()]
        self._integrals = Integrals(f.state.domain, parts, m.dx)

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """By eigenstrain and by the moduli of electrolyte and pores [J/m³]; 0 without lithium."""
        surface, *forces = map(float, self._integrals())
        return tuple(force / surface if surface > 0 else 0.0 for force in forces)
