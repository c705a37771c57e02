"""Changing a number never compiles a form again."""

import os
from pathlib import Path

from mpi4py import MPI

from dendritex.config.schema import Geometry, Pores
from dendritex.mesh.create import create_cell_mesh
from dendritex.model.cell import Cell
from dendritex.model.initial import initialise
from dendritex.physics.elasticity import Elasticity
from dendritex.physics.pores import PoreWalls
from dendritex.stepping.split import Split
from tests.cases import UM, config


def compiled_modules() -> int:
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "fenics"
    MPI.COMM_WORLD.barrier()
    return len(list(cache.glob("libffcx_*.c")))


def build(factor: float) -> None:
    geometry = Geometry(10 * UM, 60 * UM * factor, 40 * UM, 1 * UM)
    settings = config(
        geometry=geometry,
        pores=Pores(0.16, 8 * UM, PoreWalls(2 * UM * factor), "accessible", seed=1),
        elasticity=Elasticity(pressure=1e6 * factor),
        lithium_metal__surface_energy=0.5 * factor,
        kinetics__exchange_current_density=100 * factor,
        electrodes__ionic_resistance=1e-5 * factor,
    )
    cell = Cell(settings, create_cell_mesh(MPI.COMM_WORLD, geometry))
    initialise(cell)
    Split(cell).attempt(1e-3)


def test_other_numbers_compile_nothing():
    build(1.0)
    before = compiled_modules()
    assert before > 0
    build(1.25)
    assert compiled_modules() == before
