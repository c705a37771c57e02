"""A plating cell before anything is solved: mesh, fields, laws, and their sum as forms."""

from __future__ import annotations

from dataclasses import replace

import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from petsc4py import PETSc

from dendrolith.core.sections import present
from dendrolith.domain.domain import Domain
from dendrolith.fields.bind import bind
from dendrolith.fields.kept_vector import KeptVector
from dendrolith.fields.measures import Measures
from dendrolith.fields.state import State
from dendrolith.physics.counter_electrode import CounterElectrode
from dendrolith.physics.ion_transport import BinaryElectrolyte, SingleIon
from dendrolith.physics.lithium_metal import Isotropic
from dendrolith.physics.phases import Phase
from dendrolith.studies.plating.charge import ChargeBalance
from dendrolith.studies.plating.equations import equations
from dendrolith.studies.plating.fields import ELECTRONIC, IONIC, make_fields, table
from dendrolith.studies.plating.laws import Laws
from dendrolith.studies.plating.lithium_forms import LithiumForms, mesh_error
from dendrolith.studies.plating.optional import add_optional_laws
from dendrolith.studies.plating.pieces import StepPieces
from dendrolith.studies.plating.schema import Config, Pores
from dendrolith.studies.plating.temperature import at_temperature

Salt = BinaryElectrolyte | SingleIon


class Model:
    """Fields, laws and forms of one cell.

    Attributes:
        config: the input, with every property at the temperature of the cell.
        domain: mesh and its sides.
        f: the fields.
        m: measures.
        laws: and how they add up.
        nodal_volume: ∫ v at the vertices: the volume of each node [m³, in 2-D m²].
        pieces: connected lithium.
        charge: the balances at fixed ξ, with the rate implicit in the potentials.
        lithium: forms of μ_ξ and of the lithium content.
    """

    def __init__(self, config: Config, domain: Domain) -> None:
        self.config, self.domain = at_temperature(config), domain
        salts: list[Salt] = [*present(config, BinaryElectrolyte), SingleIon()]
        salt = salts[0]
        self.f = make_fields(State(domain.mesh, table(salt.components, config)), salt.components)
        self.m = Measures.of(domain)
        self.laws = self._bind_laws(salt)
        self.nodal_volume = self._lump()
        self.pieces = StepPieces(self.laws, domain, self.nodal_volume)
        add_optional_laws(self.laws, domain, self.config)
        self._write_forms()

    def _bind_laws(self, salt: Salt) -> Laws:
        """The laws that every cell has; constants are numbered in the order of these lines."""
        config, mesh = self.config, self.domain.mesh
        lithium, kinetics = bind(config.lithium_metal, mesh), bind(config.kinetics, mesh)
        salt, surface = bind(salt, mesh), Isotropic()
        phases = {name: bind(phase, mesh) for name, phase in _phases(config).items()}
        dt, voltage = (fem.Constant(mesh, value) for value in (1.0, 0.0))
        return Laws(self.f, self.m, lithium, kinetics, salt, surface, phases, dt, voltage)

    @property
    def resistances(self) -> dict[int, float]:
        """Area-specific resistances of the counter electrode, by component of φ [Ω m²]."""
        electrodes = self.config.electrodes
        stored = present(self.config, CounterElectrode)
        ionic = [counter.charge_transfer_resistance for counter in stored]
        return {
            ELECTRONIC: electrodes.electronic_resistance,
            IONIC: (*ionic, electrodes.ionic_resistance)[0] or 0.0,
        }

    def _write_forms(self) -> None:
        """Compile what the split needs: all equations at fixed lithium ξ*, and its content."""
        f, laws, xi = self.f, self.laws, self.f.xi_middle
        v, plating = ufl.TestFunction(f.scalar_space), laws.plating(f.phi)
        eq = equations(
            laws,
            f.phi,
            xi=xi,
            lithium=(xi, v, v),
            i=plating,
            c_rate=lambda c: (c - f.c_old) / laws.dt,
        )
        self.charge = ChargeBalance(laws, self.domain, self.resistances, f.phi, xi, eq, plating)
        gradient = f.open_part * laws.lithium.gradient_energy(xi)
        isotropic = ufl.derivative(gradient * self.m.dx, xi, v)
        trial = ufl.TrialFunction(f.scalar_space)
        self.lithium = LithiumForms(
            driving_force=fem.form(eq.well + eq.force),
            forces=[KeptVector(eq.force)] if laws.forces else [],
            surface_tension=fem.form(eq.tension),
            surface_stiffness=fem.form(ufl.derivative(isotropic, xi, trial)),
            mesh_error=fem.form(f.open_part * mesh_error(trial, v) * self.m.dx),
            nodal_volume=self.nodal_volume,
        )

    def _lump(self) -> PETSc.Vec:
        """∫ v at the vertices [m³, in 2-D m²]."""
        v = ufl.TestFunction(self.f.scalar_space)
        volume = fem_petsc.assemble_vector(fem.form(v * self.m.nodes))
        volume.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        return volume


def _phases(config: Config) -> dict[str, Phase]:
    """The phases as solved, by name: an accessible pore conducts ions."""
    materials = config.materials
    phases = materials.phases
    for pores in present(config, Pores):
        for ratio in pores.conductivity_ratios:
            sigma_ion = ratio * materials.electrolyte.ionic_conductivity
            phases["pore"] = replace(phases["pore"], ionic_conductivity=sigma_ion)
    return phases
