"""How a balance and its Jacobian are assembled for Newton's method."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc
from scipy.sparse import csr_array, diags_array

from dendrolith.core import compat
from dendrolith.core.profile import ASSEMBLY, event
from dendrolith.physics import electronic_potential, ionic_potential
from dendrolith.studies.plating.conduction import Conduction
from dendrolith.studies.plating.fields import IONIC
from dendrolith.studies.plating.nodal_reaction import NodalReaction

FloatArray = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.integer[Any]]

# of the reaction in the rows of electrons and of ions, in the order of the unknowns
SIGNS = np.array(
    [
        electronic_potential.supply(1.0, plating=1.0),
        ionic_potential.consumption(1.0, plating=1.0),
    ]
)


class FixedConduction:
    """The balances at fixed lithium: conduction is assembled once a solve, the reaction at nodes.

        residual  K x − g V ± ∫ i        Jacobian  K ± ∂(∫ i)/∂φ, a small block for each node

    For single-ion conduction, where K does not depend on the potentials, nor couples them. So only
    the blocks of nodes that react are put into the Jacobian again. With Butler–Volmer kinetics the
    nodes of the counter electrode are among them.

    Args:
        reaction: of the balances.
        conduction: K, and the balances at fixed lithium; K is freed with this.

    Attributes:
        reaction: as given.
        slopes: (n_owned, 2) derivative of ∫ i at the last residual.
    """

    def __init__(self, reaction: NodalReaction, conduction: Conduction) -> None:
        self.reaction = reaction
        self._forms = forms = conduction.forms
        self._conduction, self._K = conduction, conduction.K
        self._g, self._rest = (forms.unknown.x.petsc_vec.duplicate() for _ in range(2))
        self._work = self._g.duplicate()
        n, size = len(reaction.volume), len(SIGNS)
        self._row_starts = np.arange(n + 1, dtype=np.int32)
        self.slopes: FloatArray = np.zeros((n, size))
        fixed = [bc.dof_indices() for bc in self._forms.bcs]
        self._fixed = np.concatenate([dofs[:owned] for dofs, owned in fixed])
        self._free = np.ones((n, size))
        self._free.reshape(-1)[self._fixed] = 0.0
        # of K with its conditions, once it is in the Jacobian
        self._diagonal, self._own = (self._forms.unknown.x.petsc_vec.duplicate() for _ in range(2))
        self._in_jacobian = False
        face = forms.counter_dofs[IONIC] if forms.kinetic else np.empty(0, dtype=np.int32)
        nodes = face // forms.unknown.function_space.dofmap.index_map_bs
        self._face = nodes[nodes < n]
        self._face_slopes: FloatArray = np.zeros(len(self._face))  # j_c′ over their parts of it

    @property
    def dimension(self) -> int:
        """2 or 3."""
        return int(self._forms.unknown.function_space.mesh.geometry.dim)

    def create_matrix(self) -> PETSc.Mat:
        """A matrix for the Jacobian."""
        P = self._K.duplicate()
        P.setOption(PETSc.Mat.Option.KEEP_NONZERO_PATTERN, True)
        P.setOption(PETSc.Mat.Option.NO_OFF_PROC_ENTRIES, True)
        return P

    def prepare(self) -> None:
        """Assemble conduction; the active nodes have been found."""
        self._conduction.assemble()
        self._K.getDiagonal(self._own)
        self._forms.assemble_contacts(self._g)
        self._rest.set(0.0)
        self._forms.add_rest(self._rest, self._work)
        self._in_jacobian = False

    def conduct(self, x: PETSc.Vec, b: PETSc.Vec) -> None:
        """Put K x into `b` (collective)."""
        self._K.mult(x, b)

    def residual(self, b: PETSc.Vec) -> None:
        """Put the residual at the present unknown into `b`, rows of the electrodes included."""
        self.conduct(self._forms.unknown.x.petsc_vec, b)
        b.axpy(-float(self._forms.voltage.value), self._g)
        b.axpy(1.0, self._rest)
        for current, slope in self._forms.kinetic:
            compat.assemble_vector(self._work, current)
            b.axpy(1.0, self._work)
            compat.assemble_vector(self._work, slope)
            self._face_slopes = self.by_nodes(self._work.array_r)[self._face, IONIC]
        charge, self.slopes = self.reaction.charge()
        self.by_nodes(b.array)[:] += SIGNS * charge[:, None]

    def jacobian(self, P: PETSc.Mat) -> None:
        """Put the Jacobian at the unknown of the last residual into `P`, with its conditions."""
        with event(ASSEMBLY):
            if not self._in_jacobian:
                self._K.copy(P, structure=PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
                P.zeroRowsColumnsLocal(self._fixed, 1.0)
                P.getDiagonal(self._diagonal)
                self._in_jacobian = True
            nodes = np.union1d(self.reaction.nodes, self._face).astype(np.int32)
            P.setValuesBlockedLocalIJV(
                self._row_starts[: len(nodes) + 1], nodes, self._blocks(nodes), rowmap=nodes
            )
            P.assemble()

    def _blocks(self, nodes: npt.NDArray[np.int32]) -> FloatArray:
        """The Jacobian's block of each of these nodes, rows and columns that are fixed left out."""
        slopes, free = self.slopes[nodes], self._free[nodes]
        blocks = SIGNS[:, None] * slopes[:, None, :]
        blocks *= free[:, :, None] * free[:, None, :]
        own = np.arange(len(SIGNS))
        blocks[:, own, own] += self.by_nodes(self._diagonal.array_r)[nodes]
        blocks[:, IONIC, IONIC] += self._slopes_at(nodes)
        return blocks

    def _slopes_at(self, nodes: Numbers) -> FloatArray:
        """(n,) j_c′ of the counter electrode at these nodes [S, in 2-D S/m]."""
        every = np.zeros(len(self._free))
        every[self._face] = self._face_slopes
        return every[nodes]

    def by_nodes(self, values: FloatArray) -> FloatArray:
        """(n_owned, 2) view of a vector of the balances."""
        return values.reshape(len(self._free), -1)

    def free(self, nodes: Numbers) -> Numbers:
        """Those of these nodes of this rank where no φ is fixed."""
        return nodes[self._free[nodes].all(axis=1)]

    def conductances(self, nodes: Numbers) -> FloatArray:
        """(n, 2) conductance of both potentials of each node to all others [S, in 2-D S/m]."""
        values: FloatArray = self.by_nodes(self._own.array_r)[nodes].copy()
        values[:, IONIC] += self._slopes_at(nodes)
        return values

    def nodes_within(self, nodes: Numbers, layers: int, most: int) -> Numbers:
        """Nodes of this rank within so many cells, ascending, without those where a φ is fixed.

        Args:
            nodes: (n,) of this rank.
            layers: of cells around them.
            most: no layer is added that would make them more than this.
        """
        K, found = self._K.getDiagonalBlock(), nodes
        for _ in range(layers):
            grown = self._unknowns_of(found)
            K.increaseOverlap(grown, 1)
            wider = np.unique(grown.indices // self._free.shape[1]).astype(np.int32)
            grown.destroy()
            if len(wider) > most:
                break
            found = wider
        return self.free(found)

    def submatrix(self, nodes: Numbers) -> csr_array:
        """Conduction among the potentials of `nodes` of this rank, in their order."""
        chosen = self._unknowns_of(nodes)
        K = self._K.getDiagonalBlock().createSubMatrix(chosen, chosen)
        starts, columns, values = K.getValuesCSR()
        K.destroy()
        chosen.destroy()
        among = csr_array((values, columns, starts), shape=(self._free[nodes].size,) * 2)
        if not self._forms.kinetic:
            return among
        slopes = np.zeros(self._free[nodes].shape)
        slopes[:, IONIC] = self._slopes_at(nodes)
        return csr_array(among + diags_array(slopes.ravel()))

    def _unknowns_of(self, nodes: Numbers) -> PETSc.IS:
        """Numbers, on this rank, of the potentials at its `nodes`; the caller destroys them."""
        numbers = np.arange(self._free.size, dtype=PETSc.IntType).reshape(self._free.shape)
        return PETSc.IS().createGeneral(numbers[nodes].ravel(), comm=PETSc.COMM_SELF)

    def destroy(self) -> None:
        """Free the PETSc objects (collective)."""
        self._K.destroy()
        self._diagonal.destroy()
        self._own.destroy()
        for vector in (self._g, self._rest, self._work):
            vector.destroy()
