"""Does PETSc read the options of a solver? Asked of a solver that is made for the question."""

from __future__ import annotations

from petsc4py import PETSc

from dendrolith.solvers.linear import options_read, set_options
from dendrolith.solvers.options import Options


def try_options(prefix: str, options: Options, *, newton: bool) -> None:
    """Let PETSc read options as it does when the solver is made.

    Args:
        prefix: of the solver, ending in ``_``.
        options: without it.
        newton: they are of Newton's method and of its linear solver.

    Raises:
        ConfigError: PETSc refuses them, in its words.
    """
    solver = (PETSc.SNES if newton else PETSc.KSP)().create(PETSc.COMM_SELF)
    solver.setOptionsPrefix(prefix)
    set_options(prefix, options)
    with options_read(prefix):
        solver.setFromOptions()
    solver.destroy()
