"""Few nodes that hold Newton's method up: the patch around them is solved for by itself.

In a step that fills nodes their currents are sigmoids of the potentials, with exponential flanks.
Newton's method takes a straight line for each and ends far off the curves at a handful of nodes,
while all others wait. So what it begins with, and what it would try next, is changed in a patch p
around these nodes: to where its balances hold, all other nodes held,

    F_p + K_pp δ + s [i(φ_p + δ) − i(φ_p)] = 0        s: signs of the reaction in the two balances

That is nonlinear elimination (Lanzkron, Rose and Wilkes 1996, 10.1137/S106482759325154X; Cai and Li
2011, 10.1137/080736272); circuit simulators limit the voltages of diodes for the same reason.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc
from scipy.sparse import bsr_array, csr_array
from scipy.sparse.linalg import MatrixRankWarning, spsolve

from dendrolith.core.parallel import global_sum, global_sums
from dendrolith.studies.plating.assembly import SIGNS, FixedConduction
from dendrolith.studies.plating.fields import IONIC

FloatArray = npt.NDArray[np.float64]
# (n, 2) potentials -> (n,) currents and (n, 2) their derivatives
Curves = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
# potentials -> residual of the balances, which are assembled there then
Residual = Callable[[PETSc.Vec], PETSc.Vec]

# A node has a patch if its ions are off by so much of what all are off; electrons may be off by
# more where no current is, by the tiniest differences in metal. There are patches if such nodes
# hold so much of it, and are few of those that react: where a whole front is off, nothing stands
# still around a patch, and Newton's own step does better.
IMBALANCE_SHARE = 0.02
PATCH_SHARE = 0.5
ACTIVE_SHARE = 0.1

# A patch is so many cells wide on either side of its nodes, if it has no more nodes than this.
LAYERS = 6
MOST_NODES = 2000

# It is solved to this part of its residual, that of the ions too: the others, which are held, leave
# more.
RESIDUAL_RATIO = 0.01
MOST_ITERATIONS = 20
# A step within a patch moves no overpotential of a node that reacts further than this [V], four
# thermal voltages: from where a current is flat, a straight line leads anywhere. It is halved until
# the residual falls by so much of what it promises.
FURTHEST = 0.1
DESCENT = 1e-4
MOST_HALVINGS = 10

# A step so changed is taken if the residual falls to less than this part: then the line search
# takes it whole. A shorter one would be of no use, because it need not lead downhill.
DESCENT_RATIO = 0.9


class NonlinearElimination:
    """Changes potentials around the nodes whose ions are far off balance.

    A patch ends where the nodes of its rank do: another number of ranks takes other iterations to
    the same balance.

    Args:
        conduction: the balances at fixed lithium, as assembled last.
    """

    def __init__(self, conduction: FixedConduction) -> None:
        self._conduction, self._reaction = conduction, conduction.reaction

    def correct(
        self, x: PETSc.Vec, residual: Residual, allowed: float, below: float = math.inf
    ) -> bool:
        """Change potentials where few nodes hold all others up, if that helps (collective).

        Args:
            x: potentials [V].
            residual: of the balances at given potentials.
            allowed: current that may stay out of balance [A, in 2-D A/m].
            below: the norm of the residual has to come below this, and below what it is at `x`.

        Returns:
            Whether they were changed.
        """
        F = residual(x)
        below = min(below, float(F.norm()))
        nodes = self._off_balance(F, allowed)
        if nodes is None:
            return False
        conduction = self._conduction
        patch = conduction.nodes_within(nodes, LAYERS, MOST_NODES)
        before = conduction.by_nodes(x.array_r)[patch]
        conduction.by_nodes(x.array)[patch] = solve_patch(
            conduction.submatrix(patch),
            conduction.by_nodes(F.array_r)[patch],
            lambda phi: self._reaction.charge_at(patch, phi),
            before,
            RESIDUAL_RATIO * below,
        )
        if residual(x).norm() < below:
            return True
        conduction.by_nodes(x.array)[patch] = before
        return False

    def correct_step(
        self, x: PETSc.Vec, step: PETSc.Vec, residual: Residual, allowed: float, size: float
    ) -> bool:
        """The same for what a step of Newton's method leads to.

        Args:
            x: potentials of the last residual [V].
            step: what Newton's method would subtract from them; changed [V].
            residual: of the balances at given potentials.
            allowed: current that may stay out of balance [A, in 2-D A/m].
            size: norm of the residual at `x`.

        Returns:
            Whether it was changed.
        """
        step.aypx(-1.0, x)
        changed = self.correct(step, residual, allowed, DESCENT_RATIO * size)
        step.aypx(-1.0, x)
        return changed

    def _off_balance(self, F: PETSc.Vec, allowed: float) -> npt.NDArray[np.int32] | None:
        """Nodes of this rank that hold all others up; None where no few nodes do."""
        off = np.abs(self._conduction.by_nodes(F.array_r)[:, IONIC])
        comm = F.comm.tompi4py()
        all_off = global_sum(comm, float(off.sum()))
        # not "<=": what is not a number is left for the line search to see
        if not all_off > allowed:
            return None
        nodes = np.flatnonzero(off > IMBALANCE_SHARE * all_off).astype(np.int32)
        many, reacting, held = global_sums(
            comm, np.array([len(nodes), len(self._reaction.nodes), off[nodes].sum()])
        )
        return nodes if many <= ACTIVE_SHARE * reacting and held > PATCH_SHARE * all_off else None


def solve_patch(
    K: csr_array, F: FloatArray, curves: Curves, phi: FloatArray, most: float = math.inf
) -> FloatArray:
    """Potentials at which the balances of a patch hold, all other nodes held.

    Newton's method with halved steps, from where the patch is.

    Args:
        K: (2n, 2n) conduction among the potentials of the patch [S, in 2-D S/m].
        F: (n, 2) residual of their balances [A, in 2-D A/m].
        curves: currents at given potentials.
        phi: (n, 2) potentials of that residual [V].
        most: norm of the residual that may be left [A, in 2-D A/m].

    Returns:
        (n, 2) potentials [V], the best that were found.
    """
    nodes = np.arange(len(phi) + 1)
    begin, (i, slopes) = phi, curves(phi)
    conducted, sizes = F - SIGNS * i[:, None], _sizes(F)
    enough = np.minimum(RESIDUAL_RATIO * sizes, most)
    for _ in range(MOST_ITERATIONS):
        if not (sizes > enough).any():
            break
        reaction = bsr_array((SIGNS[:, None] * slopes[:, None, :], nodes[:-1], nodes))
        with warnings.catch_warnings(action="ignore", category=MatrixRankWarning):
            # not a number then, and no descent
            step = spsolve((K + reaction).tocsc(), F.ravel(), permc_spec="MMD_AT_PLUS_A")
        step = step.reshape(phi.shape)
        moved = np.abs(step @ SIGNS)[i != 0].max(initial=FURTHEST)
        for part in FURTHEST / moved * 0.5 ** np.arange(MOST_HALVINGS):
            trial = phi - part * step
            i, slopes_there = curves(trial)
            there = conducted + (K @ (trial - begin).ravel()).reshape(F.shape) + SIGNS * i[:, None]
            sizes_there = _sizes(there)
            if sizes_there[0] < (1 - DESCENT * part) * sizes[0]:
                phi, F, slopes, sizes = trial, there, slopes_there, sizes_there
                break
        else:
            break
    return phi


def _sizes(F: FloatArray) -> FloatArray:
    """Norms of the residual of a patch, and of its ions alone."""
    return np.array([np.linalg.norm(F), np.linalg.norm(F[:, IONIC])])
