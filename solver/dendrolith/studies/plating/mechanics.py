"""Mechanical equilibrium of a cell as forms, and the three parts of its force on lithium."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem, mesh
from petsc4py import PETSc

from dendrolith.core.parallel import integral
from dendrolith.domain.domain import Domain
from dendrolith.fields.bind import bind
from dendrolith.fields.cell_means import SIMPLICES, CellMeans
from dendrolith.fields.measures import Measures
from dendrolith.physics import elasticity
from dendrolith.physics.crack_access import opened
from dendrolith.physics.elasticity import FIXED_GAP, FRAME, STRESS_FREE_INITIALLY, Elasticity
from dendrolith.physics.fracture import Fracture, split_energies
from dendrolith.physics.interpolation import (
    Expr,
    interpolation_prime,
    lithium_fraction,
)
from dendrolith.studies.plating.boundary import clamps, dofs_on
from dendrolith.studies.plating.fields import PlatingFields
from dendrolith.studies.plating.nodal_stress import NodalStress

EIGENSTRAIN, ELECTROLYTE_MODULUS, PORE_MODULUS = (
    "eigenstrain",
    "electrolyte_modulus",
    "pore_modulus",
)


@dataclass(frozen=True, slots=True)
class Broken:
    """Damage of all that is solid, and what presses on its flanks.

    Attributes:
        law: of the damage, bound.
        d: damage [1].
        opens: 1 at corners of cells where the volume grows, else 0.
        pressures: of lithium in cracks [Pa]; empty without.
        carried: (n_local,) damage that an earlier run has left, at least [1]; empty without.
    """

    law: Fracture
    d: fem.Function
    opens: fem.Function
    pressures: list[fem.Function] = field(default_factory=list)
    carried: list[npt.NDArray[np.float64]] = field(default_factory=list)

    def density(self, strain: Expr, lame_lambda: Expr, lame_mu: Expr) -> Expr:
        """Energy g ψ⁺ + ψ⁻ of an elastic strain, 3×3 [J/m³]."""
        tensile, compressive = split_energies(strain, self.opens, lame_lambda, lame_mu)
        return self.law.degradation(self.d) * tensile + compressive

    def works(self, u: Expr, dx: ufl.Measure) -> list[Expr]:
        """−∫p u·∇d, of each of the pressures [J, in 2-D J/m]."""
        return [-p * ufl.inner(u, ufl.grad(self.d)) * dx for p in self.pressures]


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
        chosen: parameters, not bound.
        of_phases: a property in each phase, by name of the property, then of the phase.
        damages: what breaks it; empty: nothing does.

    Attributes:
        parameters: bound; `chosen`: not bound.
        balance: weak form of ∇·σ = 0 on `f.u`.
        residual, stiffness, bcs: the same compiled, and its supports.
        means: in the cells, of which both are made; empty: of the fields.
        platen: x-displacement of the right side [m]; used with a fixed gap alone.
        fixed_gap: the right side is held by the platen.
        frames: the springs of a frame that holds it; empty without.
        right_area: area of that side [m², in 2-D m].
        stress: σ [Pa], 3×3.
        energy_density: f_elas [J/m³].
        force_parts: ∂f_elas/∂ξ [J/m³] by eigenstrain and by the moduli of electrolyte and pore.
        pressure_along_x: −σ_xx [Pa].
        solved: grows whenever the stress is another one.
        interface: h′; the integral of a part over that of this is ∂f_elas/∂h [J/m³].
    """

    def __init__(
        self,
        f: PlatingFields,
        domain: Domain,
        m: Measures,
        chosen: Elasticity,
        of_phases: Callable[[str], Mapping[str, Expr]],
        damages: Sequence[Broken] = (),
    ) -> None:
        self._f, self._domain, self._m = f, domain, m
        self._of_phases, self._damages = of_phases, damages
        # where it breaks, stress and damage are those of one energy, summed over the vertices
        self._density_measure = m.nodes if damages else m.dx
        self.chosen, self.parameters, self.solved = chosen, bind(chosen, domain.mesh), 0
        self.fixed_gap = chosen.right == FIXED_GAP
        self.frames: list[FrameSpring] = []
        self.means: list[CellMeans] = []
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
        lame_lambda, lame_mu = self._lame(xi_solid, xi_pore)
        fraction = self._expanding(xi_eigen)
        energy = self.parameters.energy(strain, fraction, lame_lambda=lame_lambda, lame_mu=lame_mu)
        for broken in self._damages:
            energy = broken.density(self._elastic(strain, fraction), lame_lambda, lame_mu)
        return energy

    def _lame(self, xi_solid: Expr, xi_pore: Expr) -> tuple[Expr, Expr]:
        """λ and μ of the mixture [Pa]."""
        E, nu = self._of_phases("young_modulus"), self._of_phases("poisson_ratio")
        lame = {name: elasticity.lame_parameters(E[name], nu[name]) for name in E}
        lame_lambda, lame_mu = (
            elasticity.stiffness(
                xi_solid, xi_pore, self._f.rho_stressed, **{name: lame[name][k] for name in lame}
            )
            for k in range(2)
        )
        return lame_lambda, lame_mu

    def _expanding(self, xi: Expr) -> Expr:
        """The h that expands [1]."""
        fraction = lithium_fraction(xi)
        if self.parameters.stress_free == STRESS_FREE_INITIALLY:
            fraction = fraction - lithium_fraction(self._f.xi_initial)
        for broken in self._damages:
            for _ in broken.pressures:  # in cracks lithium presses by its volume alone
                fraction = (1 - opened(broken.d)) * fraction
        return fraction

    @property
    def elastic_energy(self) -> Expr:
        """∫f_elas as equilibrium has it [J, in 2-D J/m]."""
        return self.energy_density * self._density_measure

    @property
    def trace(self) -> Expr:
        """Of the elastic strain [1]."""
        f = self._f
        strain = elasticity.strain_tensor(f.u)
        return ufl.tr(self._elastic(strain, self._expanding(f.xi_stressed)))

    def _elastic(self, strain: Expr, fraction: Expr) -> Expr:
        """ε − ε⁰h I [1]."""
        return strain - self.parameters.eigenstrain * fraction * ufl.Identity(3)

    @property
    def work(self) -> Expr:
        """Of what presses on the right side; a frame's springs give back [J, in 2-D J/m]."""
        u, side = self._f.u, self._m.ds(self._domain.boundaries["right"])
        pressed = -self.parameters.pressure * ufl.dot(u, ufl.FacetNormal(self._domain.mesh)) * side
        for frame in self.frames:
            pressed -= frame.stiffness / 2 * (u[0] + frame.offset) ** 2 * side
        return pressed

    def _write_equilibrium(self) -> None:
        u, xi, sides = self._f.u, self._f.xi_stressed, self._domain
        domain, space = sides.mesh, u.function_space
        v = ufl.TestFunction(space)
        normal = ufl.FacetNormal(domain)
        inner = ufl.derivative(self.energy_density * self._density_measure, u, v)
        inner -= work_on_cracks(self._damages, v, self._m.dx)
        self.bcs = clamps(space, sides, self.parameters.sides)
        self.platen, outer = fem.Constant(domain, 0.0), 0
        if self.fixed_gap:
            along = space.sub(0)
            self.bcs.append(fem.dirichletbc(self.platen, dofs_on(along, sides, "right"), along))
        else:
            traction = -(self.parameters.pressure + self._frame(u)) * normal
            outer = -ufl.dot(traction, v) * self._m.ds(self._domain.boundaries["right"])
        self.balance = inner + outer
        if not self._damages and domain.topology.cell_name() in SIMPLICES:
            means = CellMeans(domain, self._with_swelling(xi), self._m.dx)
            self.means.append(means)
            inner = ufl.derivative(energy_of_means(self.parameters, u, means), u, v)
        self.residual = fem.form(inner + outer)
        self.stiffness = fem.form(ufl.derivative(inner + outer, u))

    def _with_swelling(self, xi: Expr) -> tuple[Expr, Expr, Expr]:
        """λ, μ and the pressure (3λ + 2μ) ε⁰h of lithium that may not expand [Pa]."""
        lame_lambda, lame_mu = self._lame(xi, xi)
        free = self.parameters.eigenstrain * self._expanding(xi)
        return lame_lambda, lame_mu, (3 * lame_lambda + 2 * lame_mu) * free

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
        """∫σ:ε(w) + ∫p w·∇d, force of the present lithium on the platen [N, in 2-D N/m].

        Args:
            response: w, displacement over that of the platen [1].
            present: fields of now for those that stress was solved for, beside ξ.
        """
        f = self._f
        energy = self._energy(elasticity.strain_tensor(f.u), f.xi, f.xi, f.xi)
        inner = ufl.derivative(ufl.replace(energy, present) * self._density_measure, f.u, response)
        return fem.form(inner - work_on_cracks(self._damages, response, self._m.dx))

    @property
    def pressure(self) -> float:
        """Present stack pressure p [Pa]."""
        return float(self.parameters.pressure.value)  # type: ignore[attr-defined]

    @cached_property
    def mean_stress(self) -> fem.Form:
        """−∫σ_xx − ∫p x ∂d/∂x [N m, in 2-D N]: stack pressure times volume.

        Equilibrium with the virtual displacement x: what presses within a crack is no stress there.
        """
        work = work_on_cracks(self._damages, along_x(self._domain.mesh), self._m.dx)
        return fem.form(self.pressure_along_x * self._density_measure + work)

    def nodal(self, nodal_volume: PETSc.Vec) -> NodalStress:
        """Stress at the nodes, which own these volumes [m³, in 2-D m²]."""
        return NodalStress(self._f, self.stress, self._m, nodal_volume)

    def force(self) -> Expr:
        """χ_m ∂f_elas/∂ξ, of the parts that are switched on [J/m³]."""
        chosen, domain = self.chosen, self._domain.mesh
        on = {
            EIGENSTRAIN: chosen.eigenstrain_part,
            ELECTROLYTE_MODULUS: chosen.electrolyte_modulus_part,
            PORE_MODULUS: chosen.pore_modulus_part,
        }
        parts = (fem.Constant(domain, float(on[k])) * part for k, part in self.force_parts.items())
        return self.parameters.stress_coupling * sum(parts)


def work_on_cracks(damages: Sequence[Broken], u: Expr, dx: ufl.Measure) -> Expr:
    """Of all that presses on flanks of cracks, at a displacement [J, in 2-D J/m]."""
    return sum(work for broken in damages for work in broken.works(u, dx))


def along_x(domain: mesh.Mesh) -> Expr:
    """The displacement (x, 0[, 0]) [m]."""
    place = ufl.SpatialCoordinate(domain)
    return ufl.as_vector([place[0], *(0.0 for _ in range(1, len(place)))])


def energy_of_means(parameters: Elasticity, u: fem.Function, means: CellMeans) -> Expr:
    """∫f_elas but for what no strain changes, which is constant in a cell [J, in 2-D J/m].

    Args:
        parameters: bound.
        u: displacement [m].
        means: of λ, μ and (3λ + 2μ) ε⁰h [Pa].
    """
    lame_lambda, lame_mu, swelling = means.functions
    strain = elasticity.strain_tensor(u)
    energy = parameters.energy(strain, 0.0, lame_lambda=lame_lambda, lame_mu=lame_mu)
    return (energy - swelling * ufl.tr(strain)) * means.dx
