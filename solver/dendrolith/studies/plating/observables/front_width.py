"""Does the surface of lithium still have the profile of a front?

    s = (∫_V ψ W g(ξ) dV / ∫_V ψ ½ κ |∇ξ|² dV)^½,   V: where 0.05 < ξ < 0.95

Both energies are equal across a front at equilibrium; stretched by s along its normal it has s
times the one and 1/s of the other. So s is the mean width of the front over δ. Near 0 and 1, where
lithium is nearly full and has no slope, there is no front to see.
"""

from __future__ import annotations

import math

import ufl

from dendrolith.observables.base import Observable, StepView
from dendrolith.observables.integrals import Integrals
from dendrolith.studies.plating.laws import Laws
from dendrolith.studies.plating.observables.columns import FRONT_WIDTH

INNER = 0.9  # |2ξ − 1| up to which a point belongs to the front


class FrontWidth(Observable):
    """Mean width of the front over δ; NaN without a front.

    Args:
        laws: of the cell.
    """

    sampled = True
    columns = (FRONT_WIDTH,)

    def __init__(self, laws: Laws) -> None:
        f, lithium, nodes = laws.f, laws.lithium, laws.m.nodes
        within = ufl.conditional(ufl.lt(abs(2 * f.xi - 1), INNER), f.open_part, 0.0)
        for target, _ in laws.forming:  # what forms has no surface yet
            within = ufl.conditional(ufl.gt(target, 0.0), 0.0, within)
        energies = [lithium.bulk_energy(f.xi), lithium.gradient_energy(f.xi)]
        integrands = [within * energy for energy in energies]
        self._energies = Integrals(f.state.domain, integrands, nodes)

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """It."""
        well, gradient = map(float, self._energies())
        return (math.sqrt(well / gradient) if gradient > 0 else math.nan,)
