"""What Newton's method is given: balances, how they are assembled, and who helps."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core import compat

# unknowns -> residual of the balances, which are assembled there then
Residual = Callable[[PETSc.Vec], PETSc.Vec]


class Forms(Protocol):
    """Balances on one blocked function.

    Attributes:
        unknown: the function.
        bcs: boundary conditions.
    """

    unknown: fem.Function
    bcs: list[fem.DirichletBC]

    @property
    def residual(self) -> fem.Form:
        """Compiled residual."""
        ...

    @property
    def jacobian(self) -> fem.Form:
        """Compiled derivative of it."""
        ...


@dataclass(frozen=True, slots=True)
class AssembledBalance:
    """Balances and their residual as last assembled, rows with boundary conditions included.

    Attributes:
        forms: the balances.
        vector: their residual.
    """

    forms: Any
    vector: PETSc.Vec


class Assembly(Protocol):
    """What Newton's method needs of a balance. All of it is collective."""

    def create_matrix(self) -> PETSc.Mat:
        """A matrix for the Jacobian."""
        ...

    def prepare(self) -> None:
        """Begin a solve: what the balance depends on beside its unknown has changed."""
        ...

    def residual(self, b: PETSc.Vec) -> None:
        """Put the residual at the present unknown into `b`, rows with conditions included."""
        ...

    def jacobian(self, P: PETSc.Mat) -> None:
        """Put the Jacobian, with its boundary conditions, into `P`.

        At the unknown of the last residual: Newton's method asks for that one first. Within a solve
        `P` is as the last call left it.
        """
        ...


class WholeForms:
    """Every term anew at every call."""

    def __init__(self, forms: Forms) -> None:
        self._forms = forms

    def create_matrix(self) -> PETSc.Mat:
        """A matrix for the Jacobian."""
        return compat.create_matrix(self._forms.jacobian)

    def prepare(self) -> None:
        """Nothing is kept."""

    def residual(self, b: PETSc.Vec) -> None:
        """Put the residual at the present unknown into `b`, rows with conditions included."""
        compat.assemble_vector(b, self._forms.residual)

    def jacobian(self, P: PETSc.Mat) -> None:
        """Put the Jacobian at the present unknown, with its boundary conditions, into `P`."""
        compat.assemble_matrix(P, self._forms.jacobian, self._forms.bcs)


class GlobalUnknown(Protocol):
    """One number beside the function that follows from it: a rank-one part of the Jacobian."""

    def follow_in(self, jacobian: PETSc.Mat) -> PETSc.Mat:
        """The Jacobian where the number follows."""
        ...

    def weigh(self) -> None:
        """Set the weight of the rank-one part for the solve that begins."""
        ...

    def follow(self, x: PETSc.Vec) -> None:
        """Set the number that belongs to the unknown `x`."""
        ...

    def destroy(self) -> None:
        """Free the PETSc objects."""
        ...


class Elimination(Protocol):
    """Solves for the few nodes that hold up all others. All of it is collective."""

    def correct(
        self, x: PETSc.Vec, residual: Residual, allowed: float, below: float = math.inf
    ) -> bool:
        """Change the unknowns `x` where that helps; returns whether they were changed.

        Args:
            x: unknowns.
            residual: at given unknowns.
            allowed: amount that may stay out of balance.
            below: the norm of the residual has to come below this.
        """
        ...
