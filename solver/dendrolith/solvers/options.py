"""Named PETSc option sets, as data; each line of choice has its reason."""

from __future__ import annotations

from dendrolith.solvers.petsc_options import tuned
from dendrolith.studies.plating.schema import SolverChoice

Options = dict[str, str | int | float]

# Direct: for tests and small cells.
DIRECT: Options = {"ksp_type": "preonly", "pc_type": "lu", "pc_factor_mat_solver_type": "mumps"}

# The same as the preconditioner of a Krylov method: a held current adds a rank-one part to the
# Jacobian that no factorisation sees; two or three iterations deal with it.
DIRECT_IN_KRYLOV: Options = {
    "ksp_type": "gmres", "ksp_rtol": 1e-8, "ksp_max_it": 50,
    "pc_type": "lu", "pc_factor_mat_solver_type": "mumps",
}  # fmt: skip

# Where the chosen solver has failed: the same with twice the memory that MUMPS estimates, because
# too little of it is one of the ways to fail.
ROOMY_DIRECT: Options = {**DIRECT_IN_KRYLOV, "mat_mumps_icntl_14": 100}

# Interpolation along short paths, with few entries a row: 3-D in mind.
_AMG: Options = {
    "pc_type": "hypre",
    "pc_hypre_boomeramg_interp_type": "ext+i",
    "pc_hypre_boomeramg_P_max": 4,
    # one sweep down, its transpose up: symmetric, and half the work of PETSc's symmetric sweeps for
    # a twentieth more iterations; scaled so that it converges on any number of ranks (Baker et al.
    # 2011, 10.1137/100798806)
    "pc_hypre_boomeramg_relax_type_down": "l1-Gauss-Seidel",
    "pc_hypre_boomeramg_relax_type_up": "backward-l1-Gauss-Seidel",
    # nodes in their own order, not the coarse ones first: one pass over the matrix instead of two
    "pc_hypre_boomeramg_no_CF": "true",
}

# One potential, set up anew in every step: PETSc's default coarsening (Falgout, classical) fills
# the coarse matrices in 3-D and takes 3.7 times as long on 26 000 nodes of hexahedra, for half the
# iterations; in 2-D 1.2 to 1.3 times (benchmarks/README.md).
_SCALAR_AMG: Options = {
    "ksp_type": "preonly",
    **_AMG,
    "pc_hypre_boomeramg_coarsen_type": "HMIS",
    "pc_hypre_boomeramg_agg_nl": 1,
}

# Both charge balances at fixed ξ are one symmetric positive definite matrix, so CG. The coupling is
# weaker than each balance's own diagonal, so an additive split with one AMG per potential does: 15
# iterations with floating lithium and a contrast of 3e10. Smoothed aggregation needs many more, and
# ever more as the mesh grows (benchmarks/README.md).
CHARGE: Options = {
    "ksp_type": "cg",
    # the residual itself: rows of metal count in it, and no preconditioner is applied but to go on
    "ksp_norm_type": "unpreconditioned",
    "ksp_rtol": 1e-8,
    "ksp_max_it": 200,
    "pc_type": "fieldsplit",
    "pc_fieldsplit_type": "additive",
    "pc_fieldsplit_block_size": 2,
    "pc_fieldsplit_0_fields": 0,
    "pc_fieldsplit_1_fields": 1,
    **{f"fieldsplit_{k}_{key}": value for k in (0, 1) for key, value in _SCALAR_AMG.items()},
}

# Allen–Cahn step: mass plus a small multiple of the Laplacian, well conditioned.
LITHIUM: Options = {"ksp_type": "cg", "ksp_rtol": 1e-10, "ksp_max_it": 500, "pc_type": "jacobi"}

# Elasticity with pores a thousand times softer, one set-up for many solves: 8 iterations and three
# quarters of the time where smoothed aggregation with the rigid body modes takes 14; that one rests
# on an estimate of the largest eigenvalue, too, which falls short where pores are soft
# (benchmarks/README.md). The tolerance refers to all forces in the material; it moves P_m by 2e-6
# and growth by 1e-8.
ELASTICITY: Options = {
    "ksp_type": "cg",
    "ksp_rtol": 1e-6,
    "ksp_max_it": 500,
    **_AMG,
    "pc_hypre_boomeramg_coarsen_type": "PMIS",
}


def coupled_options(solver: SolverChoice, components: int) -> Options:
    """The option set of all balances in one system with `components` unknowns a node."""
    options = DIRECT_IN_KRYLOV if solver.linear == "mumps" else _one_amg_each(components)
    return tuned(options, "coupled_", solver.petsc_options)


def charge_options(solver: SolverChoice, *, binary: bool, held_current: bool) -> Options:
    """The option set of the charge balances at fixed lithium."""
    if solver.linear == "mumps":
        options = DIRECT_IN_KRYLOV if held_current else DIRECT
    else:
        options = _one_amg_each(3) if binary else CHARGE
    return tuned(options, "charge_", solver.petsc_options)


def choose(solver: SolverChoice, prefix: str, iterative: Options) -> Options:
    """The option set of the solver with `prefix`: `iterative`, or direct if the input says so."""
    options = DIRECT if solver.linear == "mumps" else iterative
    return tuned(options, prefix, solver.petsc_options)


def _one_amg_each(components: int) -> Options:
    """For an unsymmetric system: anions and lithium make it so. GMRES, one AMG an unknown."""
    options: Options = {
        **CHARGE,
        "ksp_type": "gmres",
        "ksp_norm_type": "preconditioned",
        "ksp_gmres_restart": 100,
        "pc_fieldsplit_type": "multiplicative",
        "pc_fieldsplit_block_size": components,
    }
    for k in range(components):
        options[f"pc_fieldsplit_{k}_fields"] = k
        options |= {f"fieldsplit_{k}_{key}": value for key, value in _SCALAR_AMG.items()}
    return options
