"""Mechanical equilibrium of a cell as forms, and the three parts of its force on lithium."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import ufl
from dolfinx import fem

from dendrolith.physics import elasticity
from dendrolith.physics.elasticity import FIXED_GAP, STRESS_FREE_INITIALLY, Elasticity
from dendrolith.physics.interpolation import Expr, interpolation_prime, lithium_fraction
from dendrolith.studies.plating.boundary import clamps, dofs_on
from dendrolith.studies.plating.nodal_stress import NodalStress

if TYPE_CHECKING:
    from dendrolith.studies.plating.cell import Cell

EIGENSTRAIN, ELECTROLYTE_MODULUS, PORE_MODULUS = (
    "eigenstrain",
    "electrolyte_modulus",
    "pore_modulus",
)


class Mechanics:
    """Forms at the lithium and pores for which the stress was solved.

    With the present lithium instead, an eigenstrain that has moved on since the last solve would
    meet a strain that has not, and pressure would look stronger than it is.

    Attributes:
        residual, stiffness, bcs: equilibrium on `state.u`.
        platen: x-displacement of the right side [m]; used with a fixed gap alone.
        fixed_gap: the right side is held by the platen.
        stress: σ [Pa], 3×3.
        energy_density: f_elas [J/m³].
        force_parts: ∂f_elas/∂ξ [J/m³] by eigenstrain and by the moduli of electrolyte and pore.
        pressure_along_x: −σ_xx [Pa]; its mean is the stack pressure.
        solved: grows whenever the stress is another one.
        interface: h′; the integral of a part over that of this is ∂f_elas/∂h [J/m³].
    """

    def __init__(self, cell: Cell, parameters: Elasticity) -> None:
        self._cell, self.parameters, self.solved = cell, parameters, 0
        state = cell.state
        chosen = cell.config.elasticity
        assert chosen is not None
        self.fixed_gap = chosen.right == FIXED_GAP
        xi = [ufl.variable(state.xi_stressed) for _ in range(3)]
        strain = ufl.variable(elasticity.strain_tensor(state.u))
        self.energy_density = self._energy(strain, xi[0], xi[1], xi[2])
        self.stress = ufl.diff(self.energy_density, strain)
        self.force_parts = {
            name: ufl.diff(self.energy_density, variable)
            for name, variable in zip(
                (EIGENSTRAIN, ELECTROLYTE_MODULUS, PORE_MODULUS), xi, strict=True
            )
        }
        self._write_equilibrium()
        self.pressure_along_x = -self.stress[0, 0]
        self.interface = interpolation_prime(state.xi_stressed)

    def _energy(self, strain: Expr, xi_eigen: Expr, xi_solid: Expr, xi_pore: Expr) -> Expr:
        """f_elas with ξ apart in eigenstrain and moduli [J/m³]."""
        cell, state = self._cell, self._cell.state
        phases = [
            elasticity.lame_parameters(phase.young_modulus, phase.poisson_ratio)
            for phase in cell.materials.values()
        ]
        first, second = (
            elasticity.stiffness(xi_solid, xi_pore, state.rho_stressed, *moduli)
            for moduli in zip(*phases, strict=True)
        )
        fraction = lithium_fraction(xi_eigen)
        if self.parameters.stress_free == STRESS_FREE_INITIALLY:
            fraction = fraction - lithium_fraction(state.xi_initial)
        return self.parameters.energy(strain, fraction, lame_lambda=first, lame_mu=second)

    def _write_equilibrium(self) -> None:
        cell, state = self._cell, self._cell.state
        domain, sides = cell.cell_mesh.mesh, cell.cell_mesh
        v = ufl.TestFunction(state.vector_space)
        normal = ufl.FacetNormal(domain)
        residual = ufl.derivative(self.energy_density * cell.dx, state.u, v)
        self.bcs = clamps(state.vector_space, sides, self.parameters.sides)
        self.platen = fem.Constant(domain, 0.0)
        if self.fixed_gap:
            along = state.vector_space.sub(0)
            self.bcs.append(fem.dirichletbc(self.platen, dofs_on(along, sides, "right"), along))
        else:
            traction = -self.parameters.pressure * normal
            residual -= ufl.dot(traction, v) * cell.ds(cell.cell_mesh.boundaries["right"])
        self.residual = fem.form(residual)
        self.stiffness = fem.form(ufl.derivative(residual, state.u))

    @cached_property
    def nodal(self) -> NodalStress:
        """Stress at the nodes."""
        return NodalStress(self._cell, self)

    @cached_property
    def mean_stress(self) -> fem.Form:
        """−∫σ_xx [N m, in 2-D N]: stack pressure times volume."""
        return fem.form(self.pressure_along_x * self._cell.dx)

    def force(self) -> Expr:
        """χ_m ∂f_elas/∂ξ, of the parts that are switched on [J/m³]."""
        chosen = self._cell.config.elasticity
        assert chosen is not None
        switches = {
            EIGENSTRAIN: chosen.eigenstrain_part,
            ELECTROLYTE_MODULUS: chosen.electrolyte_modulus_part,
            PORE_MODULUS: chosen.pore_modulus_part,
        }
        domain = self._cell.cell_mesh.mesh
        return self.parameters.stress_coupling * sum(
            fem.Constant(domain, float(switches[name])) * part
            for name, part in self.force_parts.items()
        )
