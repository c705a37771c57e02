"""When a preconditioner that serves several iterations of Newton's method is made anew."""

from __future__ import annotations

from petsc4py import PETSc

# It is worn where a solve takes so many iterations and twice those of its first one: rows of nodes
# that fill change by orders of magnitude within a step. Making it costs as much as 20 iterations.
WORN_AFTER = 20

# One that is not new gives up after so many, and three times those of its first solve.
GIVES_UP_AFTER = 50


class Wear:
    """Watches the iterations that a preconditioner takes from one Newton iteration to the next.

    Args:
        ksp: the linear solver that it serves, with its options read.
    """

    def __init__(self, ksp: PETSc.KSP) -> None:
        self._ksp, self._most = ksp, ksp.getTolerances()[3]
        self._at_first = 0

    def is_worn(self, iteration: int) -> bool:
        """Should the next solve have a new one? If not, limits what that solve may take.

        Args:
            iteration: of Newton's method since the preconditioner was made.
        """
        taken, most = self._ksp.getIterationNumber(), self._most
        if iteration == 1:
            self._at_first = taken
        if iteration > 0:
            most = min(most, max(GIVES_UP_AFTER, 3 * self._at_first))
        self._ksp.setTolerances(max_it=most)
        return iteration > 1 and taken > max(WORN_AFTER, 2 * self._at_first)
