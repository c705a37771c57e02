"""Charge balances, and the anions of a binary electrolyte, as forms on one blocked function."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property

import ufl
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.parallel import integral
from dendrolith.domain.domain import Domain
from dendrolith.physics import electronic_potential, ionic_potential
from dendrolith.physics.interpolation import Expr
from dendrolith.studies.plating.boundary import dofs_on
from dendrolith.studies.plating.equations import Equations
from dendrolith.studies.plating.fields import ELECTRONIC, IONIC
from dendrolith.studies.plating.laws import Laws

WHAT = "the balance of ionic and electronic charge"
ROUND_OFF, EPSILON = 1e-13, 4e-16  # of a current that a voltage carries, of a voltage
MOST_ITERATIONS = 100  # of Newton's method: from far out one takes RT/(αF) off
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
        xi: lithium that touches the counter electrode; it stands still while a balance is solved.
        equations: written on `unknown`.
        plating: i, what the reaction transfers [A/m³].
        more: further residual terms on the same function.

    Attributes:
        unknown: as given.
        bcs: collector at zero, ideal contacts, c = 1 at the counter electrode.
        contact_loss: less the current through each resistive contact of the counter electrode.
        contact_conductance: ∫ Σ_k G_k ds [S, in 2-D S/m].
        kinetic: (−∫ j_c v, ∫ j_c′ v) of a contact with Butler–Volmer kinetics; empty: all linear.
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
        xi: fem.Function,
        equations: Equations,
        plating: Expr,
        more: Expr = 0,
    ) -> None:
        self._laws, self._domain, self.unknown = laws, domain, unknown
        self.voltage, self.area = laws.voltage, domain.area("right")
        contacts = self._contacts(resistances, xi)
        self._conduction, self._linear_contacts = equations.conduction + contacts, contacts
        self._residual = self._conduction + equations.reaction + self._faradaic + more
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
    def contact_matrices(self) -> list[fem.Form]:
        """The part of that which linear contacts contribute; empty where none is resistive."""
        if not self._linear_contacts:
            return []
        return [fem.form(ufl.derivative(self._linear_contacts, self.unknown))]

    @cached_property
    def plated(self) -> fem.Form:
        """∫ i [A, in 2-D A/m]."""
        return fem.form(self._plating * self._laws.m.nodes)

    @cached_property
    def ionic_flow(self) -> fem.Form:
        """∫ j_c v over the counter electrode, in the rows of the ions [A, in 2-D A/m]."""
        return fem.form(self._ionic_flow)

    def assemble_contacts(self, g: PETSc.Vec) -> None:
        """Put Σ_k ∫ G_k v_k ds of the linear contacts, at the present lithium, into `g`."""
        compat.assemble_vector(g, self._contact_vector)

    def add_slopes(self, g: PETSc.Vec, work: PETSc.Vec) -> None:
        """Add ∫ j_c′ v ds at the present potentials to `g`, by way of `work`; nothing if linear."""
        for _, slope in self.kinetic:
            compat.assemble_vector(work, slope)
            g.axpy(1.0, work)

    def add_rest(self, b: PETSc.Vec, work: PETSc.Vec) -> None:
        """Add Σ_k ∫ G_k U_k v_k ds to `b`, by way of `work`: nothing where no lithium is stored."""
        for vector in self._rest_vectors:
            compat.assemble_vector(work, vector)
            b.axpy(1.0, work)

    @property
    def rest_current(self) -> float:
        """Σ_k ∫ G_k U_k ds [A, in 2-D A/m] (collective)."""
        return sum(integral(form) for form in self._rest_currents)

    def _contacts(self, resistances: Mapping[int, float], xi: fem.Function) -> Expr:
        """Resistive contacts of the counter electrode: terms, losses and conductances."""
        test, mesh = ufl.TestFunction(self.unknown.function_space), self._domain.mesh
        right = self._laws.m.contacts_of_side(self._domain.boundaries["right"])
        m, tau = self._laws.lithium.fraction(xi), math.prod(self._laws.contact_growth)
        shares = {ELECTRONIC: electronic_potential.contact_share(m, tau)}
        none = fem.Constant(mesh, 0.0)
        rest = {ELECTRONIC: [], IONIC: self._laws.stored}
        self._rest_vectors, self._rest_currents = list[fem.Form](), list[fem.Form]()
        self.contact_loss: dict[int, fem.Form] = {}
        terms, vector, total = 0, none * test[ELECTRONIC] * right, none * right
        self._ionic_flow: Expr = none * test[IONIC] * right
        total += self._kinetics_of_counter()
        for kind, contact in CONTACTS.items():
            if kind not in self.contact_loss and resistances[kind] > 0:
                G = fem.Constant(mesh, 1 / resistances[kind]) * shares.get(kind, 1.0)
                potential = self.unknown[kind] - self.voltage
                for U in rest[kind]:
                    potential += U
                    self._rest_vectors.append(fem.form(G * U * test[kind] * right))
                    self._rest_currents.append(fem.form(G * U * right))
                flow = contact(potential, test[kind], conductance=G) * right
                terms += flow
                if kind == IONIC:
                    self._ionic_flow = -flow
                self.contact_loss[kind] = fem.form(contact(potential, 1, conductance=G) * right)
                vector += G * test[kind] * right
                total += G * right
        self._contact_vector, self.contact_conductance = fem.form(vector), fem.form(total)
        return terms

    def _kinetics_of_counter(self) -> Expr:
        """The contact of the ions by Butler–Volmer kinetics; returns ∫ j_c′ ds, 0 if linear.

        It is evaluated at the vertices, where the potentials are.
        """
        test, laws = ufl.TestFunction(self.unknown.function_space), self._laws
        self.kinetic = list[tuple[fem.Form, fem.Form]]()
        self._faradaic, total = 0, 0
        face = laws.m.nodes_of_side(self._domain.boundaries["right"])
        for law, U in zip(laws.counter_kinetics, laws.stored, strict=False):
            eta = ufl.variable(self.voltage - self.unknown[IONIC] - U)
            j = law.exchange_current_density * law.net_stripping(eta, 1.0)
            slope = ufl.diff(j, eta)
            self._ionic_flow = j * test[IONIC] * face
            self._faradaic += -self._ionic_flow
            self.kinetic.append(
                (fem.form(-j * test[IONIC] * face), fem.form(slope * test[IONIC] * face))
            )
            self.contact_loss[IONIC] = fem.form(-j * face)
            total += slope * face
        return total

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

        I = Σ_k ∫ G_k (V − U_k − φ_k) ds over the counter electrode
        ⇒    V = (I + g·x + Σ_k ∫ G_k U_k ds) / Σ_k G_k A

    with g = Σ_k ∫ G_k v_k ds, and U_k = U(x) of the ions where lithium is stored, else 0. V follows
    from the potentials x, so the Jacobian of the balances gains −g gᵀ/Σ_k G_k A: it stays
    symmetric, and V is solved with the potentials, never lagged. With Butler–Volmer kinetics at the
    counter electrode the second line is one of Newton's method, and G of the ions is j_c′.

    Attributes:
        current: wanted total current [A, in 2-D A/m]; None: the voltage is given instead.
        g: the vector above.
        conductance: Σ_k G_k A [S, in 2-D S/m].
    """

    def __init__(self, balance: ChargeBalance) -> None:
        self.current: float | None = None
        assert balance.contact_loss, "a held current needs resistive contacts"
        self._balance = balance
        self.g, self._work = (balance.unknown.x.petsc_vec.duplicate() for _ in range(2))
        shape = ((self.g.getLocalSize(), None), (None, 1))
        self._column = PETSc.Mat().createDense(shape, comm=self.g.comm)
        self._column.setUp()
        self._weight = PETSc.Vec().createSeq(1)
        self.weigh()

    def follow_in(self, jacobian: PETSc.Mat) -> PETSc.Mat:
        """The Jacobian where the voltage follows from the potentials: − g gᵀ/ΣG with `weigh`."""
        return PETSc.Mat().createLRC(jacobian, self._column, self._weight, self._column)

    def weigh(self) -> None:
        """Take the contacts of the present lithium; g gᵀ weighs 0 where the voltage is given."""
        self._balance.assemble_contacts(self.g)
        self._balance.add_slopes(self.g, self._work)
        self.conductance = integral(self._balance.contact_conductance)
        self._rest = self._balance.rest_current
        self._column.getDenseArray()[:, 0] = self.g.array_r
        self._column.assemble()
        self._weight.set(0.0 if self.current is None else -1 / self.conductance)

    def follow(self, x: PETSc.Vec) -> None:
        """Set the voltage that belongs to the potentials `x` (collective)."""
        if self.current is None:
            return
        if self._balance.kinetic:
            self._solve(self.current)
            self.weigh()
        else:
            current = self.current + self._rest
            self._balance.voltage.value = (current + self.g.dot(x)) / self.conductance

    def _solve(self, current: float) -> None:
        """Newton's method for V, at the potentials of the balance; NaN where there is none.

        I rises with V, so there is one zero. Not a number makes the step fail, as it should.
        """
        voltage, forms = self._balance.voltage, self._balance.contact_loss.values()
        for _ in range(MOST_ITERATIONS):
            losses = [integral(form) for form in forms]
            excess, slope = current + sum(losses), integral(self._balance.contact_conductance)
            floor = slope * EPSILON * (1 + abs(float(voltage.value)))  # of V less φ
            if abs(excess) <= max(ROUND_OFF * (abs(current) + sum(map(abs, losses))), floor):
                return
            voltage.value = float(voltage.value) + excess / slope
        voltage.value = math.nan

    def destroy(self) -> None:
        """Free the PETSc objects (collective)."""
        for thing in (self._column, self._weight, self.g, self._work):
            thing.destroy()


def passing_current(full: PETSc.Vec, free: PETSc.Vec) -> float:
    """Current through the collector: what the balance leaves over in the rows that are fixed.

    Args:
        full: residual, rows of the electrodes included [A, in 2-D A/m].
        free: the same without them.
    """
    return float(full.strideSum(ELECTRONIC) - free.strideSum(ELECTRONIC))
