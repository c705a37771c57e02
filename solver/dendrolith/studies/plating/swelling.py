"""Thickness that plated lithium adds where there was no room for it.

    Δh = V_m/A ∫ (1 − A_d/A) φ_c c_Li [m(ξ) − m(ξ₀)] dV where ρ ≥ 0,  less v_c q/F of the counter
    electrode  and  1/A ∫ w dV off cracks

V_m and not 1/c_Li: a lithium voxel with a fill fraction f takes the room of f. Lithium in pores
takes none. q is the charge that has been taken out of the counter electrode. What lies in the
opening of a crack, the part A_d/A and w, displaces nothing: it fills what is open, or moves the
flanks. On foil whose front cannot move there is no crack, and w lifts the electrolyte.
"""

from __future__ import annotations

import math

import ufl
from dolfinx import fem

from dendrolith.core.constants import FARADAY
from dendrolith.core.parallel import integral
from dendrolith.core.sections import present
from dendrolith.fields.bind import in_numbers
from dendrolith.fields.measures import Measures
from dendrolith.physics.crack_access import Cracks, opened
from dendrolith.physics.interpolation import Expr
from dendrolith.studies.plating.model import Model
from dendrolith.studies.plating.openings import Openings


class Swelling:
    """Δh for the lithium that the stress is solved for [m] (collective).

    Args:
        model: of the cell.

    w goes on by the last current for the step that it is asked for.
    """

    def __init__(self, model: Model) -> None:
        f, lithium = model.f, model.laws.lithium
        gained = lithium.content(f.xi_stressed) - lithium.content(f.xi_initial)
        gained = math.prod(model.laws.capacities, start=gained)
        for cracks in present(model.config, Cracks):
            gained = self._displacing(cracks, model) * gained
        dense = ufl.conditional(ufl.ge(f.rho, 0.0), gained, 0.0)
        self._gained = fem.form(dense * model.m.nodes)
        self._V_m, self._area = in_numbers(lithium).molar_volume, model.domain.area("right")
        self._ahead = fem.Constant(model.domain.mesh, 0.0)
        self._lifting = [self._off_cracks(openings, model.m) for openings in model.laws.openings]
        self._of_counter = model.laws.counter_swelling

    def _displacing(self, cracks: Cracks, model: Model) -> Expr:
        """The part of a node's lithium that lies in no opening [1].

        Where lithium presses, what is in a segment stands against the volume of its crack.
        """
        (broken,) = model.laws.damages
        A_d = opened(broken.d)
        segments = [ufl.gt(openings.segment, 0.5) for openings in model.laws.openings]
        (within,) = segments or [ufl.gt(A_d, 0.0)]
        return ufl.conditional(within, 1 - cracks.share(A_d), 1.0)

    def _off_cracks(self, openings: Openings, m: Measures) -> fem.Form:
        """∫ w of no segment, beyond that of an earlier run [m³, in 2-D m²]."""
        w = openings.volume - openings.volume.copy() + self._ahead * openings.current
        return fem.form(ufl.conditional(ufl.lt(openings.segment, 0.5), w, 0.0) * m.nodes)

    def __call__(self, dt: float) -> float:
        """Δh at the end of a step of `dt` [s]."""
        self._ahead.value = dt * self._V_m / FARADAY
        lifted = sum(integral(form) for form in self._lifting)
        shrunk = sum(float(growth.value) for growth in self._of_counter)
        return (self._V_m * integral(self._gained) + lifted) / self._area + shrunk
