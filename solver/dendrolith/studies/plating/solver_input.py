"""What an input says of steps and solvers."""

from __future__ import annotations

from dataclasses import dataclass

from dendrolith.core.declare import choice, count, quantity, text
from dendrolith.solvers.petsc_options import PREFIXES

SPLIT, BACKWARD_EULER, BDF2 = "split", "backward_euler", "bdf2"
FIELD, REDUCED = "field", "reduced"


@dataclass(frozen=True, slots=True)
class TimeControl:
    """Length of the run and control of the step."""

    end: float = quantity("s", "end of the run", above=0)
    scheme: str = choice(
        (SPLIT, BACKWARD_EULER, BDF2),
        "split: charge-conserving split; backward_euler, bdf2: all fields in one Newton iteration",
        default=SPLIT,
    )
    error_tolerance: float = quantity(
        "1", "error of xi that a step of bdf2 aims at", default=1e-3, above=0, at_most=0.1
    )
    max_change: float = quantity(
        "1",
        "change of xi that a step aims at; above 1.5 times it is taken back",
        default=0.35,
        above=0,
        at_most=0.5,
    )
    max_relaxation: float = quantity(
        "1",
        "split: largest step over the relaxation time 1/(L_xi W) of the interface, and over "
        "what an explicit stress allows",
        default=0.25,
        above=0,
        at_most=0.5,
    )
    max_step: float = quantity("s", "largest step", default=10.0, above=0)
    min_step: float = quantity("s", "smallest step before giving up", default=1e-8, above=0)
    first_step: float = quantity("s", "first step", default=1e-3, above=0)
    max_steps: int = count("largest number of steps", default=1_000_000, at_least=1)


@dataclass(frozen=True, slots=True)
class SolverChoice:
    """How the cell is solved, and its linear systems."""

    kind: str = choice(
        (FIELD, REDUCED),
        "field: on the mesh; reduced: a cell with a flat front, without a mesh",
        default=FIELD,
    )
    linear: str = choice(
        ("iterative", "mumps"),
        "linear solver: iterative (AMG) or direct (MUMPS)",
        default="iterative",
    )
    charge_tolerance: float = quantity(
        "1",
        "Newton stops when the currents balance to this part of the current",
        default=1e-7,
        above=0,
        at_most=1e-6,
    )
    max_newton_iterations: int = count(
        "Newton iterations after which a step is halved; steps of the split after 8, but for the "
        "first of a stage",
        default=25,
        at_least=2,
        at_most=100,
    )
    petsc_options: str = text(
        "options for PETSc, as '-charge_ksp_rtol 1e-9 -elastic_ksp_monitor'; only what tunes or "
        f"shows a solver is let through, its prefix first: {', '.join(PREFIXES)}",
        default="",
    )
