"""Does the surface of lithium still have the profile of a front?

    s = (∫ ψ W g(ξ) dV / ∫ ψ ½ κ |∇ξ|² dV)^½

Both energies are equal across a front at equilibrium; stretched by s along its normal it has s
times the one and 1/s of the other. So s is the mean width of the front over δ.
"""

from __future__ import annotations

import math

from dolfinx import fem

from dendrolith.core.parallel import integral
from dendrolith.observables.base import Observable, StepView
from dendrolith.studies.plating.laws import Laws

FRONT_WIDTH = "front_width [1]"


class FrontWidth(Observable):
    """Mean width of the front over δ; NaN without a front.

    Args:
        laws: of the cell.
    """

    columns = (FRONT_WIDTH,)

    def __init__(self, laws: Laws) -> None:
        f, lithium = laws.f, laws.lithium
        self._well = fem.form(laws.bulk_energy(f.xi))
        self._gradient = fem.form(f.open_part * lithium.gradient_energy(f.xi) * laws.m.dx)

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """It."""
        gradient = integral(self._gradient)
        return (math.sqrt(integral(self._well) / gradient) if gradient > 0 else math.nan,)
