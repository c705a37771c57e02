"""When displacement and damage, solved for in turn, have settled. Loads no DOLFINx."""

from __future__ import annotations

from dataclasses import dataclass

from dendrolith.core.declare import count, quantity


@dataclass(frozen=True, slots=True)
class Staggering:
    """Equilibrium and damage are solved for in turn."""

    tolerance: float = quantity(
        "1", "largest change of damage in the last sweep", default=1e-4, above=0, at_most=1e-2
    )
    energy_tolerance: float = quantity(
        "1",
        "largest change of the energy in the last sweep, over the energy",
        default=1e-6,
        above=0,
        at_most=1e-3,
    )
    sweeps: int = count(
        "largest number of sweeps in a step; a crack that jumps goes on in the next",
        default=300,
        at_least=1,
    )
    depth: int = count(
        "sweeps before the last that Anderson's acceleration uses; 0: none",
        default=5,
        at_least=0,
    )
