"""Charge balances, and the anions of a binary electrolyte, as forms on one blocked function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import ufl
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.fields.state import CONCENTRATION, ELECTRONIC, IONIC
from dendrolith.physics import electronic_potential, ionic_potential
from dendrolith.physics.interpolation import Expr
from dendrolith.physics.ion_transport import floored
from dendrolith.studies.plating.boundary import dofs_on

if TYPE_CHECKING:
    from dendrolith.studies.plating.cell import Cell


class ChargeBalance:
    """Balances of electrons and ions, and of anions where there are any; every row is a current.

    The potentials are relative to the collector, φ + V: metal on the anode is then near zero and
    the round-off of its large conductivity with it.

    Args:
        cell: supplies properties, measures and electrodes.
        unknown: blocked P1 function (φ_el, φ_ion[, c][, more]).
        xi: lithium that sets the conductivities [1].
        plating: i, what the reaction transfers [A/m³].
        c_rate: ∂c/∂t as a function of c [1/s]; used in a binary electrolyte.
        more: further residual terms on the same function.

    Attributes:
        unknown: as given.
        bcs: collector at zero, ideal contacts, c = 1 at the counter electrode.
        contact_loss: ∫ φ/R of each resistive contact of the counter electrode.
        collector_dofs, counter_dofs: rows of the electrodes.
    """

    def __init__(
        self,
        cell: Cell,
        unknown: fem.Function,
        *,
        xi: Expr,
        plating: Expr,
        c_rate: Callable[[Expr], Expr],
        more: Expr = 0,
    ) -> None:
        self._cell, self.unknown = cell, unknown
        test = ufl.TestFunction(unknown.function_space)
        phi_el, w, v = unknown[ELECTRONIC], test[ELECTRONIC], test[IONIC]
        sigma_el = cell.electronic_conductivity(xi)
        self._conduction = (
            electronic_potential.conduction(phi_el, w, sigma_el=sigma_el) * cell.dx
            + self._ions(test, xi, c_rate)
            + self._contacts(test)
        )
        reaction = electronic_potential.supply(w, plating=plating)
        reaction += ionic_potential.consumption(v, plating=plating)
        self._residual = self._conduction + reaction * cell.nodes + more
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
        return fem.form(self._plating * self._cell.nodes)

    def contact_vector(self) -> PETSc.Vec | None:
        """Σ_k ∫ G_k v_k ds over the counter electrode; None without a resistive contact."""
        if not self.contact_conductance:
            return None
        cell, test = self._cell, ufl.TestFunction(self.unknown.function_space)
        right = cell.ds(cell.cell_mesh.boundaries["right"])
        terms = sum(
            fem.Constant(cell.cell_mesh.mesh, G) * test[kind] * right
            for kind, G in self.contact_conductance.items()
        )
        form = fem.form(terms)
        vector = compat.create_vector(form)
        compat.assemble_vector(vector, form)
        return vector

    def _ions(self, test: Expr, xi: Expr, c_rate: Callable[[Expr], Expr]) -> Expr:
        cell, unknown = self._cell, self.unknown
        phi_ion, v = unknown[IONIC], test[IONIC]
        sigma_ion = cell.ionic_conductivity(xi)
        binary, T = cell.ion_transport, cell.kinetics.temperature
        if binary is None:
            return ionic_potential.conduction(phi_ion, v, sigma_ion=sigma_ion) * cell.dx
        c, q = unknown[CONCENTRATION], test[CONCENTRATION]
        return (
            ionic_potential.conduction(phi_ion, v, sigma_ion=sigma_ion * floored(c)) * cell.dx
            + binary.diffusion_current(c, v, sigma_ion=sigma_ion, T=T) * cell.dx
            + binary.anion_storage(c_rate(c), q) * cell.nodes
            + binary.anion_transport(c, phi_ion, q, sigma_ion=sigma_ion, T=T) * cell.dx
        )

    def _contacts(self, test: Expr) -> Expr:
        """Resistive contacts of the counter electrode: terms, losses and conductances."""
        cell, domain = self._cell, self._cell.cell_mesh.mesh
        right = cell.ds(cell.cell_mesh.boundaries["right"])
        self.contact_loss: dict[int, fem.Form] = {}
        self.contact_conductance: dict[int, float] = {}
        terms: Expr = 0
        for kind, (resistance, contact) in cell.contacts.items():
            if resistance > 0:
                G = fem.Constant(domain, 1 / resistance)
                potential = self.unknown[kind] - cell.cell_voltage
                terms += contact(potential, test[kind], conductance=G) * right
                self.contact_loss[kind] = fem.form(contact(potential, 1, conductance=G) * right)
                self.contact_conductance[kind] = 1 / resistance
        return terms

    def _set_electrodes(self) -> None:
        cell, space = self._cell, self.unknown.function_space
        domain, sides = cell.cell_mesh.mesh, cell.cell_mesh
        self.collector_dofs = dofs_on(space.sub(ELECTRONIC), sides, "left")
        self.counter_dofs = {k: dofs_on(space.sub(k), sides, "right") for k in cell.contacts}
        zero = fem.Constant(domain, 0.0)
        self.bcs = [fem.dirichletbc(zero, self.collector_dofs, space.sub(ELECTRONIC))]
        for kind in set(cell.contacts) - set(self.contact_loss):
            self.bcs.append(
                fem.dirichletbc(cell.cell_voltage, self.counter_dofs[kind], space.sub(kind))
            )
        if cell.ion_transport is not None:
            dofs = dofs_on(space.sub(CONCENTRATION), sides, "right")
            one = fem.Constant(domain, 1.0)
            self.bcs.append(fem.dirichletbc(one, dofs, space.sub(CONCENTRATION)))


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

    def __init__(self, balance: ChargeBalance, cell: Cell) -> None:
        self.current: float | None = None
        self._voltage = cell.cell_voltage
        g = balance.contact_vector()
        assert g is not None, "a held current needs resistive contacts: checked with the input"
        self.g = g
        self.conductance = cell.cell_mesh.electrode_area * sum(balance.contact_conductance.values())
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
        """Let that Jacobian know whether a current is held now."""
        self._weight.set(0.0 if self.current is None else -1 / self.conductance)

    def follow(self, x: PETSc.Vec) -> None:
        """Set the voltage that belongs to the potentials `x` (collective)."""
        if self.current is not None:
            self._voltage.value = (self.current + self.g.dot(x)) / self.conductance

    def destroy(self) -> None:
        """Free the PETSc objects (collective)."""
        for thing in (self._column, self._weight, self.g):
            thing.destroy()


@dataclass(frozen=True, slots=True)
class AssembledBalance:
    """A charge balance and its residual as last assembled, electrode rows included.

    Attributes:
        forms: the balance.
        vector: its residual [A, in 2-D A/m].
    """

    forms: ChargeBalance
    vector: PETSc.Vec
