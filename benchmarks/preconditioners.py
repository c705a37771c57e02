"""Solvers for the two charge balances: iterations and time of one cold Newton solve.

    ./env.sh run python benchmarks/preconditioners.py [SCALE]

The cell is the quickstart's, SCALE times larger at the same mesh size, with a floating disc of
lithium of 8 µm radius in its middle: metal against electrolyte is a contrast of 3e10 in σ_el. Every
solver starts from zero potentials, and none knows of the disc: the modes of floating lithium are
measured in iterations.py. Times are CPU times of this process; quote ratios.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from dendrolith.core.errors import SolverDiverged
from dendrolith.domain.box import create_box
from dendrolith.solvers.box_multigrid import BoxMultigrid
from dendrolith.solvers.newton import KRYLOV, NEWTON, BalanceSolver
from dendrolith.solvers.options import DIRECT, Options
from dendrolith.studies.plating.box_cycle import box_cycle
from dendrolith.studies.plating.charge import WHAT, passing_current
from dendrolith.studies.plating.initial import initialise
from dendrolith.studies.plating.model import Model
from dendrolith.studies.plating.solver_options import CHARGE
from dendrolith.studies.register import load

SPLIT = {key: value for key, value in CHARGE.items() if not key.startswith("fieldsplit")}
CG: Options = {"ksp_type": "cg", "ksp_rtol": 1e-8, "ksp_max_it": 200}


def each_part(options: Options) -> Options:
    """The same inner solver for both potentials."""
    return {f"fieldsplit_{k}_{key}": value for k in (0, 1) for key, value in options.items()}


EXACT: Options = {"ksp_type": "preonly", **{k: v for k, v in DIRECT.items() if k != "ksp_type"}}
AMG: Options = {"ksp_type": "preonly", "pc_type": "hypre"}
SMOOTHED: Options = {"ksp_type": "preonly", "pc_type": "gamg"}
CANDIDATES: dict[str, Options] = {
    "MUMPS": DIRECT,
    "additive split, MUMPS inside": {**SPLIT, **each_part(EXACT)},
    "additive split, multigrid of the box inside (default)": CHARGE,
    "additive split, BoomerAMG inside (default elsewhere)": CHARGE,
    "additive split, BoomerAMG as PETSc sets it inside": {**SPLIT, **each_part(AMG)},
    "symmetric multiplicative split, BoomerAMG inside": {
        **SPLIT, "pc_fieldsplit_type": "symmetric_multiplicative", **each_part(AMG),
    },
    "monolithic BoomerAMG": {**CG, "pc_type": "hypre"},
    "additive split, GAMG inside": {**SPLIT, **each_part(SMOOTHED)},
    "monolithic GAMG": {**CG, "pc_type": "gamg"},
}  # fmt: skip


def cell_with_island(scale: float) -> Model:
    """The quickstart's cell, enlarged, with floating lithium."""
    config = load(
        "configs/quickstart.yaml",
        [f"geometry.height={100 * scale} um", f"geometry.electrolyte_thickness={112 * scale} um"],
    )
    model = Model(config, create_box(MPI.COMM_WORLD, config.geometry))
    initialise(model)
    f, x = model.f, model.f.scalar_space.tabulate_dof_coordinates()
    middle = (16e-6 + 56e-6 * scale, 50e-6 * scale)
    distance = np.hypot(x[:, 0] - middle[0], x[:, 1] - middle[1]) - 8e-6
    island = 0.5 * (1 - np.tanh(2 * distance / config.lithium_metal.interface_width))
    f.xi.x.array[:] = np.maximum(f.xi.x.array, island)
    f.begin()
    model.laws.dt.value = 0.05
    model.laws.voltage.value = config.control[0].voltage
    return model


def in_python(context: BoxMultigrid) -> Callable[[PETSc.KSP], None]:
    """The change that makes `context` the preconditioner."""

    def change(ksp: PETSc.KSP) -> None:
        ksp.getPC().setType(PETSc.PC.Type.PYTHON)
        ksp.getPC().setPythonContext(context)

    return change


def main() -> None:
    """Print one line a solver."""
    model = cell_with_island(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
    phi = model.f.phi
    index_map = phi.function_space.dofmap.index_map
    print(f"{2 * index_map.size_global} unknowns, {MPI.COMM_WORLD.size} rank(s)")
    contexts = box_cycle(model)
    for number, (name, options) in enumerate(CANDIDATES.items()):
        solver = BalanceSolver(
            model.charge, WHAT, options=options, tolerance=1e-9, reference=1e-4,
            passing=passing_current, max_iterations=25, prefix=f"candidate{number}_",
            preconditioner=[in_python(context) for context in contexts if "of the box" in name],
        )  # fmt: skip
        try:
            for _ in range(2):  # the second time forms and patterns are there
                phi.x.array[:] = 0.0
                started = time.process_time()
                counts = solver.solve()
                elapsed = time.process_time() - started
        except SolverDiverged as failure:
            print(f"{name:50s} fails: {failure.reason}")
            continue
        newton, krylov = counts[NEWTON], counts[KRYLOV] / counts[NEWTON]
        effort = f"{newton:.0f} Newton, {krylov:5.1f} Krylov each, {elapsed:6.2f} s"
        print(f"{name:50s} {effort}")


if __name__ == "__main__":
    main()
