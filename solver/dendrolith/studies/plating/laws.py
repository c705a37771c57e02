"""The laws of a plating cell and how they add up: properties, overpotential, rates, energies.

An optional law adds itself to the lists below (`optional.py`): where it is absent, nothing is there
to ask for. Numbers enter as constants, so that a parameter change compiles nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.fields.measures import Measures
from dendrolith.observables.base import Observable
from dendrolith.physics.interpolation import Expr, blend
from dendrolith.physics.ion_transport import BinaryElectrolyte, SingleIon
from dendrolith.physics.kinetics import ButlerVolmer
from dendrolith.physics.lithium_metal import LithiumMetal, SurfaceEnergy
from dendrolith.physics.nucleation import Nucleation
from dendrolith.physics.phases import Phase
from dendrolith.schemes.block import Block
from dendrolith.studies.plating.fields import ELECTRONIC, IONIC, PlatingFields
from dendrolith.studies.plating.mechanics import Broken, Mechanics
from dendrolith.studies.plating.openings import Openings

Tensor = Callable[[Expr, Expr], Expr]  # (σ of the mixture, m) → tensor [S/m]


@dataclass(slots=True)
class Laws:
    """Laws of one cell, bound to its mesh.

    Attributes:
        f: fields that the laws are written on.
        m: measures.
        lithium, kinetics, salt, surface: the laws that every cell has.
        phases: lithium, electrolyte and pore, by name.
        dt: time step of the transferred charge [s].
        voltage: V, what the collector lies below the counter electrode [V].
        rates: further rates in the place of the reaction: (ξ, i₀/φ_c) → rate [1/s].
        overpotentials: what is added to η [V].
        exchange_factors: what i₀ is multiplied by [1].
        forces: (test function) → what is added to ∫ μ_ξ v [J, in 2-D J/m].
        modifiers: factors of properties by name: ``ionic_conductivity``, or in one phase alone
            ``electrolyte.ionic_conductivity``, along grain boundaries ``boundary.…``.
        stressed: (field, the same as the stress was last solved for) that stiffness depends on.
        shown: fields of these laws that are written.
        observables: makers of what is measured of them, from the nodal volumes.
        mechanics: mechanical equilibrium; empty without elasticity.
        damages: damage and its field; empty without.
        crack_access: what the access of each node on this rank is multiplied by [1].
        capacities: φ_c, part of a node that lithium fills [1].
        openings: where lithium goes that cannot move its front; empty without lithium_pressure.
        blocks: makers of blocks that a step advances before the lithium, from the nodal volumes.
        stored: U(x) in the contact of the ions where the counter electrode stores lithium [V]; a
            function where x varies along its face.
        contact_growth: τ of what grows at contacts of the counter electrode [1].
        tensors: conductivities, by name, that boundaries of grains make tensors.
        toughness_factors: what the toughness of the sound electrolyte is multiplied by [1].
        closed: (n_local_cells,) True where lithium never grows.
        forming: nuclei that form: ξ* that they have in the end, 0 elsewhere, and their law.
        counter_kinetics: Butler–Volmer kinetics of that contact, with i₀(x); empty: linear.
        counter_swelling: growth of that electrode, below 0 as it is charged [m].
        rigid: (n_local,) nodes whose lithium no surface tension moves.
        moved_after: (n_local,) ways of ξ after the reaction of a step, of each law that has any.
        smooth_in_time: no law is white noise.
    """

    f: PlatingFields
    m: Measures
    lithium: LithiumMetal
    kinetics: ButlerVolmer
    salt: SingleIon | BinaryElectrolyte
    surface: SurfaceEnergy
    phases: Mapping[str, Phase]
    dt: fem.Constant
    voltage: fem.Constant
    rates: list[Callable[[Expr, Expr], Expr]] = field(default_factory=list)
    overpotentials: list[Expr] = field(default_factory=list)
    exchange_factors: list[Expr] = field(default_factory=list)
    forces: list[Callable[[Expr], Expr]] = field(default_factory=list)
    modifiers: list[Mapping[str, Expr]] = field(default_factory=list)
    stressed: list[tuple[fem.Function, fem.Function]] = field(default_factory=list)
    shown: list[fem.Function] = field(default_factory=list)
    observables: list[Callable[[PETSc.Vec], Observable]] = field(default_factory=list)
    mechanics: list[Mechanics] = field(default_factory=list)
    damages: list[Broken] = field(default_factory=list)
    crack_access: list[Callable[[], npt.NDArray[np.float64]]] = field(default_factory=list)
    capacities: list[fem.Function] = field(default_factory=list)
    openings: list[Openings] = field(default_factory=list)
    blocks: list[Callable[[PETSc.Vec], Block]] = field(default_factory=list)
    stored: list[fem.Constant | fem.Function] = field(default_factory=list)
    contact_growth: list[Expr] = field(default_factory=list)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    toughness_factors: list[Expr] = field(default_factory=list)
    closed: list[npt.NDArray[np.bool_]] = field(default_factory=list)
    forming: list[tuple[fem.Function, Nucleation]] = field(default_factory=list)
    counter_kinetics: list[ButlerVolmer] = field(default_factory=list)
    counter_swelling: list[fem.Constant] = field(default_factory=list)
    rigid: list[npt.NDArray[np.bool_]] = field(default_factory=list)
    moved_after: list[npt.NDArray[np.float64]] = field(default_factory=list)
    smooth_in_time: bool = True

    # ------------------------------------------------------------------ properties

    def modified(self, name: str, value: Expr) -> Expr:
        """A property times the factors that other laws have for it."""
        for factors in self.modifiers:
            if name in factors:
                value = factors[name] * value
        return value

    def of_phases(self, name: str) -> dict[str, Expr]:
        """A property in each phase, by the name of the phase, times what others make of it."""
        return {
            phase: self.modified(f"{phase}.{name}", getattr(properties, name))
            for phase, properties in self.phases.items()
        }

    def moves_after_the_reaction(self) -> npt.NDArray[np.float64]:
        """Room for what a law moves ξ by after the reaction of a step, (n_local,) [1]."""
        self.moved_after.append(np.zeros_like(self.f.xi.x.array))
        return self.moved_after[-1]

    def conductivity(self, name: str, xi: Expr) -> Expr:
        """``ionic_conductivity`` (at c = 1) or ``electronic_conductivity`` of the mixture [S/m]."""
        m = self.lithium.fraction(xi)
        sigma = self.modified(name, blend(m, self.f.rho, **self.of_phases(name)))
        return self.tensors[name](sigma, m) if name in self.tensors else sigma

    def kinetic_length(self) -> Expr:
        """l_k = σ_SE RT/(F i₀) of sound electrolyte, with all that changes i₀ [m]."""
        sigma_ion = self.phases["electrolyte"].ionic_conductivity
        return self.kinetics.length(sigma_ion, self.exchange_current_density())

    def exchange_current_density(self) -> Expr:
        """i₀ [A/m²]."""
        i_0 = self.kinetics.exchange_current_density
        for factor in self.exchange_factors:
            i_0 = i_0 * factor
        return i_0

    def per_content(self) -> Expr:
        """i₀/φ_c, which makes the rate of ξ that of the lithium a node holds [A/m²]."""
        return self.exchange_current_density() / math.prod(self.capacities)

    def overpotential(self, phi: Expr) -> Expr:
        """η [V]."""
        eta = self.kinetics.overpotential(phi[ELECTRONIC], phi[IONIC])
        for shift in self.overpotentials:
            eta = eta + shift
        return eta

    def off_rest(self, phi: Expr) -> Expr:
        """η less that at which lithium rests, 0 or (RT/F) ln c: below 0 it may plate [V]."""
        return self.overpotential(phi) - self.salt.at_rest(phi, self.kinetics.temperature)

    # ------------------------------------------------------------------ rates

    def reaction_rate(self, xi: Expr, phi: Expr, *, explicit: Expr | None = None) -> Expr:
        """−L_η m′(ξ) B_f and the further rates, before access [1/s].

        B_f is B(η) as it is at ξ = ½, and for a front that moves.

        Args:
            xi: lithium.
            phi: (φ_el, φ_ion[, c][, more]).
            explicit: ξ of the further rates, as a rule `xi`; where that is unknown, the ξ at the
                beginning of the step: white noise that depends on its own result would have a mean.
        """
        per_content, B_f = self.per_content(), self.stripping_at_front(xi, phi)
        rate = self.lithium.reaction_rate(xi, per_content, B_f)
        for further in self.rates:
            rate = rate + further(xi if explicit is None else explicit, per_content)
        return rate

    def stripping_at_front(self, xi: Expr, phi: Expr) -> Expr:
        """B_f, the B(η) of a node as it is at ξ = ½, and for a front that moves [1]."""
        c_ion, i_0 = self.salt.concentration(phi), self.per_content()
        B = self.kinetics.net_stripping(self.overpotential(phi), c_ion)
        return self.lithium.reaction_at_front(xi, i_0, B, self.kinetic_length())

    def transferred_at_rest(self, xi: Expr, phi: Expr) -> Expr:
        """i₀B(η)/(1 + x/l_k): the current density of a front that stands [A/m²]."""
        i_0, c_ion = self.exchange_current_density(), self.salt.concentration(phi)
        B = self.kinetics.net_stripping(self.overpotential(phi), c_ion)
        return i_0 * self.lithium.put_back(xi, B, self.kinetic_length())

    def rate(self, phi: Expr) -> Expr:
        """The mean rate r over a step of the split, that of half a step R, reaction, R [1/s].

        R is what does not depend on the potentials; B_f is that of ξ in the middle of the step.
        """
        per_content, other = self.per_content(), self.f.potential_free_rate
        for further in self.rates:
            other = other + self.f.access * further(self.f.xi_middle, per_content)
        rate = other + self.reacted(self.f.xi + self.dt / 2 * other, phi, self.dt) / self.dt
        for target, law in self.forming:
            eta, T = self.off_rest(phi), self.kinetics.temperature
            rate = rate + self.f.access * law.rate(self.f.xi, target, eta, self.dt, T)
        return rate

    def reacted(self, xi: Expr, phi: Expr, dt: Expr) -> Expr:
        """ξ that the reaction alone adds to `xi` within `dt` [s] at standing potentials [1]."""
        B_f, access = self.stripping_at_front(self.f.xi_middle, phi), self.f.access
        for opening in self.openings:
            access = opening.access_to_front(access, B_f)
        return self.lithium.reacted(xi, self.per_content(), access * B_f, dt)

    def plating(self, phi: Expr) -> Expr:
        """The charge i that r transfers within a step at fixed ξ [A/m³]."""
        i = self.lithium.transferred_charge(self.f.xi, self.rate(phi), self.dt)
        xi, at_rest = self.f.xi_middle, self.transferred_at_rest(self.f.xi_middle, phi)
        into_openings = (openings.charge(xi, at_rest) for openings in self.openings)
        return sum(into_openings, math.prod(self.capacities, start=i))

    # ------------------------------------------------------------------ energies

    def bulk_energy(self, xi: Expr) -> Expr:
        """∫ ψ W g(ξ) [J, in 2-D J/m]."""
        return self.f.open_part * self.lithium.bulk_energy(xi) * self.m.nodes

    def surface_energy(self, xi: Expr) -> Expr:
        """∫ ψ ½ κ [γ(n)/γ]² |∇ξ|² [J, in 2-D J/m]."""
        return self.f.open_part * self.surface.energy(xi, self.lithium) * self.m.dx

    def force(self, v: Expr) -> Expr:
        """∫ of the further parts of μ_ξ, such as χ_m ∂f_elas/∂ξ, times v [J, in 2-D J/m]."""
        return sum(force(v) for force in self.forces)


def unrelaxed(laws: Laws) -> npt.NDArray[np.bool_]:
    """(n_local,) nodes at which R_AC is 0: rigid ones, and what forms has no surface yet."""
    found = np.zeros(laws.f.xi.x.array.size, dtype=bool)
    for target, _ in laws.forming:
        found |= target.x.array > 0
    for nodes in laws.rigid:
        found |= nodes
    return found
