"""Steps of Newton's method to the minimum of a convex functional whose gradient is the residual F.

A step d of Newton's method leads downhill: F(x)·d < 0. Along it F(x + λd)·d rises with λ, and the
functional falls as long as that is negative. So a step is taken whole if it is good, or made good
where few nodes hold all others up; else as far as the functional falls. The norm of F is no guide:
where the gradient is flat on both sides of a knee, it falls by a step that is far too short.
(Convex minimisation with a search along the gradient: Nocedal and Wright 2006, section 3.1.)
"""

from __future__ import annotations

from petsc4py import PETSc
from scipy.optimize import brentq

from dendrolith.solvers.balances import Elimination, Residual

# A step that leaves less than this part of the residual is taken as it is, one that has been made
# better if it leaves less than that.
GOOD_STEP = 0.1
BETTER_STEP = 0.9

# The length of a step is found to this part of itself; from where the gradient is flat a whole step
# leads millions of times too far.
LENGTH_RATIO, LEAST_LENGTH = 0.25, 1e-12


class Descent:
    """Helps where a step of Newton's method leads too far.

    Args:
        elimination: solver for the few nodes that hold up all others.
    """

    def __init__(self, elimination: Elimination) -> None:
        self._elimination = elimination

    def correct_guess(self, x: PETSc.Vec, residual: Residual, allowed: float) -> None:
        """Change where Newton's method begins, if that helps (collective).

        Args:
            x: unknowns.
            residual: at given unknowns.
            allowed: amount that may stay out of balance.
        """
        self._elimination.correct(x, residual, allowed)

    def correct_step(
        self, x: PETSc.Vec, F: PETSc.Vec, step: PETSc.Vec, residual: Residual, allowed: float
    ) -> bool:
        """Change a step of Newton's method if it is not good (collective).

        Args:
            x: unknowns of the last residual.
            F: that residual.
            step: what Newton's method would subtract from them; changed.
            residual: at given unknowns.
            allowed: amount that may stay out of balance.

        Returns:
            Whether it was changed.
        """
        size, there = float(F.norm()), x.duplicate()
        there.waxpy(-1.0, step, x)
        reached = residual(there)
        slope = -float(reached.dot(step))  # of the functional, at the end of the step
        changed = False
        if not reached.norm() < GOOD_STEP * size:
            if self._elimination.correct(there, residual, allowed, BETTER_STEP * size):
                step.waxpy(-1.0, there, x)
                changed = True
            elif slope > 0:
                step.scale(self._length(x, F, step, residual, there))
                changed = True
        there.destroy()
        return changed

    def _length(
        self, x: PETSc.Vec, F: PETSc.Vec, step: PETSc.Vec, residual: Residual, there: PETSc.Vec
    ) -> float:
        """Part of a step at whose end the functional falls no further; `there` is room to work."""

        def slope(length: float) -> float:
            there.waxpy(-length, step, x)
            return -float((residual(there) if length > 0 else F).dot(step))

        if not slope(0.0) < 0:
            return 1.0  # not downhill, by round-off
        return float(brentq(slope, 0.0, 1.0, xtol=LEAST_LENGTH, rtol=LENGTH_RATIO))
