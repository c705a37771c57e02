"""Changing a number never compiles a form again; a form compiled again is the same."""

import subprocess
import sys

import pytest
from ffcx.codegeneration import jit
from mpi4py import MPI

from dendrolith.domain.box import create_box
from dendrolith.physics.elasticity import Elasticity
from dendrolith.physics.pores import PoreWalls
from dendrolith.studies.plating.initial import initialise
from dendrolith.studies.plating.model import Model
from dendrolith.studies.plating.schema import Geometry, Pores
from tests.cases import UM, Stepper, config


def forms_of(factor: float, monkeypatch) -> set[str]:
    """Names of the compiled forms that a cell asks for; the cache is not ours alone."""
    names, get = set(), jit.get_cached_module

    def recorded(name, *rest):
        names.add(name)
        return get(name, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(jit, "get_cached_module", recorded)
        build(factor)
    return names


def build(factor: float) -> None:
    geometry = Geometry(10 * UM, 60 * UM * factor, 40 * UM, 1 * UM)
    settings = config(
        geometry=geometry,
        pores=Pores(0.16, 8 * UM, walls=PoreWalls(2 * UM * factor), access="accessible", seed=1),
        elasticity=Elasticity(pressure=1e6 * factor),
        lithium_metal__surface_energy=0.5 * factor,
        kinetics__exchange_current_density=100 * factor,
        electrodes__ionic_resistance=1e-5 * factor,
    )
    made = Model(settings, create_box(MPI.COMM_WORLD, geometry))
    initialise(made)
    Stepper(made).advance(1e-3)


def test_other_numbers_compile_nothing(monkeypatch):
    first = forms_of(1.0, monkeypatch)
    assert first
    assert forms_of(1.25, monkeypatch) == first


# the code of a form on a triangle, as DOLFINx has it made
GENERATE = """
import basix.ufl, ffcx.compiler, ffcx.options, ufl
mesh = ufl.Mesh(basix.ufl.element("Lagrange", "triangle", 1, shape=(2,)))
space = ufl.FunctionSpace(mesh, basix.ufl.element("Lagrange", "triangle", 1, shape=(2,)))
u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
form = ufl.inner(ufl.sym(ufl.grad(u)), ufl.sym(ufl.grad(v))) * ufl.dx
print(*ffcx.compiler.compile_ufl_objects([form], ffcx.options.get_options()))
"""


@pytest.mark.serial
def test_the_same_code_in_every_process():
    """Else a run that is resumed after the cache was emptied differs in the last digits."""
    first, second = (
        subprocess.run(
            [sys.executable, "-c", GENERATE], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    )
    assert "tabulate_tensor" in first
    assert first == second, "set PYTHONHASHSEED=0, as env.sh does"
