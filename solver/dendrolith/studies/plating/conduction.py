"""The matrix of conduction, assembled by DOLFINx or, where σ is a scalar, from edges."""

from __future__ import annotations

import dolfinx.fem.petsc as fem_petsc
import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from petsc4py import PETSc
from scipy.constants import golden
from scipy.sparse import csr_array

from dendrolith.core import compat
from dendrolith.core.parallel import all_agree
from dendrolith.core.profile import ASSEMBLY, event
from dendrolith.fields.cell_means import SIMPLICES
from dendrolith.fields.edge_conductances import EdgeConductances
from dendrolith.studies.plating.charge import ChargeBalance
from dendrolith.studies.plating.laws import Laws

FloatArray = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

ROUND_OFF = 1e-12  # of a row, against its diagonal
KINDS = ("electronic_conductivity", "ionic_conductivity")


class Conduction:
    """K of both potentials at fixed lithium, contacts of the counter electrode included.

    This is the general way: DOLFINx assembles the elements' matrices.

    Args:
        forms: the balances at fixed lithium.
        xi: the lithium that conducts.
        laws: of the cell.

    Attributes:
        forms: as given.
        K: with a block for each node; `assemble` fills it.
    """

    def __init__(self, forms: ChargeBalance, xi: fem.Function, laws: Laws) -> None:
        self.forms = forms
        self.K = room_for_conduction(forms.conductance, xi, every_edge=bool(laws.tensors))

    def assemble(self) -> None:
        """Fill K at the present lithium (collective)."""
        compat.assemble_matrix(self.K, self.forms.conductance)


class EdgeConduction(Conduction):
    """K from the conductances of edges: in a quarter of the time, equal to round-off.

    Args:
        forms, xi: as above.
        laws: of the cell; their conductivities are scalars, the mesh is one of simplices.
    """

    def __init__(self, forms: ChargeBalance, xi: fem.Function, laws: Laws) -> None:
        super().__init__(forms, xi, laws)
        sigma = [laws.conductivity(name, xi) for name in KINDS]
        space = laws.f.scalar_space
        constants = fem.functionspace(space.mesh, ("DG", 0, (len(sigma),)))
        q = ufl.TestFunction(constants)
        self._integrals = fem.form(ufl.inner(ufl.as_vector(sigma), q) * laws.m.dx)
        self._of_cells = compat.create_vector(self._integrals)
        self._edges = EdgeConductances(space)
        self._pattern(len(sigma))

    def _pattern(self, kinds: int) -> None:
        """Rows and columns of what one rank adds, and where the values are to be found."""
        (first, second), n = self._edges.edges, self._edges.count
        own = _unknowns(np.arange(n), kinds)
        first_unknowns, second_unknowns = _unknowns(first, kinds), _unknowns(second, kinds)
        rows = np.concatenate([first_unknowns, second_unknowns, own])
        columns = np.concatenate([second_unknowns, first_unknowns, own])
        self._order = np.lexsort((columns, rows))
        starts = np.searchsorted(rows[self._order], np.arange(n * kinds + 1))
        self._starts = starts.astype(PETSc.IntType)
        self._columns = columns[self._order].astype(PETSc.IntType)
        ends, edges = np.concatenate([first, second]), np.tile(np.arange(len(first)), 2)
        self._meeting = csr_array((np.ones(len(ends)), (ends, edges)), shape=(n, len(first)))

    def assemble(self) -> None:
        """Fill K at the present lithium (collective)."""
        with event(ASSEMBLY):
            compat.assemble_vector(self._of_cells, self._integrals)
            G = self._edges(self._of_cells.array_r.reshape(-1, len(KINDS)))
            values = np.concatenate([-G, -G, self._meeting @ G]).ravel()[self._order]
            self.K.zeroEntries()
            add = PETSc.InsertMode.ADD_VALUES
            self.K.setValuesLocalIJV(self._starts, self._columns, values, addv=add)
            for contacts in self.forms.contact_matrices:
                fem_petsc.assemble_matrix(self.K, contacts)
            self.K.assemble()


def _unknowns(nodes: Numbers, kinds: int) -> Numbers:
    """Numbers of the potentials of these nodes, one kind after another at each."""
    numbers: Numbers = (nodes[:, None] * kinds + np.arange(kinds)).ravel()
    return numbers


def conduction_of(forms: ChargeBalance, laws: Laws) -> Conduction:
    """Conduction of a cell with the lithium of the middle, from edges where σ and mesh allow it."""
    simplices = laws.f.state.domain.topology.cell_name() in SIMPLICES
    if laws.tensors or not simplices:
        return Conduction(forms, laws.f.xi_middle, laws)
    return EdgeConduction(forms, laws.f.xi_middle, laws)


def room_for_conduction(conductance: fem.Form, xi: fem.Function, *, every_edge: bool) -> PETSc.Mat:
    """An empty matrix with room for what conducts.

    Where σ is a scalar the edge opposite to a right angle never does. Cells that all conduct
    differently tell that from currents that happen to cancel. Where σ is a tensor such an edge
    conducts, and the metal of those cells would hide how little a boundary of grains does.

    Args:
        conductance: bilinear form.
        xi: the lithium that conducts; left as it is.
        every_edge: there is room for all of them.
    """
    full, present = compat.create_matrix(conductance), xi.x.array.copy()
    xi.x.array[:] = 0.1 + 0.8 * (np.arange(present.size) * golden % 1)
    compat.assemble_matrix(full, conductance)
    xi.x.array[:] = present
    K = uncoupled(full, every_edge=every_edge)
    full.destroy()
    return K


def uncoupled(A: PETSc.Mat, *, every_edge: bool = False) -> PETSc.Mat:
    """An empty matrix like `A` without its zeros, but with a block for each node (collective).

    What is added where it has no room is left out: round-off of edges opposite to right angles.

    Args:
        A: assembled, with as many unknowns a node as its block size.
        every_edge: zeros between like unknowns stay.

    Raises:
        ValueError: unlike unknowns of unlike nodes meet.
    """
    starts, columns, values = A.getValuesCSR()
    unknowns, (first, last) = A.getBlockSize(), A.getOwnershipRange()
    rows = np.repeat(np.arange(first, last), np.diff(starts))
    alike, at_home = rows % unknowns == columns % unknowns, rows // unknowns == columns // unknowns
    there = np.abs(values) > ROUND_OFF * A.getDiagonal().array_r[rows - first]
    if not all_agree(A.comm.tompi4py(), not (there & ~alike & ~at_home).any()):
        raise ValueError("potentials of different kinds meet between nodes")
    kept = at_home | (alike & (there | every_edge))
    starts = np.append(0, np.cumsum(kept))[starts].astype(starts.dtype)
    csr = (starts, columns[kept], np.zeros(np.count_nonzero(kept)))
    B = PETSc.Mat().createAIJ(A.getSizes(), unknowns, csr=csr, comm=A.comm)
    B.setLGMap(*A.getLGMap())
    B.setOption(PETSc.Mat.Option.NEW_NONZERO_LOCATIONS, False)
    return B
