"""Optional laws: each adds itself to the sums of the cell and to the blocks of a step.

A new one is a function here, a section of the input and a module of `physics/`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core.sections import present
from dendrolith.domain.domain import Domain
from dendrolith.fields.bind import bind, in_numbers
from dendrolith.fields.sampling import Sampler
from dendrolith.observables.nodal import opened
from dendrolith.observables.reference_input import ReferenceElectrode
from dendrolith.physics.anisotropy import Anisotropy
from dendrolith.physics.collector import Collector
from dendrolith.physics.counter_electrode import CounterElectrode
from dendrolith.physics.counter_face import CounterFace
from dendrolith.physics.crack_access import Cracks
from dendrolith.physics.elasticity import OVERPOTENTIAL, Elasticity
from dendrolith.physics.fracture import Fracture
from dendrolith.physics.interpolation import Expr
from dendrolith.physics.lithium_pressure import LithiumPressure
from dendrolith.physics.noise import Noise
from dendrolith.physics.nucleation import Nucleation
from dendrolith.physics.stack_pressure import StackPressure
from dendrolith.schemes.random_field import RandomField
from dendrolith.studies.plating.bare_collector import BareCollector, CollectorReadings
from dendrolith.studies.plating.boundary import dofs_on
from dendrolith.studies.plating.crack_nodes import CrackNodes
from dendrolith.studies.plating.direct_reduction import ContactProduct, DirectReduction
from dendrolith.studies.plating.electrolyte_input import Grains
from dendrolith.studies.plating.grains import add_films, add_grains, add_layers
from dendrolith.studies.plating.laws import Laws
from dendrolith.studies.plating.mechanics import Broken, Mechanics
from dendrolith.studies.plating.nucleation import Nuclei
from dendrolith.studies.plating.observables.cracks import CrackState, PressedLithium
from dendrolith.studies.plating.observables.damage import DamageExtent
from dendrolith.studies.plating.observables.leakage import Nucleated
from dendrolith.studies.plating.observables.reduced_lithium import ReducedLithium
from dendrolith.studies.plating.observables.reference import ReferencePotentials, WirePotentials
from dendrolith.studies.plating.ohmic_share import OhmicShare
from dendrolith.studies.plating.openings import Openings
from dendrolith.studies.plating.pressure_course import (
    PRESSURE_TOLERANCE,
    FollowedPressure,
    read_course,
)
from dendrolith.studies.plating.schema import Config, Electrodes

# Where it is broken, electrolyte conducts fewer ions, and so do its grain boundaries.
IONIC_CONDUCTIVITIES = ("electrolyte.ionic_conductivity", "boundary.ionic_conductivity")


def add_optional_laws(laws: Laws, domain: Domain, config: Config) -> None:
    """Add the laws whose sections the input has."""
    config = _on_mesh(config)
    for name, add in ADDERS.items():
        section = getattr(config, name)
        if section is not None:
            add(laws, domain, section)
    for grains in present(config, Grains):
        add_grains(laws, domain, grains, config)


def _on_mesh(config: Config) -> Config:
    """The toughness is that of a crack on the mesh."""
    for law in present(config, Fracture):
        config = replace(config, damage=law.solved_on(config.geometry.mesh_size))
    return config


def add_noise(laws: Laws, domain: Domain, chosen: Noise) -> None:
    """White noise of the reaction: a rate beside it, random numbers drawn in every step."""
    f, lithium, noise = laws.f, laws.lithium, bind(chosen, domain.mesh)
    dim = domain.mesh.geometry.dim
    strength = noise.strength(lithium.interface_width, dim, lithium.relaxation_time)
    laws.rates.append(lambda xi, i_0: lithium.reaction_rate(xi, i_0, -strength * f.zeta))
    laws.blocks.append(lambda volume: RandomField(domain, f.zeta, chosen.seed, volume))
    laws.smooth_in_time = False


def add_anisotropy(laws: Laws, domain: Domain, chosen: Anisotropy) -> None:
    """Surface energy that depends on the orientation, in the place of the isotropic one."""
    laws.surface = bind(chosen, domain.mesh)


def add_damage(laws: Laws, domain: Domain, chosen: Fracture) -> None:
    """Damage: broken electrolyte is soft and conducts no ions."""
    d, opens = (laws.f.state[name] for name in ("d", "opens"))
    law = bind(chosen, domain.mesh)
    laws.modifiers.append(dict.fromkeys(IONIC_CONDUCTIVITIES, law.degradation(d)))
    laws.stressed.append((d, d))  # damage and stress are found together
    laws.damages.append(Broken(law, d, opens))
    laws.shown.append(d)
    laws.observables.append(lambda volume: DamageExtent(d, volume))


def add_nucleation(laws: Laws, domain: Domain, chosen: Nucleation) -> None:
    """Lithium that forms off both electrodes, where electrons meet ions."""
    law, target = bind(chosen, domain.mesh), fem.Function(laws.f.scalar_space)
    laws.forming.append((target, law))
    radius = chosen.radius or 2 * in_numbers(laws.lithium).interface_width
    made: list[Nuclei] = []

    def block(volume: PETSc.Vec) -> Nuclei:
        made.append(Nuclei(laws, chosen, radius, volume, domain.periods))
        return made[-1]

    laws.blocks.append(block)
    laws.observables.append(lambda _: Nucleated(made[-1]))


def add_cracks(laws: Laws, domain: Domain, chosen: Cracks) -> None:
    """Cracks open a way to lithium, hold little of it, and block ions."""
    law, ((d, *_),) = bind(chosen, domain.mesh), laws.stressed
    laws.modifiers[-1] = dict.fromkeys(IONIC_CONDUCTIVITIES, law.conduction(d))
    laws.crack_access.append(lambda: chosen.access(opened(d.x.array)))
    capacity = laws.f.state["capacity"]
    capacity.x.array[:] = 1.0
    laws.capacities.append(capacity)
    laws.shown.append(capacity)

    def state(volume: PETSc.Vec) -> CrackState:
        return CrackState(laws, domain, CrackNodes(laws, volume))

    laws.observables.append(state)


def add_lithium_pressure(laws: Laws, domain: Domain, chosen: LithiumPressure) -> None:
    """Lithium in cracks presses; there its pressure is what stress does to the reaction."""
    openings = Openings.of(laws.f.state, laws.lithium.metal_threshold)
    shift = chosen.overpotential(openings.pressure, laws.lithium.molar_volume)
    laws.overpotentials.append(shift)
    laws.shown.extend([openings.pressure, openings.volume, openings.fitting])
    for broken in laws.damages:
        broken.pressures.append(openings.pressure)
    laws.openings.append(openings)
    area = domain.area("right")
    laws.observables.append(lambda volume: PressedLithium(laws, volume, area))


def add_electrodes(laws: Laws, domain: Domain, chosen: Electrodes) -> None:
    """Lithium that the counter electrode takes up where it touches."""
    area = domain.area("right")
    for value in chosen.reductions:
        k, space = fem.Constant(domain.mesh, value), laws.f.scalar_space
        products = [ContactProduct(space, doubling) for doubling in chosen.products]
        laws.contact_growth.extend(product.tau for product in products)
        laws.shown.extend(product.q for product in products)
        laws.blocks.append(partial(DirectReduction, laws, k, products, area))
        laws.observables.append(lambda _: ReducedLithium(area))


def add_stored_lithium(laws: Laws, domain: Domain, chosen: CounterElectrode) -> None:
    """U(x) in the contact of the ions, and its kinetics unless they are linear."""
    laws.stored.append(fem.Constant(domain.mesh, 0.0))
    laws.counter_swelling.append(fem.Constant(domain.mesh, 0.0))
    T = in_numbers(laws.kinetics).temperature
    for law in chosen.kinetics(T):
        laws.counter_kinetics.append(bind(law, domain.mesh))


def add_local_lithium(laws: Laws, domain: Domain, chosen: CounterFace) -> None:
    """U and i₀ of that contact are those of each place."""
    laws.stored[:] = [fem.Function(laws.f.scalar_space)]
    for place, law in enumerate(laws.counter_kinetics):
        exchange = fem.Function(laws.f.scalar_space)
        laws.counter_kinetics[place] = replace(law, exchange_current_density=exchange)
    laws.shown.append(laws.f.state["counter_fraction"])


def add_reference(laws: Laws, domain: Domain, chosen: ReferenceElectrode) -> None:
    """Potentials against a reference electrode; it draws no current, and a wire keeps its shape."""
    space, delta = laws.f.scalar_space, in_numbers(laws.lithium).interface_width
    nodes = space.tabulate_dof_coordinates().T
    wires = [chosen.distance(nodes) < 2 * delta] if chosen.wire else []
    laws.rigid.extend(wires)

    def made(_: PETSc.Vec) -> ReferencePotentials:
        surface = Sampler.at(space, np.array(chosen.outline() or chosen.points()))
        right = dofs_on(space, domain, "right")
        share = OhmicShare(laws, right, domain.area("right"), surface, wires)
        if not chosen.wire:
            return ReferencePotentials(laws, surface, share)
        metal = Sampler.at(space, np.array(chosen.points()))
        near = Sampler.at(space, np.array(chosen.outline(delta)))
        return WirePotentials(laws, metal, share, near)

    laws.observables.append(made)


def add_elasticity(laws: Laws, domain: Domain, chosen: Elasticity) -> None:
    """Mechanical equilibrium, and what stress does to the reaction or to the phase field."""
    f, m, pressed = laws.f, laws.m, laws.damages
    mechanics = Mechanics(f, domain, m, chosen, laws.of_phases, pressed)
    law, P_m = mechanics.parameters, laws.f.pressure
    laws.mechanics.append(mechanics)
    if chosen.activation_volume != 0:
        laws.exchange_factors.append(law.exchange_factor(P_m, laws.kinetics.temperature))
    if chosen.coupling == OVERPOTENTIAL:
        shift = law.overpotential(P_m, laws.lithium.molar_volume)
        for openings in laws.openings:
            shift = openings.elsewhere(shift)
        laws.overpotentials.append(shift)
        return

    def driving_force(v: Expr) -> Expr:
        return laws.f.open_part * mechanics.force() * v * laws.m.dx

    laws.forces.append(driving_force)


def add_stack_pressure(laws: Laws, domain: Domain, chosen: StackPressure) -> None:
    """A stack pressure that follows a table."""
    (mechanics,), course = laws.mechanics, read_course(chosen)
    pressure = mechanics.parameters.pressure
    tolerance = min(PRESSURE_TOLERANCE, mechanics.chosen.rate_tolerance)
    laws.blocks.append(lambda volume: FollowedPressure(pressure, course, tolerance))


def add_collector(laws: Laws, domain: Domain, chosen: Collector) -> None:
    """A bare collector: lithium nucleates on it, and what is left of it slows stripping."""
    shift, cover = (fem.Constant(domain.mesh, value) for value in (0.0, 1.0))
    laws.overpotentials.append(shift)
    laws.exchange_factors.append(cover)
    made: list[BareCollector] = []

    def block(volume: PETSc.Vec) -> BareCollector:
        made.append(BareCollector(laws, chosen, shift, cover, domain.area("right"), volume))
        return made[-1]

    laws.blocks.append(block)
    laws.observables.append(lambda _: CollectorReadings(made[-1]))


ADDERS: dict[str, Callable[[Laws, Domain, Any], None]] = {
    "layers": add_layers,
    "films": add_films,
    "anisotropy": add_anisotropy,
    "noise": add_noise,
    "damage": add_damage,
    "nucleation": add_nucleation,
    "cracks": add_cracks,  # after the damage that makes them
    "lithium_pressure": add_lithium_pressure,
    "electrodes": add_electrodes,
    "elasticity": add_elasticity,
    "counter_electrode": add_stored_lithium,
    "collector": add_collector,
    "local_lithium": add_local_lithium,  # after the section that it makes local
    "reference_electrode": add_reference,
    "stack_pressure": add_stack_pressure,  # after the section that it presses on
}
