"""The preconditioner of both potentials with floating metal: a rod of electrolyte, metal in it."""

import numpy as np
import pytest
from mpi4py import MPI
from petsc4py import PETSc

from dendrolith.solvers.linear import set_options
from dendrolith.studies.plating.islands import correct_islands

NODES = 60
METAL = (20, 31)  # nodes from, to
SPLIT = {
    "ksp_type": "cg", "ksp_rtol": 1e-10, "ksp_norm_type": "natural",
    "pc_type": "fieldsplit", "pc_fieldsplit_type": "additive", "pc_fieldsplit_block_size": 2,
    **{f"fieldsplit_{k}_{name}": value for k in (0, 1) for name, value in [
        ("ksp_type", "preonly"), ("pc_type", "lu"), ("pc_factor_mat_solver_type", "mumps"),
    ]},
}  # fmt: skip


def rod() -> PETSc.Mat:
    """Conduction and reaction of a chain; φ_el is held at the left end, φ_ion at the right."""
    A = PETSc.Mat().createAIJ(2 * NODES, bsize=2, nnz=6, comm=MPI.COMM_WORLD)
    owned = range(*(row // 2 for row in A.getOwnershipRange()))
    metal = range(*METAL)

    def add(a: int, b: int, conductance: float) -> None:
        for row, column, sign in ((a, a, 1), (b, b, 1), (a, b, -1), (b, a, -1)):
            A.setValue(row, column, sign * conductance, addv=PETSc.InsertMode.ADD)

    for n in owned:
        if n + 1 < NODES:
            within = n in metal and n + 1 in metal
            add(2 * n, 2 * n + 2, 1e6 if within else 1e-3)
            add(2 * n + 1, 2 * n + 3, 1e-6 if within else 1.0)
        if n in (METAL[0], METAL[1] - 1):
            add(2 * n, 2 * n + 1, 1e3)
        if n == 0:
            A.setValue(0, 0, 1.0, addv=PETSc.InsertMode.ADD)
        if n == NODES - 1:
            A.setValue(2 * n + 1, 2 * n + 1, 1.0, addv=PETSc.InsertMode.ADD)
    A.assemble()
    return A


@pytest.fixture
def solver():
    """CG with the split and the mode of the island; with the split alone; their matrix."""
    A = rod()
    set_options("rod_", SPLIT)
    with_mode, alone = (PETSc.KSP().create(A.comm) for _ in range(2))
    for ksp in (with_mode, alone):
        ksp.setOptionsPrefix("rod_")
        ksp.setOperators(A, A)
        ksp.setFromOptions()
        ksp.setComputeEigenvalues(True)
    nodes = np.arange(*(row // 2 for row in A.getOwnershipRange()))
    label = np.where((nodes >= METAL[0]) & (nodes < METAL[1]), 0, -1)
    correct_islands(with_mode, lambda: (label, 1), dim=1)
    for ksp in (with_mode, alone):
        ksp.setUp()
    yield with_mode, alone, A
    for thing in (with_mode, alone, A):
        thing.destroy()


def test_the_preconditioner_is_symmetric(solver):
    ksp, _, A = solver
    x, y, Mx, My = (A.createVecRight() for _ in range(4))
    first, last = x.getOwnershipRange()
    whole = np.random.default_rng(1).normal(size=(2, 2 * NODES))
    x.array[:], y.array[:] = whole[:, first:last]
    ksp.getPC().apply(x, Mx)
    ksp.getPC().apply(y, My)
    assert y.dot(Mx) == pytest.approx(x.dot(My), rel=1e-9)
    assert x.dot(Mx) > 0


def test_no_small_eigenvalue_is_left(solver):
    """Metal and the ions around it move together: that mode is solved for, and nothing else is."""
    with_mode, alone, A = solver
    b = A.createVecLeft()
    b.set(1.0)
    least, potentials = [], []
    for ksp in (alone, with_mode):
        x = A.createVecRight()
        ksp.solve(b, x)
        assert ksp.getConvergedReason() > 0
        least.append(ksp.computeEigenvalues().real.min())
        potentials.append(x)
    assert least[0] < 1e-4
    assert least[1] > 0.5
    x.axpy(-1.0, potentials[0])
    assert x.norm() < 1e-6 * potentials[0].norm()
