"""Charge balances, and the anions of a binary electrolyte, as forms on one blocked function."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import ufl
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.domain.domain import Domain
from dendrolith.physics import electronic_potential, ionic_potential
from dendrolith.physics.interpolation import Expr
from dendrolith.studies.plating.boundary import dofs_on
from dendrolith.studies.plating.equations import Equations
from dendrolith.studies.plating.fields import ELECTRONIC, IONIC
from dendrolith.studies.plating.laws import Laws

WHAT = "the balance of ionic and electronic charge"
CONTACTS = {ELECTRONIC: electronic_potential.contact, IONIC: ionic_potential.contact}


class ChargeBalance:
    """Balances of electrons and ions, and of anions where there are any; every row is a current.

    The potentials are relative to the collector, φ + V: metal on the anode is then near zero and
    the round-off of its large conductivity with it.

    Args:
        laws: supply properties, measures and the cell voltage.
        domain: mesh and its sides.
        resistances: area-specific contact resistance of the counter electrode for electrons and
            for ions, by component; 0: ideal [Ω m²].
        unknown: blocked P1 function (φ_el, φ_ion[, c][, more]).
        equations: written on it.
        plating: i, what the reaction transfers [A/m³].
        more: further residual terms on the same function.

    Attributes:
        unknown: as given.
        bcs: collector at zero, ideal contacts, c = 1 at the counter electrode.
        contact_loss: ∫ φ/R of each resistive contact of the counter electrode.
        contact_conductance: 1/R of each of them [S/m²].
        collector_dofs, counter_dofs: rows of the electrodes.
        voltage: V, as a constant of the forms [V].
        area: of the counter electrode [m², in 2-D m].
    """

    def __init__(
        self,
        laws: Laws,
        domain: Domain,
        resistances: Mapping[int, float],
        unknown: fem.Function,
        equations: Equations,
        plating: Expr,
        more: Expr = 0,
    ) -> None:
        self._laws, self._domain, self.unknown = laws, domain, unknown
        self.voltage, self.area = laws.voltage, domain.electrode_area
        self._conduction = equations.conduction + self._contacts(resistances)
        self._residual = self._conduction + equations.reaction + more
        self._plating = plating
        self._set_electrodes()

    @cached_property
    def residual(self) -> fem.Form:
        """All balances [A, in 2-D A/m]."""
        return fem.form(self._residual)

    @cached_property
    def jacobian(self) -> fem.Form:
        """Its derivative with respect to the unknown."""
        return fem.form(ufl.derivative(self._residual, self.unknown))

    @cached_property
    def conductance(self) -> fem.Form:
        """The part of the Jacobian that conduction and contacts contribute, without reaction."""
        return fem.form(ufl.derivative(self._conduction, self.unknown))

    @cached_property
    def plated(self) -> fem.Form:
        """∫ i [A, in 2-D A/m]."""
        return fem.form(self._plating * self._laws.m.nodes)

    def contact_vector(self) -> PETSc.Vec | None:
        """Σ_k ∫ G_k v_k ds over the counter electrode; None without a resistive contact."""
        if not self.contact_conductance:
            return None
        test = ufl.TestFunction(self.unknown.function_space)
        terms = sum(
            fem.Constant(self._domain.mesh, G)
            * test[kind]
            * self._laws.m.ds(self._domain.boundaries["right"])
            for kind, G in self.contact_conductance.items()
        )
        form = fem.form(terms)
        vector = compat.create_vector(form)
        compat.assemble_vector(vector, form)
        return vector

    def _contacts(self, resistances: Mapping[int, float]) -> Expr:
        """Resistive contacts of the counter electrode: terms, losses and conductances."""
        test = ufl.TestFunction(self.unknown.function_space)
        right = self._laws.m.ds(self._domain.boundaries["right"])
        self.contact_loss: dict[int, fem.Form] = {}
        self.contact_conductance: dict[int, float] = {}
        terms: Expr = 0
        for kind, contact in CONTACTS.items():
            if resistances[kind] > 0:
                G = fem.Constant(self._domain.mesh, 1 / resistances[kind])
                potential = self.unknown[kind] - self.voltage
                terms += contact(potential, test[kind], conductance=G) * right
                self.contact_loss[kind] = fem.form(contact(potential, 1, conductance=G) * right)
                self.contact_conductance[kind] = 1 / resistances[kind]
        return terms

    def _set_electrodes(self) -> None:
        space, mesh = self.unknown.function_space, self._domain.mesh
        self.collector_dofs = dofs_on(space.sub(ELECTRONIC), self._domain, "left")
        self.counter_dofs = {k: dofs_on(space.sub(k), self._domain, "right") for k in CONTACTS}
        zero = fem.Constant(mesh, 0.0)
        self.bcs = [fem.dirichletbc(zero, self.collector_dofs, space.sub(ELECTRONIC))]
        for kind in set(CONTACTS) - set(self.contact_loss):
            self.bcs.append(fem.dirichletbc(self.voltage, self.counter_dofs[kind], space.sub(kind)))
        for kind in self._laws.f.concentrations:
            dofs, one = dofs_on(space.sub(kind), self._domain, "right"), fem.Constant(mesh, 1.0)
            self.bcs.append(fem.dirichletbc(one, dofs, space.sub(kind)))


class CollectorVoltage:
    """The cell voltage as an unknown: the one at which the contacts carry a wanted total current.

        I = Σ_k ∫ G_k (V − φ_k) ds over the counter electrode    ⇒    V = (I + g·x) / Σ_k G_k A

    with g = Σ_k ∫ G_k v_k ds. V follows from the potentials x, so the Jacobian of the balances
    gains −g gᵀ/Σ_k G_k A: it stays symmetric, and V is solved with the potentials, never lagged.

    Attributes:
        current: wanted total current [A, in 2-D A/m]; None: the voltage is given instead.
        g: the vector above.
        conductance: Σ_k G_k A [S, in 2-D S/m].
    """

    def __init__(self, balance: ChargeBalance) -> None:
        self.current: float | None = None
        self._voltage = balance.voltage
        g = balance.contact_vector()
        assert g is not None, "a held current needs resistive contacts: checked with the input"
        self.g = g
        self.conductance = balance.area * sum(balance.contact_conductance.values())
        shape = ((g.getLocalSize(), None), (None, 1))
        self._column = PETSc.Mat().createDense(shape, comm=g.comm)
        self._column.setUp()
        self._column.getDenseArray()[:, 0] = g.array
        self._column.assemble()
        self._weight = PETSc.Vec().createSeq(1)

    def follow_in(self, jacobian: PETSc.Mat) -> PETSc.Mat:
        """The Jacobian where the voltage follows from the potentials: − g gᵀ/ΣG with `weigh`."""
        return PETSc.Mat().createLRC(jacobian, self._column, self._weight, self._column)

    def weigh(self) -> None:
        """Set the weight of g gᵀ in that Jacobian: 0 where the voltage is given."""
        self._weight.set(0.0 if self.current is None else -1 / self.conductance)

    def follow(self, x: PETSc.Vec) -> None:
        """Set the voltage that belongs to the potentials `x` (collective)."""
        if self.current is not None:
            self._voltage.value = (self.current + self.g.dot(x)) / self.conductance

    def destroy(self) -> None:
        """Free the PETSc objects (collective)."""
        for thing in (self._column, self._weight, self.g):
            thing.destroy()


def passing_current(full: PETSc.Vec, free: PETSc.Vec) -> float:
    """Current through the collector: what the balance leaves over in the rows that are fixed.

    Args:
        full: residual, rows of the electrodes included [A, in 2-D A/m].
        free: the same without them.
    """
    return float(full.strideSum(ELECTRONIC) - free.strideSum(ELECTRONIC))
