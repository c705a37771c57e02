"""The matrices of which the response of a cell to a small signal is a sum.

Between metal and electrolyte each node carries a part of the reacting surface, ∫ a ψ|∇m| v. That of
a flat front is its area, whatever its profile and wherever it lies between the nodes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.parallel import integral
from dendrolith.domain.domain import Domain
from dendrolith.physics import electronic_potential, ionic_potential
from dendrolith.physics.interpolation import Expr
from dendrolith.studies.plating.assembly import SIGNS
from dendrolith.studies.plating.boundary import dofs_on
from dendrolith.studies.plating.conduction import KINDS, room_for_conduction
from dendrolith.studies.plating.fields import ELECTRONIC, IONIC
from dendrolith.studies.plating.laws import Laws

FloatArray = npt.NDArray[np.float64]
CONDUCTION, DOUBLE_LAYER, DIELECTRIC, COUNTER = range(4)
# S/m² of a contact that shows beside any conduction: it couples nodes that conduction does not,
# across the diagonals of the counter electrode's triangles.
ROOMY = 1e5


@dataclass(frozen=True, slots=True)
class Term:
    """A part of the response, for its factor 1.

    Attributes:
        matrix: M; rows and columns that ideal contacts fix are empty but for a diagonal.
        right_side: (n_owned,) r.
        constant: c, on all ranks.
    """

    matrix: PETSc.Mat
    right_side: FloatArray
    constant: float


def reacting_surface(laws: Laws) -> FloatArray:
    """(n_owned,) a ∫ψ|∇m|v of each node [m², in 2-D m] (collective).

    What plates into openings of cracks reacts as well.
    """
    f = laws.f
    m = fem.Function(f.scalar_space)
    m.interpolate(_nodal(laws, laws.lithium.fraction(f.xi)))
    slope, v = ufl.grad(m), ufl.TestFunction(f.scalar_space)
    form = fem.form(f.open_part * ufl.sqrt(ufl.inner(slope, slope)) * v * laws.m.dx)
    surface = compat.create_vector(form)
    compat.assemble_vector(surface, form)
    access = f.access.x.array + sum(openings.plates.x.array for openings in laws.openings)
    own: FloatArray = surface.array_r * access[: surface.getLocalSize()]
    surface.destroy()
    return own


def standing_conductance(laws: Laws) -> FloatArray:
    """(n_owned,) i₀B′/(1 + x/l_k) at the nodes [S/m²]."""
    f = laws.f
    along = ufl.as_vector([float(k == ELECTRONIC) for k in range(f.components)])
    slope = fem.Function(f.scalar_space)
    current = laws.transferred_at_rest(f.xi, f.phi)
    slope.interpolate(_nodal(laws, ufl.derivative(current, f.phi, along)))
    own: FloatArray = slope.x.array[: f.scalar_space.dofmap.index_map.size_local].copy()
    return own


def _nodal(laws: Laws, value: Expr) -> fem.Expression:
    return fem.Expression(value, compat.interpolation_points(laws.f.scalar_space))


def make_terms(
    laws: Laws,
    domain: Domain,
    surface: FloatArray,
    resistances: Mapping[int, float],
    ideal: Sequence[int],
) -> dict[int, Term]:
    """The terms, all with the pattern of conduction and a block at each node (collective).

    Args:
        laws: their fields are those of an accepted step.
        domain: mesh and its sides.
        surface: (n_owned,) that reacts at the nodes [m², in 2-D m].
        resistances: of the counter electrode, by component of φ [Ω m²].
        ideal: components of φ that the counter electrode holds.
    """
    space = laws.f.phi.function_space
    right = laws.m.contacts_of_side(domain.boundaries["right"])
    u, test = ufl.TrialFunction(space), ufl.TestFunction(space)
    one, none = (fem.Constant(domain.mesh, value) for value in (1.0, 0.0))
    conduct = _conduction(laws, u, test) * laws.m.dx
    ions = ionic_potential.contact(u[IONIC], test[IONIC], conductance=one)
    electrons = electronic_potential.contact(u[ELECTRONIC], test[ELECTRONIC], conductance=one)
    somewhere = conduct + ROOMY * (ions + electrons) * right
    room = room_for_conduction(fem.form(somewhere), laws.f.xi, every_edge=bool(laws.tensors))
    make = _TermMaker(laws, domain, room, ideal)
    G = none
    if ELECTRONIC not in ideal:
        m, tau = laws.lithium.fraction(laws.f.xi), math.prod(laws.contact_growth)
        share = electronic_potential.contact_share(m, tau)
        G = fem.Constant(domain.mesh, 1 / resistances[ELECTRONIC]) * share
    conduct += electronic_potential.contact(u[ELECTRONIC], test[ELECTRONIC], conductance=G) * right
    dielectric = ionic_potential.conduction(u[IONIC], test[IONIC], sigma_ion=one)
    between = surface * standing_conductance(laws)
    terms = {
        CONDUCTION: make(conduct, G, ELECTRONIC, between, diagonal=1.0),
        DOUBLE_LAYER: make(none * ions * right, none, IONIC, surface),
        DIELECTRIC: make(dielectric * laws.m.dx, none, IONIC),
    }
    if IONIC not in ideal:
        terms[COUNTER] = make(ions * right, one, IONIC)
    make.destroy()
    return terms


def _conduction(laws: Laws, u: Expr, test: Expr) -> Expr:
    """Both conductions at the present lithium."""
    sigma_el, sigma_ion = (laws.conductivity(name, laws.f.xi) for name in KINDS)
    return electronic_potential.conduction(
        u[ELECTRONIC], test[ELECTRONIC], sigma_el=sigma_el
    ) + ionic_potential.conduction(u[IONIC], test[IONIC], sigma_ion=sigma_ion)


class _TermMaker:
    """Makes terms of one pattern; ideal contacts go from the matrix to right side and constant."""

    def __init__(self, laws: Laws, domain: Domain, room: PETSc.Mat, ideal: Sequence[int]) -> None:
        space = laws.f.phi.function_space
        self._room = room
        self._right = laws.m.contacts_of_side(domain.boundaries["right"])
        self._space, self._lift = space, fem.Function(space)
        held = [dofs_on(space.sub(ELECTRONIC), domain, "left")]
        for kind in ideal:
            held.append(dofs_on(space.sub(kind), domain, "right"))
            self._lift.x.array[held[-1]] = 1.0
        every, owned = np.concatenate(held), room.getLocalSize()[0]
        self._held = np.unique(every[every < owned]).astype(np.int32)
        self._image = room.createVecLeft()

    def __call__(
        self,
        matrix: Expr,
        contact: Expr,
        kind: int,
        between: FloatArray | None = None,
        diagonal: float = 0.0,
    ) -> Term:
        """A term (collective).

        Args:
            matrix: bilinear form.
            contact: conductance that ties a potential to the counter electrode [S/m²].
            kind: component of φ of that potential.
            between: (n_owned,) what ties the potentials of each node to each other.
            diagonal: of the rows that are held.
        """
        M = self._room.duplicate()
        M.setOption(PETSc.Mat.Option.KEEP_NONZERO_PATTERN, True)
        compat.assemble_matrix(M, fem.form(matrix))
        if between is not None:
            _tie(M, between)
        form = fem.form(contact * ufl.TestFunction(self._space)[kind] * self._right)
        vector = compat.create_vector(form)
        compat.assemble_vector(vector, form)
        lift, image = self._lift.x.petsc_vec, self._image
        M.mult(lift, image)
        constant = integral(fem.form(contact * self._right))
        constant += float(lift.dot(image)) - 2 * float(lift.dot(vector))
        right_side = vector.array_r - image.array_r
        right_side[self._held] = 0.0
        M.zeroRowsColumnsLocal(self._held, diagonal)
        vector.destroy()
        return Term(M, right_side, constant)

    def destroy(self) -> None:
        """Free the PETSc objects (collective)."""
        self._image.destroy()
        self._room.destroy()


def _tie(M: PETSc.Mat, between: FloatArray) -> None:
    """Add to `M` what lies between the two potentials of each node."""
    nodes = np.arange(len(between), dtype=np.int32)
    blocks = between[:, None, None] * (SIGNS[:, None] * SIGNS)
    starts = np.arange(len(between) + 1, dtype=np.int32)
    M.setValuesBlockedLocalIJV(starts, nodes, blocks, addv=True, rowmap=nodes)
    M.assemble()
