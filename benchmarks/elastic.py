"""Preconditioners for the displacement: iterations and time of a cold solve, set-up or not.

    ./env.sh run python benchmarks/elastic.py [CONFIG]

The stress at the start of a run, by default that of the published cell. Times are those of this
process, assembly included: the best of five, in turns; quote ratios.
"""

from __future__ import annotations

import sys
import time

from mpi4py import MPI

from dendrolith.domain.box import create_box
from dendrolith.solvers.elastic import ElasticSolver
from dendrolith.solvers.options import Options
from dendrolith.studies.plating.initial import initialise
from dendrolith.studies.plating.model import Model
from dendrolith.studies.plating.solver_options import ELASTICITY
from dendrolith.studies.register import load

ROUNDS = 5
KRYLOV: Options = {key: value for key, value in ELASTICITY.items() if key.startswith("ksp")}
AMG = "pc_hypre_boomeramg_"
# PETSc's margin of a tenth over its estimate of the largest eigenvalue is not enough for soft pores
SMOOTHED: Options = {
    **KRYLOV, "pc_type": "gamg", "pc_gamg_threshold": 0.01, "mg_levels_ksp_type": "chebyshev",
    "mg_levels_ksp_chebyshev_esteig": "0,0.1,0,2", "mg_levels_pc_type": "jacobi",
}  # fmt: skip
CANDIDATES: dict[str, Options] = {
    "BoomerAMG, PMIS (default)": ELASTICITY,
    "BoomerAMG, HMIS": {**ELASTICITY, AMG + "coarsen_type": "HMIS"},
    "BoomerAMG, HMIS, one aggressive level": {
        **ELASTICITY, AMG + "coarsen_type": "HMIS", AMG + "agg_nl": 1,
    },
    "BoomerAMG, HMIS, by nodes": {
        **ELASTICITY, AMG + "coarsen_type": "HMIS", AMG + "nodal_coarsen": 1,
    },
    "BoomerAMG as PETSc sets it": {**KRYLOV, "pc_type": "hypre"},
    "GAMG, rigid body modes": SMOOTHED,
}  # fmt: skip


def cold_solves(model: Model, options: Options) -> tuple[int, list[float]]:
    """Iterations, and seconds of two cold solves: the first sets up the preconditioner."""
    (mechanics,), u = model.laws.mechanics, model.f.u
    solver = ElasticSolver(
        u, mechanics.residual, mechanics.stiffness, mechanics.bcs, options, (), mechanics.means
    )
    seconds = []
    for _ in range(2):
        u.x.array[:] = 0.0
        started = time.perf_counter()
        iterations = solver.solve()
        seconds.append(time.perf_counter() - started)
    solver.destroy()
    return iterations, seconds


def main() -> None:
    """Print one line a preconditioner."""
    config = load(sys.argv[1] if len(sys.argv) > 1 else "configs/cao2023/pressure.yaml")
    model = Model(config, create_box(MPI.COMM_WORLD, config.geometry))
    initialise(model)
    f = model.f
    f.xi_stressed.x.array[:] = f.xi.x.array
    f.rho_stressed.x.array[:] = f.rho.x.array
    nodes = f.u.function_space.dofmap.index_map.size_global
    print(f"{nodes * model.domain.mesh.geometry.dim} unknowns, {MPI.COMM_WORLD.size} rank(s)")
    # in turns: what else runs on the machine comes and goes
    turns = [
        [cold_solves(model, options) for options in CANDIDATES.values()] for _ in range(ROUNDS)
    ]
    for number, name in enumerate(CANDIDATES):
        iterations, _ = turns[0][number]
        with_set_up, without = (min(turn[number][1][k] for turn in turns) for k in (0, 1))
        print(f"{name:40s} {iterations:4d} CG, {with_set_up:6.2f} s, then {without:6.2f} s")


if __name__ == "__main__":
    main()
