"""Every branch on the DOLFINx version (0.9 is the reference; newer names where they differ)."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import dolfinx.fem.petsc as fem_petsc
import numpy as np
import numpy.typing as npt
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core.profile import ASSEMBLY, event

_SAME_CELLS = np.arange(0, dtype=np.int32)
_TAKES_SPACE = "V" in inspect.signature(fem_petsc.create_vector).parameters


# With GEMV, PETSc sums the dot products of GMRES (and of the eigenvalue estimates inside multigrid)
# in an order that depends on where the vectors happen to lie in memory: two runs of the same input
# then differ in their last digits. Read when a vector is made, so set before any is.
for _name in ("vec_mdot_use_gemv", "vec_maxpy_use_gemv"):
    PETSc.Options()[_name] = "false"
# An early end leaves solvers unused; PETSc would list their options as misspelt.
PETSc.Options()["options_left"] = "false"


def create_vector(form: fem.Form) -> PETSc.Vec:
    """PETSc vector for a linear form (from 0.10 on DOLFINx asks for the space)."""
    if _TAKES_SPACE:
        return fem_petsc.create_vector(form.function_spaces[0])
    return fem_petsc.create_vector(form)


def create_matrix(form: fem.Form, kind: str | None = None) -> PETSc.Mat:
    """PETSc matrix with the sparsity of a bilinear form, of PETSc's default kind or another."""
    return fem_petsc.create_matrix(form, kind)


def assemble_matrix(A: PETSc.Mat, form: fem.Form, bcs: Sequence[fem.DirichletBC] = ()) -> None:
    """Assemble into `A`, zeroing it first."""
    with event(ASSEMBLY):
        A.zeroEntries()
        fem_petsc.assemble_matrix(A, form, bcs=list(bcs))
        A.assemble()


def assemble_vector(b: PETSc.Vec, form: fem.Form) -> None:
    """Assemble into `b`, zeroing it first; ghost contributions are added to their owners."""
    with event(ASSEMBLY):
        with b.localForm() as local:
            local.set(0.0)
        fem_petsc.assemble_vector(b, form)
        b.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)


def interpolation_points(space: fem.FunctionSpace) -> Any:
    """Points of the reference cell at which an expression is interpolated."""
    points = space.element.interpolation_points
    return points() if callable(points) else points


def interpolate(
    target: fem.Function, expression: fem.Expression, cells: npt.NDArray[np.int32] | None = None
) -> None:
    """Take an expression at the nodes of these cells of this rank; None: of all, ghosts included.

    `Function.interpolate` makes a dispatcher in each call, which takes longer than a few cells do.
    """
    if cells is None:
        topology = target.function_space.mesh.topology
        index_map = topology.index_map(topology.dim)
        cells = np.arange(index_map.size_local + index_map.num_ghosts, dtype=np.int32)
    target._cpp_object.interpolate(expression._cpp_object, cells, _SAME_CELLS)


def coarsen_reproducibly(comm: PETSc.Comm) -> None:
    """How PETSc makes the coarse matrices Pᵀ A P of smoothed aggregation; call before a set-up.

    By default what comes from other ranks is added in the order of its arrival: from three ranks on
    no two runs would be alike. This way is a tenth slower; one rank alone does not know it.
    """
    if comm.size > 2:
        PETSc.Options()["matptap_via"] = "allatonce"
    else:
        PETSc.Options().delValue("matptap_via")
