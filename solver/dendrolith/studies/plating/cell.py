"""The cell: the visible sum of the chosen physics, as forms on the fields of a `State`."""

from __future__ import annotations

import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from petsc4py import PETSc

from dendrolith.domain.domain import Domain
from dendrolith.fields.bind import bind
from dendrolith.fields.measures import Measures, part_beyond
from dendrolith.fields.state import CONCENTRATION, ELECTRONIC, IONIC, State
from dendrolith.physics import electronic_potential, ionic_potential
from dendrolith.physics.elasticity import DRIVING_FORCE, OVERPOTENTIAL
from dendrolith.physics.interpolation import Expr, blend
from dendrolith.physics.lithium_metal import access
from dendrolith.physics.phases import Phase
from dendrolith.studies.plating.charge import ChargeBalance
from dendrolith.studies.plating.mechanics import Mechanics
from dendrolith.studies.plating.schema import ACCESS_ACCESSIBLE, Config, pore_access_gate
from dendrolith.studies.plating.temperature import at_temperature

DEFAULT_PORE_CONDUCTIVITY_RATIO = 1e-2


class Cell:
    """Physics of one cell; numbers enter as constants, so that parameter changes compile nothing.

    Attributes:
        config: the input, with every property at the temperature of the cell.
        state: the fields the forms are written on.
        dt: time step of the transferred charge [s].
        salt_dt: time step of the concentration: the same, but for the start of a run [s].
        cell_voltage: V, what the collector lies below the counter electrode [V].
        contacts: resistance [Ω m²] and term of each contact of the counter electrode.
        charge: the balances at fixed ξ, with the rate implicit in the potentials.
        mechanics: mechanical equilibrium; None without elasticity.
        lithium_content: ∫ c_Li m(ξ) [mol, in 2-D mol/m].
        lithium_in_electrolyte: the same beyond the initial surface of the foil.
        driving_force: ∫ μ_ξ v at `state.xi_middle`, without the part of the surface energy
            [J, in 2-D J/m].
        surface_tension: the part of the surface energy.
        surface_stiffness: κ ∫ ∇ξ·∇v, isotropic.
    """

    def __init__(self, config: Config, cell_mesh: Domain) -> None:
        self.config = config = at_temperature(config)
        self.cell_mesh = cell_mesh
        self.state = State(cell_mesh, binary=config.ion_transport is not None)
        domain = cell_mesh.mesh
        self.lithium = bind(config.lithium_metal, domain)
        self.kinetics = bind(config.kinetics, domain)
        self.ion_transport = bind(config.ion_transport, domain) if config.ion_transport else None
        self.anisotropy = bind(config.anisotropy, domain) if config.anisotropy else None
        self.noise = bind(config.noise, domain) if config.noise else None
        self.materials = {
            name: bind(_phase(config, name), domain) for name in ("lithium", "electrolyte", "pore")
        }
        self.dt = fem.Constant(domain, 1.0)
        self.salt_dt = fem.Constant(domain, 1.0)
        self.cell_voltage = fem.Constant(domain, 0.0)
        self.contacts = {
            ELECTRONIC: (config.electrodes.electronic_resistance, electronic_potential.contact),
            IONIC: (config.electrodes.ionic_resistance, ionic_potential.contact),
        }
        self.pore_access = fem.Constant(domain, pore_access_gate(config.pores))
        measures = Measures.of(cell_mesh)
        self.dx, self.nodes, self.ds = measures.dx, measures.nodes, measures.ds
        self.nodal_volume = self._lump()
        self.mechanics = (
            Mechanics(self, bind(config.elasticity, domain)) if config.elasticity else None
        )
        self.charge = self._charge_at_fixed_lithium()
        self._write_lithium()

    # ------------------------------------------------------------------ properties

    def ionic_conductivity(self, xi: Expr) -> Expr:
        """σ_ion at c = 1 [S/m]."""
        phases = self.materials.values()
        return blend(xi, self.state.rho, *(phase.ionic_conductivity for phase in phases))

    def electronic_conductivity(self, xi: Expr) -> Expr:
        """σ_el [S/m]."""
        return electronic_potential.conductivity(
            xi, self.state.rho, threshold=self.lithium.metal_threshold,
            **{name: phase.electronic_conductivity for name, phase in self.materials.items()},
        )  # fmt: skip

    def exchange_current_density(self) -> Expr:
        """i₀ under the present stress [A/m²]."""
        i_0, mechanics = self.kinetics.exchange_current_density, self.mechanics
        if self.config.elasticity is None or self.config.elasticity.activation_volume == 0:
            return i_0
        assert mechanics is not None
        return i_0 * mechanics.parameters.exchange_factor(
            self.state.pressure, self.kinetics.temperature
        )

    def overpotential(self, phi: Expr) -> Expr:
        """η under the present stress [V]."""
        eta = self.kinetics.overpotential(phi[ELECTRONIC], phi[IONIC])
        elastic = self.config.elasticity
        if elastic is None or elastic.coupling != OVERPOTENTIAL:
            return eta
        assert self.mechanics is not None
        return eta + self.mechanics.parameters.overpotential(
            self.state.pressure, self.lithium.molar_volume
        )

    def access(self) -> Expr:
        """a(ρ) [1]."""
        return access(self.state.rho, self.pore_access)

    # ------------------------------------------------------------------ rates

    def reaction_rate(self, xi: Expr, phi: Expr, *, noise_at: Expr | None = None) -> Expr:
        """−L_η m′(ξ) B(η) with noise, before access [1/s].

        Args:
            xi: lithium.
            phi: (φ_el, φ_ion[, c][, more]).
            noise_at: ξ of the noise's m′, as a rule `xi`; where that is unknown, the ξ at the
                beginning of the step: a noise that knew what it is about to do would have a mean.
        """
        c_ion = phi[CONCENTRATION] if self.ion_transport is not None else 1.0
        i_0, lithium = self.exchange_current_density(), self.lithium
        net_stripping = self.kinetics.net_stripping(self.overpotential(phi), c_ion)
        rate = lithium.reaction_rate(xi, i_0, net_stripping)
        if self.noise is None:
            return rate
        dim = self.cell_mesh.mesh.geometry.dim
        strength = self.noise.strength(lithium.interface_width, dim, lithium.relaxation_time)
        there = xi if noise_at is None else noise_at
        return rate + lithium.reaction_rate(there, i_0, -strength * self.state.zeta)

    def rate(self, phi: Expr) -> Expr:
        """The rate r at fixed ξ: potential-free part plus reaction, gated by access [1/s]."""
        return self.rate_at(self.state.xi_middle, self.state.potential_free_rate, phi)

    def rate_at(self, xi: Expr, potential_free: Expr, phi: Expr) -> Expr:
        """The same at any ξ, beside any potential-free part [1/s]."""
        return potential_free + self.access() * self.reaction_rate(xi, phi)

    def plating(self, phi: Expr) -> Expr:
        """The charge i that r transfers within a step at fixed ξ [A/m³]."""
        return self.lithium.transferred_charge(self.state.xi, self.rate(phi), self.dt)

    def _charge_at_fixed_lithium(self) -> ChargeBalance:
        state = self.state
        return ChargeBalance(
            self,
            state.phi,
            xi=state.xi_middle,
            plating=self.plating(state.phi),
            c_rate=lambda c: (c - state.c_old) / self.salt_dt,
        )

    def bulk_energy(self, xi: Expr) -> Expr:
        """∫ W g(ξ) [J, in 2-D J/m]."""
        return self.lithium.bulk_energy(xi) * self.nodes

    def surface_energy(self, xi: Expr) -> Expr:
        """∫ ½ κ [γ(n)/γ]² |∇ξ|² [J, in 2-D J/m]."""
        return self.lithium.gradient_energy(xi, self.anisotropy) * self.dx

    def elastic_force(self, v: Expr) -> Expr:
        """∫ χ_m ∂f_elas/∂ξ v; zero where stress is not a driving force [J, in 2-D J/m]."""
        elastic = self.config.elasticity
        if elastic is None or elastic.coupling != DRIVING_FORCE:
            return 0
        assert self.mechanics is not None
        return self.mechanics.force() * v * self.dx

    def _write_lithium(self) -> None:
        xi = self.state.xi_middle
        v = ufl.TestFunction(self.state.scalar_space)
        bulk = ufl.derivative(self.bulk_energy(xi), xi, v) + self.elastic_force(v)
        self.driving_force = fem.form(bulk)
        self.surface_tension = fem.form(ufl.derivative(self.surface_energy(xi), xi, v))
        isotropic = ufl.derivative(self.lithium.gradient_energy(xi) * self.dx, xi, v)
        self.surface_stiffness = fem.form(
            ufl.derivative(isotropic, xi, ufl.TrialFunction(self.state.scalar_space))
        )
        content = self.lithium.content(self.state.xi)
        self.lithium_content = fem.form(content * self.nodes)
        geometry = self.config.geometry
        beyond = part_beyond(self.cell_mesh, geometry.lithium_thickness, geometry.mesh_size)
        self.lithium_in_electrolyte = fem.form(beyond * content * self.dx)

    def _lump(self) -> PETSc.Vec:
        """∫ v at the vertices: the volume that belongs to each node [m³, in 2-D m²]."""
        v = ufl.TestFunction(self.state.scalar_space)
        volume = fem_petsc.assemble_vector(fem.form(v * self.nodes))
        volume.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        return volume


def _phase(config: Config, name: str) -> Phase:
    """The phase as solved: an accessible pore conducts ions."""
    phase: Phase = getattr(config.materials, name)
    pores = config.pores
    if name != "pore" or pores is None or pores.access != ACCESS_ACCESSIBLE:
        return phase
    ratio = pores.ionic_conductivity_ratio or DEFAULT_PORE_CONDUCTIVITY_RATIO
    return Phase(
        ionic_conductivity=ratio * config.materials.electrolyte.ionic_conductivity,
        electronic_conductivity=phase.electronic_conductivity,
        young_modulus=phase.young_modulus,
        poisson_ratio=phase.poisson_ratio,
    )
