"""Floating lithium in the preconditioner of the charge balances: one coarse mode an island.

The potential of a piece of lithium that touches no electrode and that of the ions around it move
together at little cost. A preconditioner that sees the two potentials side by side takes each for
stiff, held by the reaction: one small eigenvalue for every island. So such modes Z are solved for
exactly, and B sees what they leave (balancing: BNN of Tang et al. 2009, 10.1007/s10915-009-9272-6),

    M⁻¹ = (1 − QA) B⁻¹ (1 − AQ) + Q     Q = Z (Zᵀ A Z)⁻¹ Zᵀ
    z = 1 on the metal of the island, elsewhere the answer of both potentials as B gives it

symmetric and definite as B is. Beside B it costs a few dot products an island.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from dendrolith.core.parallel import global_sums
from dendrolith.studies.plating.fields import ELECTRONIC, IONIC
from dendrolith.studies.plating.pieces import StepPieces

FloatArray = npt.NDArray[np.float64]
IslandLabels = Callable[[], tuple[npt.NDArray[np.int64], int]]


# A node is part of an island if what ties it to the island is not negligible beside all its ties.
TIE_RATIO = 1e-3

# A mode costs as much as one iteration to find, and saves a few: beyond so many it is not worth it.
MOST_MODES = 20


def floating_lithium(pieces: StepPieces) -> IslandLabels:
    """Labels of the largest pieces of metal that do not touch the anode, at the present lithium."""
    owned, metal = pieces.finder.owned, pieces.finder.metal

    def labels() -> tuple[npt.NDArray[np.int64], int]:
        found = pieces.now()[metal]
        floating = np.flatnonzero(~found.left)
        largest = floating[np.argsort(-found.volume[floating], kind="stable")][:MOST_MODES]
        island = np.full(found.count + 1, -1)  # the last one for label −1
        island[largest] = np.arange(len(largest))
        return island[found.label[:owned]], len(largest)

    return labels


class IslandCorrection:
    """PETSc's context of a preconditioner: the modes of islands exactly, `inner` for the rest.

    Args:
        inner: the preconditioner of both potentials; an additive split.
        labels: gives (n_owned,) the island of each node, −1 outside, and how many there are.
        dim: of space: so many edges a cell has from one corner to another, at most.
    """

    def __init__(self, inner: PETSc.PC, labels: IslandLabels, dim: int) -> None:
        self._inner, self._labels, self._dim = inner, labels, dim
        self._room: FloatArray = np.empty((2, 0, 0))  # for as many modes as there ever were
        self._modes, self._images = self._room
        self._coarse: FloatArray = np.empty((0, 0))
        self._work: list[PETSc.Vec] = []

    def setUp(self, pc: PETSc.PC) -> None:
        """Find the modes of the present matrix (collective)."""
        A, P = pc.getOperators()
        # a preconditioner that serves several matrices must not follow them by itself
        self._inner.setReusePreconditioner(False)
        self._inner.setOperators(A, P)
        self._inner.setUp()
        self._inner.setReusePreconditioner(True)
        if not self._work:
            self._work = [P.createVecRight() for _ in range(3)]
        label, count = self._labels()
        if len(self._room[0]) < count:
            self._room = np.empty((2, count, 2 * len(label)))
        self._modes, self._images = self._room[:, :count]
        z, image, _ = self._work
        for island in range(count):
            self._set_mode(P, label == island)
            A.mult(z, image)
            self._modes[island], self._images[island] = z.array_r, image.array_r
        galerkin = global_sums(pc.comm.tompi4py(), self._modes @ self._images.T)
        self._coarse = np.linalg.inv(galerkin).astype(np.float64)

    def _set_mode(self, P: PETSc.Mat, inside: npt.NDArray[np.bool_]) -> None:
        """Put the potentials of an island at 1 V, and of all else as it answers, into `_work`."""
        z, image, diagonal = self._work
        P.getDiagonal(diagonal)
        electrons, ions = _columns(z)
        electrons[:], ions[:] = inside, 0.0
        # metal ends within its outermost cells, in a triangle at most two edges from the island
        for _ in range(self._dim):
            P.mult(z, image)
            image.pointwiseDivide(image, diagonal)
            electrons[_columns(image)[0] < -TIE_RATIO] = 1.0
        metal = electrons == 1
        P.mult(z, image)
        _columns(image)[0][metal] = 0.0
        answer = diagonal  # done with
        self._inner.apply(image, answer)
        electrons[~metal] = -_columns(answer)[0][~metal]
        ions[:] = -_columns(answer)[1]

    def apply(self, pc: PETSc.PC, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """Apply y = M⁻¹ x (collective)."""
        if not len(self._modes):
            self._inner.apply(x, y)
            return
        comm = pc.comm.tompi4py()
        amounts = self._coarse @ global_sums(comm, self._modes @ x.array_r)
        rest = self._work[0]
        x.copy(rest)
        rest.array -= amounts @ self._images
        self._inner.apply(rest, y)
        amounts -= self._coarse @ global_sums(comm, self._images @ y.array_r)
        y.array += amounts @ self._modes

    def view(self, _pc: PETSc.PC, viewer: Any) -> None:
        """Show the inner preconditioner."""
        self._inner.view(viewer)

    def destroy(self, _pc: PETSc.PC) -> None:
        """Free the PETSc objects (collective)."""
        for thing in (self._inner, *self._work):
            thing.destroy()


def _columns(potentials: PETSc.Vec) -> tuple[FloatArray, FloatArray]:
    """Views of the electronic and the ionic part of a vector."""
    values = potentials.array.reshape(-1, 2)
    return values[:, ELECTRONIC], values[:, IONIC]


def island_correction(
    pieces: StepPieces, dim: int, split: Sequence[Any]
) -> Callable[[PETSc.KSP], None]:
    """A change to a preconditioner: the modes of the floating lithium of a cell beside it.

    Args:
        pieces: of lithium.
        dim: of space.
        split: PETSc's context of a preconditioner of both potentials, each alone, at most one; by
            default that of the options.
    """
    labels = floating_lithium(pieces)
    return lambda ksp: correct_islands(ksp, labels, dim, split)


def correct_islands(
    ksp: PETSc.KSP, labels: IslandLabels, dim: int, split: Sequence[Any] = ()
) -> None:
    """Add the modes of islands to the preconditioner of `ksp`, if it splits the potentials."""
    pc = ksp.getPC()
    if pc.getType() != PETSc.PC.Type.FIELDSPLIT:
        return
    inner = PETSc.PC().create(ksp.comm)
    inner.setOptionsPrefix(ksp.getOptionsPrefix())
    inner.setFromOptions()
    for context in split:
        inner.setType(PETSc.PC.Type.PYTHON)
        inner.setPythonContext(context)
    pc.setType(PETSc.PC.Type.PYTHON)
    pc.setPythonContext(IslandCorrection(inner, labels, dim))
