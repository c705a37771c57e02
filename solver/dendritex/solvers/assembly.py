"""How a balance and its Jacobian are assembled for Newton's method."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from dendritex import compat
from dendritex.model.cell import Cell
from dendritex.model.charge import ChargeBalance
from dendritex.model.nodal_reaction import NodalReaction
from dendritex.model.state import ELECTRONIC, IONIC
from dendritex.physics import electronic_potential, ionic_potential


class Assembly(Protocol):
    """What Newton's method needs of a balance. All of it is collective."""

    def create_matrix(self) -> PETSc.Mat:
        """A matrix for the Jacobian."""
        ...

    def prepare(self) -> None:
        """Begin a solve: what the balance depends on beside its unknown has changed."""
        ...

    def residual(self, b: PETSc.Vec) -> None:
        """Put the residual at the present unknown into `b`, rows of the electrodes included."""
        ...

    def jacobian(self, P: PETSc.Mat) -> None:
        """Put the Jacobian, with its boundary conditions, into `P`.

        At the unknown of the last residual: Newton's method asks for that one first.
        """
        ...


class WholeForms:
    """Every term anew at every call."""

    def __init__(self, balance: ChargeBalance) -> None:
        self._forms = balance

    def create_matrix(self) -> PETSc.Mat:
        """A matrix for the Jacobian."""
        return compat.create_matrix(self._forms.jacobian)

    def prepare(self) -> None:
        """Nothing is kept."""

    def residual(self, b: PETSc.Vec) -> None:
        """Put the residual at the present unknown into `b`, rows of the electrodes included."""
        compat.assemble_vector(b, self._forms.residual)

    def jacobian(self, P: PETSc.Mat) -> None:
        """Put the Jacobian at the present unknown, with its boundary conditions, into `P`."""
        compat.assemble_matrix(P, self._forms.jacobian, self._forms.bcs)


class FixedConduction:
    """The balances at fixed lithium: conduction is assembled once a solve, the reaction at nodes.

        residual  K x − g V ± ∫ i        Jacobian  K ± ∂(∫ i)/∂φ, a small block for each node

    For single-ion conduction, where K does not depend on the potentials.

    Args:
        cell: whose `charge` is assembled.
        reaction: its reaction.
    """

    def __init__(self, cell: Cell, reaction: NodalReaction) -> None:
        self._cell, self._reaction, self._forms = cell, reaction, cell.charge
        self._K = compat.create_matrix(self._forms.conductance)
        self._g = self._forms.contact_vector()
        n, size = len(reaction.volume), cell.state.components
        self._row_starts = np.arange(n + 1, dtype=np.int32)
        self._nodes = np.arange(n, dtype=np.int32)
        self._blocks = np.zeros((n, size, size))
        self._slopes: npt.NDArray[np.float64] = np.zeros((n, size))
        fixed = [bc.dof_indices() for bc in self._forms.bcs]
        self._fixed = np.concatenate([dofs[:owned] for dofs, owned in fixed])

    def create_matrix(self) -> PETSc.Mat:
        """A matrix for the Jacobian."""
        self.prepare()  # a matrix never assembled has no pattern to duplicate
        P = self._K.duplicate()
        P.setOption(PETSc.Mat.Option.KEEP_NONZERO_PATTERN, True)
        return P

    def prepare(self) -> None:
        """Assemble conduction; the reaction has been located."""
        compat.assemble_matrix(self._K, self._forms.conductance)

    def residual(self, b: PETSc.Vec) -> None:
        """Put the residual at the present unknown into `b`, rows of the electrodes included."""
        self._K.mult(self._forms.unknown.x.petsc_vec, b)
        if self._g is not None:
            b.axpy(-float(self._cell.cell_voltage.value), self._g)
        i, self._slopes = self._reaction.charge()
        rows = b.array.reshape(len(i), -1)
        rows[:, ELECTRONIC] += electronic_potential.supply(1.0, plating=i)
        rows[:, IONIC] += ionic_potential.consumption(1.0, plating=i)

    def jacobian(self, P: PETSc.Mat) -> None:
        """Put the Jacobian at the unknown of the last residual into `P`, with its conditions."""
        self._K.copy(P, structure=PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
        self._blocks[:, ELECTRONIC] = electronic_potential.supply(1.0, plating=self._slopes)
        self._blocks[:, IONIC] = ionic_potential.consumption(1.0, plating=self._slopes)
        P.setValuesBlockedLocalCSR(
            self._row_starts, self._nodes, self._blocks, addv=PETSc.InsertMode.ADD_VALUES
        )
        P.assemble()
        P.zeroRowsColumnsLocal(self._fixed, 1.0)

    def destroy(self) -> None:
        """Free the PETSc objects (collective)."""
        self._K.destroy()
        if self._g is not None:
            self._g.destroy()
