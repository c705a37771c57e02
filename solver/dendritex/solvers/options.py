"""Named PETSc option sets, as data; each line of choice has its reason."""

from __future__ import annotations

Options = dict[str, str | int | float]

# Direct: for tests and small cells.
DIRECT: Options = {"ksp_type": "preonly", "pc_type": "lu", "pc_factor_mat_solver_type": "mumps"}

# Both charge balances at fixed ξ are one symmetric positive definite matrix, so CG. The coupling is
# weaker than each balance's own diagonal, so an additive split with one AMG per potential does: 9
# to 10 iterations with floating lithium and a contrast of 3e10. Smoothed aggregation needs three
# times as many, and more as the mesh grows (benchmarks/README.md). The coarsening is one for 3-D:
# PETSc's defaults (Falgout, classical) fill the coarse matrices there and take 3.7 times as long on
# 26 000 nodes of hexahedra, for half the iterations; in 2-D there is nothing between them.
CHARGE: Options = {
    "ksp_type": "cg",
    "ksp_rtol": 1e-8,
    "ksp_max_it": 200,
    "pc_type": "fieldsplit",
    "pc_fieldsplit_type": "additive",
    "pc_fieldsplit_block_size": 2,
    "pc_fieldsplit_0_fields": 0,
    "pc_fieldsplit_1_fields": 1,
    **{
        f"fieldsplit_{field}_{key}": value
        for field in (0, 1)
        for key, value in {
            "ksp_type": "preonly",
            "pc_type": "hypre",
            "pc_hypre_boomeramg_coarsen_type": "HMIS",
            "pc_hypre_boomeramg_interp_type": "ext+i",
            "pc_hypre_boomeramg_P_max": 4,
            "pc_hypre_boomeramg_agg_nl": 1,
        }.items()
    },
}

# Allen–Cahn step: mass plus a small multiple of the Laplacian, well conditioned.
LITHIUM: Options = {"ksp_type": "cg", "ksp_rtol": 1e-10, "ksp_max_it": 500, "pc_type": "jacobi"}

# Elasticity with pores a thousand times softer: smoothed aggregation with the rigid body modes.
ELASTICITY: Options = {
    "ksp_type": "cg",
    "ksp_rtol": 1e-8,
    "ksp_max_it": 500,
    "pc_type": "gamg",
    "pc_gamg_threshold": 0.01,
    "mg_levels_ksp_type": "chebyshev",
    "mg_levels_pc_type": "jacobi",
}


def choose(linear: str, iterative: Options) -> Options:
    """The option set for `linear` ("iterative" or "mumps")."""
    return DIRECT if linear == "mumps" else iterative
