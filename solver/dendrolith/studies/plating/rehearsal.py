"""What building a cell refuses, found without building it: mesh, pores, options of the solvers.

The same functions are called as by the run, on one process. No form of the laws is compiled.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from dolfinx import fem
from mpi4py import MPI

from dendrolith.core.compiled import prepare_cache
from dendrolith.core.sections import present
from dendrolith.fields.measures import Measures, nodal_volume
from dendrolith.observables.reference_input import ReferenceElectrode
from dendrolith.physics.elasticity import Elasticity
from dendrolith.physics.ion_transport import BinaryElectrolyte
from dendrolith.shapes.earlier import EarlierLithium
from dendrolith.solvers.options import Options, choose
from dendrolith.solvers.trial import try_options
from dendrolith.studies.plating.domain import create_domain
from dendrolith.studies.plating.initial import (
    fill_lithium,
    fill_pores,
    initial_lithium,
    place_pores,
)
from dendrolith.studies.plating.reference_place import refuse_misplaced
from dendrolith.studies.plating.schema import Config, Pores
from dendrolith.studies.plating.solver_input import SPLIT
from dendrolith.studies.plating.solver_options import (
    ELASTICITY,
    LITHIUM,
    charge_options,
    coupled_options,
)

POTENTIALS = 2
TRIED: tuple[type, ...] = (Pores, EarlierLithium, ReferenceElectrode)
MOST_NODES = 3e5  # of a mesh on which walls are relaxed for the question: 20 s


def rehearse(config: Config) -> list[str]:
    """Do what a run may refuse before its first step.

    Returns:
        What could not be tried, a note each.

    Raises:
        ConfigError: as the run would.
    """
    for prefix, options, newton in _solvers(config):
        try_options(prefix, options, newton=newton)
    geometry, notes = config.geometry, list[str]()
    references = present(config, ReferenceElectrode)
    nodes = math.prod(count + 1 for count in geometry.counts)
    if geometry.mesh_file is None and nodes > MOST_NODES:
        for pores in present(config, Pores):
            lithium = initial_lithium(geometry, config.protrusions, config.lithium_pieces)
            place_pores(MPI.COMM_SELF, geometry, pores, lithium)
            notes.append(f"the walls of the pores are not tried here: {nodes:.2g} nodes")
        notes += ["where the reference electrode lies is not tried here" for _ in references]
    elif geometry.mesh_file is not None or any(present(config, kind) for kind in TRIED):
        _build(config)
    return notes


def _build(config: Config) -> None:
    """Mesh, lithium and pores of a cell, and where its reference electrode lies."""
    prepare_cache(MPI.COMM_SELF)
    domain = create_domain(MPI.COMM_SELF, config.geometry)
    space, m = fem.functionspace(domain.mesh, ("Lagrange", 1)), Measures.of(domain)
    xi, rho = fem.Function(space), fem.Function(space)
    rho.x.array[:] = 1.0
    for pores in present(config, Pores):
        fill_pores(rho, m, nodal_volume(space, m), config, pores)
    fill_lithium(xi, config)
    for reference in present(config, ReferenceElectrode):
        refuse_misplaced(reference, xi, rho, config.lithium_metal.interface_width)


def _solvers(config: Config) -> Iterator[tuple[str, Options, bool]]:
    """Prefix and options of each solver that the input lets tune, and whether it is Newton's."""
    solver = config.solver
    if not solver.petsc_options:
        return
    components = POTENTIALS + len(present(config, BinaryElectrolyte))
    held = any(stage.current_density is not None for stage in config.control)
    yield "charge_", charge_options(solver, components, held_current=held), True
    if present(config, Elasticity):
        yield "elastic_", choose(solver, "elastic_", ELASTICITY), False
    yield "lithium_", choose(solver, "lithium_", LITHIUM), False
    if config.time.scheme != SPLIT:
        yield "coupled_", coupled_options(solver, components + 1), True
