"""Mechanical equilibrium of a cell as forms, and the three parts of its force on lithium."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import ufl
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core.parallel import integral
from dendrolith.domain.domain import Domain
from dendrolith.fields.bind import bind
from dendrolith.fields.measures import Measures
from dendrolith.physics import elasticity
from dendrolith.physics.elasticity import FIXED_GAP, FRAME, STRESS_FREE_INITIALLY, Elasticity
from dendrolith.physics.fracture import Solid
from dendrolith.physics.interpolation import (
    Expr,
    interpolation_prime,
    lithium_fraction,
    solid_fraction,
)
from dendrolith.physics.phases import Phase
from dendrolith.studies.plating.boundary import clamps, dofs_on
from dendrolith.studies.plating.fields import PlatingFields
from dendrolith.studies.plating.nodal_stress import NodalStress

EIGENSTRAIN, ELECTROLYTE_MODULUS, PORE_MODULUS = (
    "eigenstrain",
    "electrolyte_modulus",
    "pore_modulus",
)


@dataclass(frozen=True, slots=True)
class FrameSpring:
    """The springs of a frame on the right side.

    Attributes:
        stiffness: k_f [Pa/m]; 0 until the frame is locked.
        offset: what is added to the displacement u_x [m].
        way: mean of u_x over the side.
    """

    stiffness: fem.Constant
    offset: fem.Constant
    way: fem.Form

    @property
    def mean_way(self) -> float:
        """Mean u_x of the side [m] (collective)."""
        return integral(self.way)


class Mechanics:
    """Forms at the lithium and pores for which the stress was solved.

    With the present lithium instead, an eigenstrain that has moved on since the last solve would
    meet a strain that has not, and pressure would look stronger than it is.

    Args:
        f: fields, of which ξ and ρ as last solved for count here.
        domain: mesh and its sides.
        m: measures.
        phases: lithium, electrolyte and pore, bound.
        chosen: parameters, not bound.
        of_phases: a property in each phase, by name of the property, then of the phase.

    Attributes:
        parameters: bound; `chosen`: not bound.
        balance: weak form of ∇·σ = 0 on `f.u`.
        residual, stiffness, bcs: the same compiled, and its supports.
        platen: x-displacement of the right side [m]; used with a fixed gap alone.
        fixed_gap: the right side is held by the platen.
        frames: the springs of a frame that holds it; empty without.
        right_area: area of that side [m², in 2-D m].
        stress: σ [Pa], 3×3.
        energy_density: f_elas [J/m³].
        force_parts: ∂f_elas/∂ξ [J/m³] by eigenstrain and by the moduli of electrolyte and pore.
        pressure_along_x: −σ_xx [Pa]; its mean is the stack pressure.
        solved: grows whenever the stress is another one.
        interface: h′; the integral of a part over that of this is ∂f_elas/∂h [J/m³].
    """

    def __init__(
        self,
        f: PlatingFields,
        domain: Domain,
        m: Measures,
        phases: Mapping[str, Phase],
        chosen: Elasticity,
        of_phases: Callable[[str], Mapping[str, Expr]],
    ) -> None:
        self._f, self._domain, self._m, self._phases = f, domain, m, phases
        self._of_phases = of_phases
        self.chosen, self.parameters, self.solved = chosen, bind(chosen, domain.mesh), 0
        self.fixed_gap = chosen.right == FIXED_GAP
        self.frames: list[FrameSpring] = []
        self.right_area = domain.area("right")
        xi = [ufl.variable(f.xi_stressed) for _ in range(3)]
        strain = ufl.variable(elasticity.strain_tensor(f.u))
        self.energy_density = self._energy(strain, xi[0], xi[1], xi[2])
        self.stress = ufl.diff(self.energy_density, strain)
        parts = (EIGENSTRAIN, ELECTROLYTE_MODULUS, PORE_MODULUS)
        self.force_parts = {
            name: ufl.diff(self.energy_density, variable)
            for name, variable in zip(parts, xi, strict=True)
        }
        self._write_equilibrium()
        self.pressure_along_x = -self.stress[0, 0]
        self.interface = interpolation_prime(f.xi_stressed)

    def _energy(self, strain: Expr, xi_eigen: Expr, xi_solid: Expr, xi_pore: Expr) -> Expr:
        """f_elas with ξ apart in eigenstrain and moduli [J/m³]."""
        f = self._f
        E, nu = self._of_phases("young_modulus"), self._of_phases("poisson_ratio")
        lame = {name: elasticity.lame_parameters(E[name], nu[name]) for name in E}
        first, second = (
            elasticity.stiffness(
                xi_solid, xi_pore, f.rho_stressed, **{name: pair[k] for name, pair in lame.items()}
            )
            for k in range(2)
        )
        fraction = self._expanding(xi_eigen)
        return self.parameters.energy(strain, fraction, lame_lambda=first, lame_mu=second)

    def _expanding(self, xi: Expr) -> Expr:
        """The h that expands [1]."""
        fraction = lithium_fraction(xi)
        if self.parameters.stress_free == STRESS_FREE_INITIALLY:
            fraction = fraction - lithium_fraction(self._f.xi_initial)
        return fraction

    @property
    def opening_energy(self) -> Expr:
        """(1 − h) s ψ⁺ of the sound electrolyte at the stressed lithium and pores [J/m³]."""
        f, electrolyte = self._f, self._phases["electrolyte"]
        expansion = self.parameters.eigenstrain * self._expanding(f.xi_stressed)
        strain = elasticity.strain_tensor(f.u) - expansion * ufl.Identity(3)
        solid = Solid(electrolyte.young_modulus, electrolyte.poisson_ratio)
        opens = ufl.conditional(ufl.gt(ufl.tr(strain), 0), 1.0, 0.0)
        present = (1 - lithium_fraction(f.xi_stressed)) * solid_fraction(f.rho_stressed)
        return present * solid.energies(strain, opens)[0]

    def _write_equilibrium(self) -> None:
        u, sides = self._f.u, self._domain
        domain, space = sides.mesh, u.function_space
        v = ufl.TestFunction(space)
        normal = ufl.FacetNormal(domain)
        residual = ufl.derivative(self.energy_density * self._m.dx, u, v)
        self.bcs = clamps(space, sides, self.parameters.sides)
        self.platen = fem.Constant(domain, 0.0)
        if self.fixed_gap:
            along = space.sub(0)
            self.bcs.append(fem.dirichletbc(self.platen, dofs_on(along, sides, "right"), along))
        else:
            traction = -(self.parameters.pressure + self._frame(u)) * normal
            residual -= ufl.dot(traction, v) * self._m.ds(self._domain.boundaries["right"])
        self.balance = residual
        self.residual = fem.form(residual)
        self.stiffness = fem.form(ufl.derivative(residual, u))

    def _frame(self, u: fem.Function) -> Expr:
        """What a frame adds to the pressure: local springs, whose mean is a rigid one's [Pa]."""
        if self.chosen.right != FRAME:
            return 0.0
        side = self._m.ds(self._domain.boundaries["right"])
        stiffness, offset = (fem.Constant(u.function_space.mesh, 0.0) for _ in range(2))
        way = fem.form(u[0] / self.right_area * side)
        self.frames.append(FrameSpring(stiffness, offset, way))
        return stiffness * (u[0] + offset)

    def force_on_platen(
        self, response: fem.Function, present: Mapping[fem.Function, fem.Function]
    ) -> fem.Form:
        """∫σ:ε(w), force of the present lithium on the platen [N, in 2-D N/m].

        Args:
            response: w, displacement over that of the platen [1].
            present: fields of now for those that stress was solved for, beside ξ.
        """
        f = self._f
        energy = self._energy(elasticity.strain_tensor(f.u), f.xi, f.xi, f.xi)
        return fem.form(
            ufl.derivative(ufl.replace(energy, present) * self._m.dx, f.u, response),
        )

    @property
    def pressure(self) -> float:
        """Present stack pressure p [Pa]."""
        return float(self.parameters.pressure.value)  # type: ignore[attr-defined]

    @cached_property
    def mean_stress(self) -> fem.Form:
        """−∫σ_xx [N m, in 2-D N]: stack pressure times volume."""
        return fem.form(self.pressure_along_x * self._m.dx)

    def nodal(self, nodal_volume: PETSc.Vec) -> NodalStress:
        """Stress at the nodes, which own these volumes [m³, in 2-D m²]."""
        return NodalStress(self._f, self.stress, self._m, nodal_volume)

    def force(self) -> Expr:
        """χ_m ∂f_elas/∂ξ, of the parts that are switched on [J/m³]."""
        chosen = self.chosen
        switches = {
            EIGENSTRAIN: chosen.eigenstrain_part,
            ELECTROLYTE_MODULUS: chosen.electrolyte_modulus_part,
            PORE_MODULUS: chosen.pore_modulus_part,
        }
        domain = self._domain.mesh
        return self.parameters.stress_coupling * sum(
            fem.Constant(domain, float(switches[name])) * part
            for name, part in self.force_parts.items()
        )
