"""Multigrid on a box: symmetric, alike on any number of ranks, indifferent to contrast and size."""

import numpy as np
import pytest
from mpi4py import MPI
from petsc4py import PETSc
from scipy.sparse import csr_array

from dendrolith.solvers.box_multigrid import BoxMultigrid, BoxNodes

RTOL = 1e-8


STEPS = [(1, 0), (0, 1), (-1, 0), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1)]


def conductances(sigma, di, dj):
    """Of each node to its neighbour in a direction: the mean of the cells beside the edge."""
    cells = np.pad(sigma, 1)  # nothing conducts outside
    west, east, south, north = (slice(None, -1), slice(1, None)) * 2
    beside_x = {-1: (west,), 0: (west, east), 1: (east,)}[di]
    beside_y = {-1: (south,), 0: (south, north), 1: (north,)}[dj]
    return np.mean([cells[x, y] for x in beside_x for y in beside_y], axis=0)


def conduction(comm, columns, rows, sigma, diagonals=0.0):
    """Two potentials held at the left, σ and 1/σ at the cells, and where the nodes stand."""
    number = np.arange(columns * rows).reshape(columns, rows)
    entries = []
    for k, s in enumerate((sigma, 1 / sigma)):
        total = np.where(np.arange(columns) == 0, 10.0, 0.0)[:, None] * np.ones(rows)
        for di, dj in STEPS:
            g = conductances(s, di, dj) * (diagonals if di and dj else 1.0)
            i, j = np.nonzero(g)
            entries.append((2 * number[i, j] + k, 2 * number[i + di, j + dj] + k, -g[i, j]))
            total += g
        entries.append((2 * number.ravel() + k, 2 * number.ravel() + k, total.ravel()))
    i, j, values = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    first, last = (columns * rows * rank // comm.size for rank in (comm.rank, comm.rank + 1))
    own = csr_array((values, (i, j)))[2 * first : 2 * last]
    sizes = ((own.shape[0], None), (own.shape[0], None))
    csr = (own.indptr.astype(np.int32), own.indices.astype(np.int32), own.data)
    A = PETSc.Mat().createAIJ(sizes, bsize=2, csr=csr, comm=comm)
    return A, np.stack(np.divmod(np.arange(first, last), rows), axis=1)


def cycle(A, place, columns, rows):
    pc = PETSc.PC().create(A.comm)
    pc.setOperators(A, A)
    pc.setType(PETSc.PC.Type.PYTHON)
    pc.setPythonContext(BoxMultigrid(A.comm.tompi4py(), BoxNodes(place, columns, rows), 2))
    pc.setUp()
    return pc


def some(A, seed):
    v = A.createVecRight()
    first, last = v.getOwnershipRange()
    v.array[:] = np.random.default_rng(seed).normal(size=v.size)[first:last]
    return v


def metal_and_electrolyte(columns, rows):
    """Fingers and islands of σ = 1e4 in 1e-6."""
    x, y = np.meshgrid(np.linspace(0, 1, columns - 1), np.linspace(0, 1, rows - 1), indexing="ij")
    metal = (x < 0.2) | ((x < 0.7) & (abs(y - 0.4) < 0.06)) | (np.hypot(x - 0.8, y - 0.6) < 0.1)
    return np.where(metal, 1e4, 1e-6)


@pytest.mark.parametrize(("columns", "rows"), [(67, 40), (40, 67), (150, 90), (24, 3)])
@pytest.mark.parametrize("diagonals", [0.0, 0.3])
def test_a_cycle_is_symmetric_and_the_same_on_any_ranks(columns, rows, diagonals):
    sigma = metal_and_electrolyte(columns, rows)
    A, place = conduction(MPI.COMM_WORLD, columns, rows, sigma, diagonals)
    alone, everywhere = conduction(MPI.COMM_SELF, columns, rows, sigma, diagonals)
    pc, reference = cycle(A, place, columns, rows), cycle(alone, everywhere, columns, rows)
    x, y, Bx, By = some(A, 1), some(A, 2), A.createVecLeft(), A.createVecLeft()
    pc.apply(x, Bx)
    pc.apply(y, By)
    assert y.dot(Bx) == pytest.approx(x.dot(By), rel=1e-8)
    assert x.dot(Bx) > 0
    expected, whole = alone.createVecLeft(), some(alone, 1)
    reference.apply(whole, expected)
    first, last = x.getOwnershipRange()
    scale = np.abs(expected.array).max()
    assert Bx.array == pytest.approx(expected.array[first:last], abs=1e-9 * scale)


def iterations(columns, rows):
    A, place = conduction(MPI.COMM_WORLD, columns, rows, metal_and_electrolyte(columns, rows))
    ksp = PETSc.KSP().create(A.comm)
    ksp.setType(PETSc.KSP.Type.CG)
    ksp.setOperators(A, A)
    ksp.setPC(cycle(A, place, columns, rows))
    ksp.setTolerances(rtol=RTOL, max_it=60)
    ksp.solve(some(A, 3), A.createVecLeft())
    assert ksp.getConvergedReason() > 0
    return ksp.getIterationNumber()


def test_iterations_neither_follow_the_mesh_nor_the_contrast():
    """A contrast of 1e10, its border along no coarse line; all levels joined and in slabs."""
    coarse, fine = iterations(41, 25), iterations(161, 97)
    assert fine <= 1.3 * coarse
    assert fine <= 20
