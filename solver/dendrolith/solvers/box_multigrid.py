"""Multigrid on the columns and rows of a box, a cycle for each of several unknowns at its nodes.

The kernels are in `box_multigrid.c`. Columns go to the ranks in slabs; a level with few of them is
joined, and every rank goes on with all of it. Colours are relaxed one after the other, with the
neighbours' columns exchanged between: any number of ranks makes the same iterations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from mpi4py import MPI
from petsc4py import PETSc

from dendrolith.solvers.native import native

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

SOURCE = Path(__file__).with_name("box_multigrid.c")
BORDER = 3  # columns of the neighbours, as in the source
MATRIX = ("centre", "east", "north", "northeast", "southeast")
OFFSETS = ((0, 0), (1, 0), (0, 1), (1, 1), (1, -1))  # of their column and row
ARRAYS = (*MATRIX, "inverse", "sw", "se", "nw", "ne", "x", "b", "r")
DECLARATIONS = f"""
typedef struct {{
    int columns, rows, stride, first;
    int five;
    double *{", *".join(ARRAYS)};
}} Level;
void weigh(Level *);
void galerkin(const Level *, Level *, int);
void relax(Level *, int);
void find_residual(Level *);
void restrict_residual(const Level *, Level *, int);
void prolong(Level *, const Level *, int);
void cycle(Level *, int, const double *, int);
"""

SMALL = 4096  # nodes of a level that every rank has as a whole
COARSEST = 8  # columns and rows of a level that is solved directly


@dataclass(frozen=True, slots=True)
class BoxNodes:
    """Where the nodes of a rank stand in a box.

    Attributes:
        place: (n_owned, 2) column and row of each node.
        columns, rows: of the box.
    """

    place: IntArray
    columns: int
    rows: int


class BoxMultigrid:
    """PETSc's context of a preconditioner: one cycle for each unknown.

    Args:
        comm: communicator.
        nodes: of this rank.
        unknowns: of a node; unlike ones must not meet between nodes.
    """

    def __init__(self, comm: MPI.Comm, nodes: BoxNodes, unknowns: int) -> None:
        self._nodes, self._unknowns = nodes, unknowns
        self._starts = starts = nodes.columns * np.arange(comm.size + 1) // comm.size
        width = int(starts[comm.rank + 1] - starts[comm.rank]) + 2 * BORDER
        self._finest = np.zeros((unknowns, len(ARRAYS), width, nodes.rows + 2))
        self._cycles = [_Cycle(comm, starts, nodes.rows, arrays) for arrays in self._finest]
        self._slabs = PETSc.Vec().createWithArray(self._finest, comm=comm)
        self._values = np.zeros((len(nodes.place), unknowns, len(MATRIX)))
        self._entries = PETSc.Vec().createWithArray(self._values, comm=comm)
        self._picked: IntArray = np.empty(0, dtype=np.int64)
        self._scatters: list[PETSc.Scatter] = []

    def setUp(self, pc: PETSc.PC) -> None:
        """Make all levels of the present matrix (collective)."""
        _, P = pc.getOperators()
        if not self._scatters:
            self._find_entries(P)
            self._scatters = list(self._connect(P))
        *_, values = P.getValuesCSR()
        self._values[:] = np.append(values, 0.0)[self._picked]  # −1: there is none
        self._scatters[0].scatter(self._entries, self._slabs)
        for one in self._cycles:
            one.set_up()

    def apply(self, _pc: PETSc.PC, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """Apply y = B x (collective)."""
        _, take, give = self._scatters
        take.scatter(x, self._slabs)
        for one in self._cycles:
            one.apply()
        give.scatter(self._slabs, y, mode=PETSc.ScatterMode.REVERSE)

    def _find_entries(self, P: PETSc.Mat) -> None:
        """Where among the entries of the matrix those of each node and unknown are."""
        nodes, unknowns = self._nodes, self._unknowns
        starts, columns, _ = P.getValuesCSR()
        rows = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        others, other = np.unique(columns // unknowns, return_inverse=True)
        step = self._place_of(others, P.comm)[other] - nodes.place[rows // unknowns]
        self._picked = np.full(self._values.shape, -1, dtype=np.int64)
        for kind, offset in enumerate(OFFSETS):
            alike = columns % unknowns == rows % unknowns
            found = np.flatnonzero((step == offset).all(axis=1) & alike)
            self._picked[rows[found] // unknowns, rows[found] % unknowns, kind] = found

    def _place_of(self, numbers: IntArray, comm: PETSc.Comm) -> IntArray:
        """(n, 2) column and row of nodes of any rank, by their numbers in the matrix."""
        nodes = self._nodes
        whole = np.ravel_multi_index(tuple(nodes.place.T), (nodes.columns, nodes.rows))
        everywhere = PETSc.Vec().createWithArray(whole.astype(np.float64), comm=comm)
        wanted = PETSc.IS().createGeneral(numbers.astype(PETSc.IntType), comm=PETSc.COMM_SELF)
        here = PETSc.Vec().createSeq(len(numbers))
        way = PETSc.Scatter().create(everywhere, wanted, here, None)
        way.scatter(everywhere, here)
        place = np.stack(np.divmod(np.rint(here.array).astype(np.int64), nodes.rows), axis=1)
        for thing in (way, wanted, here, everywhere):
            thing.destroy()
        return place

    def _connect(self, P: PETSc.Mat) -> Iterator[PETSc.Scatter]:
        """Ways between the nodes in their own order and the slabs: matrix, right side, solution."""
        size = np.diff(self._starts) + 2 * BORDER
        size *= self._nodes.rows + 2
        before = np.concatenate([[0], np.cumsum(size)]) * self._unknowns * len(ARRAYS)
        column, row = self._nodes.place.T
        rank = np.searchsorted(self._starts, column, side="right") - 1
        there = column - self._starts[rank] + BORDER
        in_array = before[rank] + there * (self._nodes.rows + 2) + row + 1

        def slots(names: Sequence[str]) -> IntArray:
            """(n_owned, unknowns, names) places in the slabs of all ranks."""
            arrays = np.array([ARRAYS.index(name) for name in names])
            array = np.arange(self._unknowns)[:, None] * len(ARRAYS) + arrays
            places: IntArray = in_array[:, None, None] + array * size[rank][:, None, None]
            return places

        yield _way(self._entries, self._slabs, slots(MATRIX))
        x = P.createVecRight()
        for name in ("b", "x"):
            yield _way(x, self._slabs, slots((name,)))
        x.destroy()

    def view(self, _pc: PETSc.PC, viewer: PETSc.Viewer) -> None:
        """Show what it is."""
        viewer.printfASCII(f"multigrid on a box of {self._nodes.columns} x {self._nodes.rows}\n")

    def destroy(self, _pc: PETSc.PC) -> None:
        """Free the PETSc objects (collective)."""
        for thing in (self._slabs, self._entries, *self._scatters):
            thing.destroy()


def _way(source: PETSc.Vec, target: PETSc.Vec, places: IntArray) -> PETSc.Scatter:
    """From all own entries of a vector, in their order, to places in another one (collective)."""
    first, last = source.getOwnershipRange()
    own = PETSc.IS().createStride(last - first, first, 1, comm=source.comm)
    there = PETSc.IS().createGeneral(places.ravel().astype(PETSc.IntType), comm=source.comm)
    way = PETSc.Scatter().create(source, own, target, there)
    own.destroy()
    there.destroy()
    return way


class _Level:
    """A slab of columns, its arrays and what C sees of them; arrays are those of the source.

    Args:
        code: the compiled source.
        first: number of its first column.
        columns, rows: it has.
        arrays: (arrays, columns + 2 BORDER, rows + 2) memory for them; by default new.
    """

    def __init__(
        self, code: Any, first: int, columns: int, rows: int, arrays: FloatArray | None = None
    ) -> None:
        self.columns, self.rows = columns, rows
        shape = (len(ARRAYS), columns + 2 * BORDER, rows + 2)
        self.arrays = dict(zip(ARRAYS, np.zeros(shape) if arrays is None else arrays, strict=True))
        self.seen = code.ffi.new("Level *")
        self.seen.columns, self.seen.rows = columns, rows
        self.seen.stride, self.seen.first = rows + 2, first
        for name, array in self.arrays.items():
            setattr(self.seen, name, code.ffi.from_buffer("double[]", array))

    def own(self, name: str) -> FloatArray:
        """(columns, rows + 2) of an array, without the neighbours' columns."""
        columns: FloatArray = self.arrays[name][BORDER : BORDER + self.columns]
        return columns


class _Cycle:
    """All levels of one unknown: slabs as long as they are wide, then levels that all ranks have.

    Args:
        comm: communicator.
        starts: first column of each rank, and how many there are.
        rows: of the box.
        arrays: of the finest level on this rank.
    """

    def __init__(self, comm: MPI.Comm, starts: IntArray, rows: int, arrays: FloatArray) -> None:
        self._comm, self._code = comm, native(comm, SOURCE, DECLARATIONS)
        rank, slabs = comm.rank, [_slab(self._code, comm.rank, starts, rows, arrays)]
        while comm.size > 1 and starts[-1] * rows > SMALL and np.diff(starts).min() > 2 * BORDER:
            starts, rows = (starts + 1) // 2, (rows + 1) // 2
            slabs.append(_slab(self._code, rank, starts, rows))
        self._slabs, self._starts = slabs, starts
        alone = comm.size == 1
        whole = slabs if alone else [_Level(self._code, 0, int(starts[-1]), rows)]
        while max(whole[-1].columns, whole[-1].rows) > COARSEST:
            level = whole[-1]
            whole.append(_Level(self._code, 0, (level.columns + 1) // 2, (level.rows + 1) // 2))
        self._whole, self._slabs = whole, [] if alone else slabs
        self._inverse: FloatArray = np.empty((0, 0))
        self._sides = (
            rank - 1 if rank > 0 else MPI.PROC_NULL,
            rank + 1 if rank + 1 < comm.size else MPI.PROC_NULL,
        )

    def set_up(self) -> None:
        """Make all levels from the matrix of the finest one (collective)."""
        lib = self._code.lib
        for fine, coarse in pairwise(self._slabs):
            for name in MATRIX:
                self._exchange(fine, name, BORDER)
            lib.weigh(fine.seen)
            lib.galerkin(fine.seen, coarse.seen, fine.seen.first & 1)
        if self._slabs:
            for name in MATRIX:
                self._join(name)
        for fine, coarse in pairwise(self._whole):
            lib.weigh(fine.seen)
            lib.galerkin(fine.seen, coarse.seen, 0)
        self._inverse = _inverse(self._whole[-1])
        self._levels = self._code.ffi.new("Level[]", [level.seen[0] for level in self._whole])

    def apply(self) -> None:
        """Put B b of the finest level into its x (collective)."""
        lib, dense = self._code.lib, self._inverse
        for fine, coarse in pairwise(self._slabs):
            fine.arrays["x"][:] = 0.0
            self._sweep(fine, range(_colours(fine)))
            lib.find_residual(fine.seen)
            self._exchange(fine, "r", 1)
            lib.restrict_residual(fine.seen, coarse.seen, fine.seen.first & 1)
        if self._slabs:
            self._join("b")
        inverse = self._code.ffi.from_buffer("double[]", dense)
        lib.cycle(self._levels, len(self._whole), inverse, len(dense))
        if self._slabs:
            last, here = self._slabs[-1], self._starts[self._comm.rank]
            last.arrays["x"][:] = self._whole[0].arrays["x"][
                here : here + last.columns + 2 * BORDER
            ]
        for coarse, fine in pairwise(reversed(self._slabs)):
            lib.prolong(fine.seen, coarse.seen, fine.seen.first & 1)
            self._exchange(fine, "x", 1)
            self._sweep(fine, reversed(range(_colours(fine))))

    def _sweep(self, level: _Level, colours: Iterable[int]) -> None:
        """Relax colour after colour; then the neighbours' columns are up to date."""
        for colour in colours:
            self._code.lib.relax(level.seen, colour)
            self._exchange(level, "x", 1)

    def _exchange(self, level: _Level, name: str, width: int) -> None:
        """Take so many columns of an array from either neighbour."""
        array, end = level.arrays[name], BORDER + level.columns
        left, right = self._sides
        self._comm.Sendrecv(
            array[BORDER : BORDER + width], left, recvbuf=array[end : end + width], source=right
        )
        self._comm.Sendrecv(
            array[end - width : end], right, recvbuf=array[BORDER - width : BORDER], source=left
        )

    def _join(self, name: str) -> None:
        """Give the columns of the last slabs to all ranks."""
        last = self._slabs[-1]
        counts = [int(columns) * (last.rows + 2) for columns in np.diff(self._starts)]
        self._comm.Allgatherv(last.own(name), [self._whole[0].own(name), counts])


def _slab(
    code: Any, rank: int, starts: IntArray, rows: int, arrays: FloatArray | None = None
) -> _Level:
    """The level of a rank that has the columns from one start to the next."""
    first = int(starts[rank])
    return _Level(code, first, int(starts[rank + 1]) - first, rows, arrays)


def _colours(level: _Level) -> int:
    """So many colours tell neighbours apart."""
    return 2 if level.seen.five else 4


def _inverse(level: _Level) -> FloatArray:
    """(n, n) inverse of the matrix of a small level, row by row within columns."""
    n = level.columns * level.rows
    number = np.full((level.columns + 2, level.rows + 2), n)  # n: outside
    number[1:-1, 1:-1] = np.arange(n).reshape(level.columns, level.rows)
    A, here = np.zeros((n + 1, n + 1)), number[1:-1, 1:-1]
    for name, (dx, dy) in zip(MATRIX, OFFSETS, strict=True):
        there = number[1 + dx : 1 + dx + level.columns, 1 + dy : 1 + dy + level.rows]
        A[here, there] = A[there, here] = level.own(name)[:, 1:-1]
    scale = 1 / np.sqrt(np.diagonal(A)[:n])  # conductances differ by many orders
    inverse = np.linalg.inv(scale[:, None] * A[:n, :n] * scale)
    symmetric: FloatArray = (inverse + inverse.T) / 2 * scale[:, None] * scale
    return np.ascontiguousarray(symmetric)
