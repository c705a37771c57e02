"""Thickness that plated lithium adds where there was no room for it.

    Δh = V_m/A ∫ φ_c c_Li [m(ξ) − m(ξ₀)] dV where ρ ≥ 0,  less v_c q/F of the counter electrode

V_m and not 1/c_Li: a lithium voxel with a fill fraction f takes the room of f. Lithium in pores
takes none. q is the charge that has been taken out of the counter electrode. φ_c is the part of a
crack's band that lithium fills; what goes into openings beyond that moves the flanks itself.
"""

from __future__ import annotations

import math

import ufl
from dolfinx import fem

from dendrolith.core.parallel import integral
from dendrolith.fields.bind import in_numbers
from dendrolith.studies.plating.model import Model


class Swelling:
    """Δh for the lithium that the stress is solved for [m] (collective).

    Args:
        model: of the cell.
    """

    def __init__(self, model: Model) -> None:
        f, lithium = model.f, model.laws.lithium
        gained = lithium.content(f.xi_stressed) - lithium.content(f.xi_initial)
        gained = math.prod(model.laws.capacities, start=gained)
        dense = ufl.conditional(ufl.ge(f.rho, 0.0), gained, 0.0)
        self._gained = fem.form(dense * model.m.nodes)
        self._per_amount = in_numbers(lithium).molar_volume / model.domain.area("right")
        self._of_counter = model.laws.counter_swelling

    def __call__(self) -> float:
        """Δh."""
        shrunk = sum(float(growth.value) for growth in self._of_counter)
        return self._per_amount * integral(self._gained) + shrunk
