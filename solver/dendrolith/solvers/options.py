"""Named PETSc option sets, as data; each line of choice has its reason."""

from __future__ import annotations

from typing import Protocol

from dendrolith.solvers.petsc_options import tuned

Options = dict[str, str | int | float]


class LinearChoice(Protocol):
    """What an input says of its linear solvers."""

    @property
    def linear(self) -> str:
        """Return ``"iterative"`` or ``"mumps"``."""
        ...

    @property
    def petsc_options(self) -> str:
        """Options as on PETSc's command line."""
        ...


# Direct: for tests and small cells.
DIRECT: Options = {"ksp_type": "preonly", "pc_type": "lu", "pc_factor_mat_solver_type": "mumps"}

# Many solves with stiffness that changes in few places, as around the tip of a crack: factors of
# an earlier one precondition. A factorisation costs twenty times what an iteration does.
FACTORS_REUSED: Options = {
    "ksp_type": "cg",
    # the energy of the error
    "ksp_norm_type": "natural",
    "ksp_rtol": 1e-9,
    "ksp_max_it": 25,
    "pc_type": "cholesky",
    "pc_factor_mat_solver_type": "mumps",
}

# PETSc's own factors, of one process: in the plane as dear as those of MUMPS, and applied in a
# third of the time (51 520 unknowns: 0.29 and 0.27 s; 3.9 and 11.8 ms).
PLANE_FACTORS_REUSED: Options = {
    **FACTORS_REUSED,
    "pc_factor_mat_solver_type": "petsc",
    "pc_factor_mat_ordering_type": "nd",
}

# MUMPS as the preconditioner of a Krylov method: a held current adds a rank-one part to the
# Jacobian that no factorisation sees; two or three iterations deal with it.
DIRECT_IN_KRYLOV: Options = {
    "ksp_type": "gmres",
    "ksp_rtol": 1e-8,
    "ksp_max_it": 50,
    "pc_type": "lu",
    "pc_factor_mat_solver_type": "mumps",
}

# Where the chosen solver has failed: the same with twice the memory that MUMPS estimates, because
# too little of it is one of the ways to fail.
ROOMY_DIRECT: Options = {**DIRECT_IN_KRYLOV, "mat_mumps_icntl_14": 100}

# Interpolation along short paths, with few entries a row: 3-D in mind.
AMG: Options = {
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
SCALAR_AMG: Options = {
    "ksp_type": "preonly",
    **AMG,
    "pc_hypre_boomeramg_coarsen_type": "HMIS",
    "pc_hypre_boomeramg_agg_nl": 1,
}


def reused_factors(ranks: int, dim: int) -> Options:
    """Options of a displacement whose stiffness changes in few places, in `dim` dimensions."""
    return PLANE_FACTORS_REUSED if ranks == 1 and dim == 2 else FACTORS_REUSED


def choose(solver: LinearChoice, prefix: str, iterative: Options) -> Options:
    """The option set of the solver with `prefix`: `iterative`, or direct if the input says so."""
    options = DIRECT if solver.linear == "mumps" else iterative
    return tuned(options, prefix, solver.petsc_options)
