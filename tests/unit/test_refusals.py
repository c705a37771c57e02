"""What PETSc refuses ends in words of dendrolith, not in a traceback."""

import pytest

from dendrolith.core.errors import ConfigError, SolverDiverged
from dendrolith.physics.elasticity import Elasticity
from dendrolith.studies.plating.solver_input import SolverChoice
from tests.cases import Stepper, cell, config, front


def split(options: str) -> Stepper:
    settings = config(solver=SolverChoice(petsc_options=options), elasticity=Elasticity())
    return Stepper(cell(settings, front(1e-5)))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("-lithium_ksp_max_it x", "refused for -lithium_: Input string x has no integer value"),
        ("-elastic_ksp_rtol 2.5", "refused for -elastic_: Relative tolerance 2.5"),
        ("-charge_snes_max_it 1e-6", "refused for -charge_: Input string 1e-6 has no integer"),
    ],
)
def test_options_that_petsc_cannot_read(options, words):
    with pytest.raises(ConfigError, match=f"^solver.petsc_options: {words}"):
        split(options)


def test_options_that_petsc_reads_when_it_solves():
    stepper = split("-elastic_pc_type gamg -elastic_mg_levels_ksp_max_it x")
    with pytest.raises(SolverDiverged, match="mechanical equilibrium: PETSc refused: Input string"):
        stepper.advance(1e-3)
    stepper.close()
