"""The cell: the visible sum of the chosen physics, as forms on the fields of a `State`."""

from __future__ import annotations

import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from petsc4py import PETSc

from dendritex.config.schema import ACCESS_ACCESSIBLE, Config, pore_access_gate
from dendritex.mesh.create import SIDES, CellMesh
from dendritex.model.bind import bind
from dendritex.model.boundary import clamps, dofs_on
from dendritex.model.measures import Measures, part_beyond
from dendritex.model.state import ELECTRONIC, IONIC, State
from dendritex.physics import elasticity, electronic_potential, ionic_potential
from dendritex.physics.interpolation import Expr, blend, metal_fraction
from dendritex.physics.ion_transport import SingleIon
from dendritex.physics.lithium_metal import access
from dendritex.physics.phases import Phase

DEFAULT_PORE_CONDUCTIVITY_RATIO = 1e-2


class Cell:
    """Forms of one cell; numbers enter as constants, so that parameter changes compile nothing.

    Attributes:
        state: the fields the forms are written on.
        dt: time step of the transferred charge [s].
        cell_voltage: V, what the collector lies below the counter electrode [V].
        charge_residual, charge_jacobian: both charge balances on (φ_el, φ_ion) [A/m in 2-D].
        plated_charge: ∫ i, what the reaction transfers [A/m in 2-D].
        lithium_content: ∫ c_Li m(ξ) [mol/m in 2-D].
        lithium_in_electrolyte: the same beyond the initial surface of the foil.
        contact_loss: ∫ φ/R of each resistive contact of the counter electrode [A/m in 2-D].
        driving_force: ∫ μ_ξ v without the part in `surface_stiffness` [J/m³ × m²].
        surface_stiffness: κ ∫ ∇ξ·∇v.
        reaction: ∫ r v, reaction and Allen–Cahn rate together.
        elastic_residual, elastic_stiffness: mechanical equilibrium; None without elasticity.
    """

    def __init__(self, config: Config, cell_mesh: CellMesh) -> None:
        self.config = config
        self.cell_mesh = cell_mesh
        self.state = State(cell_mesh)
        domain = cell_mesh.mesh
        self.lithium = bind(config.lithium_metal, domain)
        self.kinetics = bind(config.kinetics, domain)
        self.elasticity = bind(config.elasticity, domain) if config.elasticity else None
        self.materials = {
            name: bind(_phase(config, name), domain) for name in ("lithium", "electrolyte", "pore")
        }
        self.dt = fem.Constant(domain, 1.0)
        self.pore_access = fem.Constant(domain, pore_access_gate(config.pores))
        measures = Measures.of(cell_mesh)
        self.dx, self.nodes, self.ds = measures.dx, measures.nodes, measures.ds
        self.nodal_volume = self._lump()
        self._write_charge_balance()
        self._write_lithium()
        if self.elasticity is not None:
            self._write_elasticity()

    # ------------------------------------------------------------------ charge

    def rate(self) -> Expr:
        """The rate r: Allen–Cahn part plus Butler–Volmer, gated by access [1/s]."""
        state, kinetics = self.state, self.kinetics
        eta = kinetics.overpotential(state.phi[ELECTRONIC], state.phi[IONIC])
        reaction = self.lithium.reaction_rate(
            state.xi,
            kinetics.exchange_current_density,
            kinetics.net_stripping(eta, SingleIon().c_ion),
        )
        return state.allen_cahn_rate + access(state.rho, self.pore_access) * reaction

    def _write_charge_balance(self) -> None:
        state, materials = self.state, self.materials
        phi_el, phi_ion = state.phi[ELECTRONIC], state.phi[IONIC]
        test = ufl.TestFunction(state.potential_space)
        w, v = test[ELECTRONIC], test[IONIC]
        sigma_ion = blend(
            state.xi, state.rho, *(phase.ionic_conductivity for phase in materials.values())
        )
        sigma_el = electronic_potential.conductivity(
            state.xi, state.rho, threshold=self.lithium.metal_threshold,
            **{name: phase.electronic_conductivity for name, phase in materials.items()},
        )  # fmt: skip
        plating = self.lithium.transferred_charge(state.xi, self.rate(), self.dt)
        residual = (
            electronic_potential.conduction(phi_el, w, sigma_el=sigma_el) * self.dx
            + electronic_potential.supply(w, plating=plating) * self.nodes
            + ionic_potential.conduction(phi_ion, v, sigma_ion=sigma_ion) * self.dx
            + ionic_potential.consumption(v, plating=plating) * self.nodes
        )
        residual += self._contacts(w, v)
        self.charge_residual = fem.form(residual)
        self.charge_jacobian = fem.form(ufl.derivative(residual, state.phi))
        self.plated_charge = fem.form(plating * self.nodes)
        content = self.lithium.c_Li * metal_fraction(state.xi, self.lithium.metal_threshold)
        self.lithium_content = fem.form(content * self.nodes)
        geometry = self.config.geometry
        beyond = part_beyond(self.cell_mesh, geometry.lithium_thickness, geometry.mesh_size)
        self.lithium_in_electrolyte = fem.form(beyond * content * self.dx)

    def _contacts(self, w: Expr, v: Expr) -> Expr:
        """Electrodes: the collector holds −V, the counter electrode is resistive or grounded.

        Both potentials are stored relative to the collector, φ + V: metal on the anode is then near
        zero and the round-off of its large conductivity with it.
        """
        domain, space = self.cell_mesh.mesh, self.state.potential_space
        electrodes, right = self.config.electrodes, self.ds(SIDES["right"])
        self.cell_voltage = fem.Constant(domain, electrodes.cell_voltage)
        collector = fem.Constant(domain, 0.0)
        self.collector_dofs = dofs_on(space.sub(ELECTRONIC), self.cell_mesh, "left")
        self.counter_dofs = {
            kind: dofs_on(space.sub(kind), self.cell_mesh, "right") for kind in (ELECTRONIC, IONIC)
        }
        self.charge_bcs = [fem.dirichletbc(collector, self.collector_dofs, space.sub(ELECTRONIC))]
        self.contact_loss: dict[int, fem.Form] = {}
        terms: Expr = 0
        for kind, resistance, contact, test in (
            (ELECTRONIC, electrodes.electronic_resistance, electronic_potential.contact, w),
            (IONIC, electrodes.ionic_resistance, ionic_potential.contact, v),
        ):
            if resistance > 0:
                G = fem.Constant(domain, 1 / resistance)
                potential = self.state.phi[kind] - self.cell_voltage
                terms += contact(potential, test, conductance=G) * right
                self.contact_loss[kind] = fem.form(contact(potential, 1, conductance=G) * right)
            else:
                self.charge_bcs.append(
                    fem.dirichletbc(self.cell_voltage, self.counter_dofs[kind], space.sub(kind))
                )
        return terms

    # ------------------------------------------------------------------ lithium

    def _write_lithium(self) -> None:
        xi = self.state.xi
        v = ufl.TestFunction(self.state.scalar_space)
        driving_force = ufl.derivative(self.lithium.bulk_energy(xi) * self.nodes, xi, v)
        if self.elasticity is not None:
            elastic = self.elasticity.stress_coupling * self.elastic_energy() * self.dx
            driving_force += ufl.derivative(elastic, self.state.xi_stressed, v)
        surface = ufl.derivative(self.lithium.gradient_energy(xi) * self.dx, xi, v)
        self.driving_force = fem.form(driving_force)
        self.surface_stiffness = fem.form(
            ufl.derivative(surface, xi, ufl.TrialFunction(self.state.scalar_space))
        )
        self.reaction = fem.form(self.rate() * v * self.nodes)

    def _lump(self) -> PETSc.Vec:
        """∫ v at the vertices: the volume that belongs to each node [m² in 2-D]."""
        v = ufl.TestFunction(self.state.scalar_space)
        volume = fem_petsc.assemble_vector(fem.form(v * self.nodes))
        volume.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        return volume

    # ------------------------------------------------------------------ mechanics

    def _lame(self) -> tuple[Expr, Expr]:
        phases = [
            elasticity.lame_parameters(phase.young_modulus, phase.poisson_ratio)
            for phase in self.materials.values()
        ]
        xi, rho = self.state.xi_stressed, self.state.rho
        first, second = zip(*phases, strict=True)
        return blend(xi, rho, *first), blend(xi, rho, *second)

    def elastic_energy(self) -> Expr:
        """Energy density f_elas [J/m³], at the lithium for which the stress was solved.

        With the present lithium instead, an eigenstrain that has moved on since the last solve
        would meet a strain that has not, and pressure would look stronger than it is.
        """
        assert self.elasticity is not None
        lame_lambda, lame_mu = self._lame()
        strain = elasticity.strain_tensor(self.state.u)
        return self.elasticity.energy(
            strain, self.state.xi_stressed, lame_lambda=lame_lambda, lame_mu=lame_mu
        )

    def stress(self) -> Expr:
        """Stress σ = ∂f_elas/∂ε [Pa], 3×3."""
        assert self.elasticity is not None
        lame_lambda, lame_mu = self._lame()
        strain = ufl.variable(elasticity.strain_tensor(self.state.u))
        energy = self.elasticity.energy(
            strain, self.state.xi_stressed, lame_lambda=lame_lambda, lame_mu=lame_mu
        )
        return ufl.diff(energy, strain)

    def _write_elasticity(self) -> None:
        assert self.elasticity is not None
        state, domain = self.state, self.cell_mesh.mesh
        v = ufl.TestFunction(state.vector_space)
        normal = ufl.FacetNormal(domain)
        work = -self.elasticity.pressure * ufl.dot(normal, v) * self.ds(SIDES["right"])
        residual = ufl.derivative(self.elastic_energy() * self.dx, state.u, v) - work
        self.elastic_residual = fem.form(residual)
        self.elastic_stiffness = fem.form(ufl.derivative(residual, state.u))
        assert self.config.elasticity is not None
        self.elastic_bcs = clamps(state.vector_space, self.cell_mesh, self.config.elasticity.sides)


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
