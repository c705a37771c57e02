"""PETSc option sets of plating, as data; each line of choice has its reason."""

from __future__ import annotations

from dendrolith.solvers.options import (
    AMG,
    DIRECT,
    DIRECT_IN_KRYLOV,
    SCALAR_AMG,
    LinearChoice,
    Options,
)
from dendrolith.solvers.petsc_options import tuned

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
    **{f"fieldsplit_{k}_{key}": value for k in (0, 1) for key, value in SCALAR_AMG.items()},
}

# Real plus imaginary part of the response to a small signal. At high frequency the double layer
# ties the potentials of a node more than ions do, and the split above takes hundreds of iterations.
# As one graph of conductances, all off-diagonals of one sign, both are one scalar problem: 2 to 21
# iterations from 1 mHz to 1 MHz, with floating lithium too. Aggressive coarsening doubles them.
RESPONSE: Options = {
    **AMG,
    "pc_hypre_boomeramg_coarsen_type": "HMIS",
    "pc_hypre_boomeramg_numfunctions": 1,
}

# Allen–Cahn step: mass plus a small multiple of the Laplacian, well conditioned.
LITHIUM: Options = {"ksp_type": "cg", "ksp_rtol": 1e-10, "ksp_max_it": 500, "pc_type": "jacobi"}

# Elasticity with pores a thousand times softer, one set-up for many solves: 8 iterations and three
# quarters of the time where smoothed aggregation with the rigid body modes takes 14; that one rests
# on an estimate of the largest eigenvalue, too, which falls short where pores are soft
# (benchmarks/README.md). The tolerance refers to all forces in the material; it moves P_m by 2e-6
# and growth by 1e-8. With 1e-4 two numbers of ranks differ by 5e-5 in pressure and damage.
ELASTICITY: Options = {
    "ksp_type": "cg",
    "ksp_rtol": 1e-6,
    "ksp_max_it": 500,
    **AMG,
    "pc_hypre_boomeramg_coarsen_type": "PMIS",
}


def response_options(solver: LinearChoice) -> Options:
    """The option set of the preconditioner of a response to a small signal."""
    options = DIRECT if solver.linear == "mumps" else RESPONSE
    return {key: value for key, value in options.items() if key.startswith("pc_")}


def coupled_options(solver: LinearChoice, components: int) -> Options:
    """The option set of all balances in one system with `components` unknowns a node."""
    options = DIRECT_IN_KRYLOV if solver.linear == "mumps" else _one_amg_each(components)
    return tuned(options, "coupled_", solver.petsc_options)


def charge_options(solver: LinearChoice, components: int, *, held_current: bool) -> Options:
    """The option set of the charge balances at fixed lithium."""
    if solver.linear == "mumps":
        options = DIRECT_IN_KRYLOV if held_current else DIRECT
    else:
        options = CHARGE if components == 2 else _one_amg_each(components)
    return tuned(options, "charge_", solver.petsc_options)


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
        options |= {f"fieldsplit_{k}_{key}": value for key, value in SCALAR_AMG.items()}
    return options
