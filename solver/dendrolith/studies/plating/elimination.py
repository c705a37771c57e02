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
from scipy.optimize import elementwise
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

# Before, nodes that are off by so much of what all are off are brought onto their curves, each for
# itself, if the residual falls to less than this part.
NODE_SHARE = 0.001
LIFT_RATIO = 0.8
MOST_SWEEPS = 10

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
        before, size = x.array_r.copy(), float(residual(x).norm())
        below = min(below, size)
        for improve in (self._patch, self._sweep, self._patch):
            F = residual(x)
            if not global_sum(F.comm.tompi4py(), float(self._off(F).sum())) > allowed:
                break
            last = x.array_r.copy()
            improve(x, F, RESIDUAL_RATIO * below)
            now = float(residual(x).norm())
            if now < below:
                return True
            if now < size:
                size = now
            else:
                x.array[:] = last
        x.array[:] = before
        return False

    def _off(self, F: PETSc.Vec) -> FloatArray:
        """(n_owned,) by how much the ions of each node are off balance [A, in 2-D A/m]."""
        off: FloatArray = np.abs(self._conduction.by_nodes(F.array_r)[:, IONIC])
        return off

    def _patch(self, x: PETSc.Vec, F: PETSc.Vec, most: float) -> None:
        """Solve for the patch around the few nodes that hold all others up, if there are such."""
        conduction, nodes = self._conduction, self._off_balance(F)
        if nodes is None:
            return
        patch = conduction.nodes_within(nodes, LAYERS, MOST_NODES)
        conduction.by_nodes(x.array)[patch] = solve_patch(
            conduction.submatrix(patch),
            conduction.by_nodes(F.array_r)[patch],
            lambda phi, those: self._reaction.charge_at(patch[those], phi),
            conduction.by_nodes(x.array_r)[patch],
            most,
        )

    def _sweep(self, x: PETSc.Vec, F: PETSc.Vec, most: float) -> None:
        """Bring nodes that are off onto their curves, each for itself."""
        conduction, off = self._conduction, self._off(F)
        all_off = global_sum(F.comm.tompi4py(), float(off.sum()))
        nodes = conduction.free(np.flatnonzero(off > NODE_SHARE * all_off).astype(np.int32))
        conduction.by_nodes(x.array)[nodes] = balanced_nodes(
            conduction.conductances(nodes),
            conduction.by_nodes(F.array_r)[nodes],
            lambda phi, those: self._reaction.charge_at(nodes[those], phi)[0],
            conduction.by_nodes(x.array_r)[nodes],
        )

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

    def _off_balance(self, F: PETSc.Vec) -> npt.NDArray[np.int32] | None:
        """Nodes of this rank that hold all others up; None where no few nodes do."""
        off, comm = self._off(F), F.comm.tompi4py()
        all_off = global_sum(comm, float(off.sum()))
        nodes = np.flatnonzero(off > NODE_SHARE * all_off).astype(np.int32)
        many, reacting, held = global_sums(
            comm, np.array([len(nodes), len(self._reaction.nodes), off[nodes].sum()])
        )
        return nodes if many <= ACTIVE_SHARE * reacting and held > PATCH_SHARE * all_off else None


def balanced_nodes(
    K: FloatArray, F: FloatArray, currents: Callable[..., FloatArray], phi: FloatArray
) -> FloatArray:
    """Potentials at which both balances of each node hold, all other nodes held.

    The overpotential is the root of a monotone function between its present value and the one to
    which the residual would lead if the current stayed what it is:

        h(η) = η − η₀ + [s_el/K_el − s_ion/K_ion] [i(η) − i],   η₀ = η − F_el/K_el + F_ion/K_ion

    Args:
        K: (n, 2) conductance of each potential to the other nodes [S, in 2-D S/m].
        F: (n, 2) residual [A, in 2-D A/m].
        currents: at given potentials of some nodes, by their numbers from 0 to n.
        phi: (n, 2) potentials of that residual [V].
    """
    numbers = np.arange(len(phi))
    if not numbers.size:
        return phi
    begin = currents(phi, numbers)
    far = (F / K) @ SIGNS  # what η would change by at the same current [V]
    resistance = (1 / K).sum(axis=1)

    def there(change: FloatArray, those: npt.NDArray[np.int64]) -> FloatArray:
        # in proportion to the resistances: then other nodes see but a current
        parts = -SIGNS / (K[those] * resistance[those, None])
        return currents(phi[those] + parts * change[:, None], those)

    def h(change: FloatArray, those: npt.NDArray[np.int64]) -> FloatArray:
        return change - far[those] - resistance[those] * (there(change, those) - begin[those])

    bracket = np.minimum(far, 0.0), np.maximum(far, 0.0)
    found = elementwise.find_root(h, bracket, args=(numbers,), maxiter=40)
    i = begin - (far - found.x) / resistance
    return phi - (F + SIGNS * (i - begin)[:, None]) / K


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
    rows, begin, best = np.arange(len(phi) + 1), phi, phi
    i, slopes = curves(phi, rows[:-1])
    own, conducted = K.diagonal().reshape(F.shape), F - SIGNS * i[:, None]
    sizes = smallest = _sizes(F)
    enough = np.minimum(RESIDUAL_RATIO * sizes, most)
    for _ in range(MOST_ITERATIONS):
        if not (sizes > enough).any():
            break
        reaction = bsr_array((SIGNS[:, None] * slopes[:, None, :], rows[:-1], rows))
        with warnings.catch_warnings(action="ignore", category=MatrixRankWarning):
            # not a number then, and no descent
            step = spsolve((K + reaction).tocsc(), F.ravel(), permc_spec="MMD_AT_PLUS_A")
        phi = phi - step.reshape(phi.shape)
        for lifts in (True, False):
            i, slopes = curves(phi, rows[:-1])
            F = conducted + (K @ (phi - begin).ravel()).reshape(F.shape) + SIGNS * i[:, None]
            sizes = _sizes(F)
            off = np.flatnonzero(np.abs(F).max(axis=1) > NODE_SHARE * sizes[0])
            if not (lifts and np.isfinite(sizes).all() and (sizes > enough).any()):
                break
            phi = phi.copy()
            phi[off] = balanced_nodes(
                own[off], F[off], lambda at, those, off=off: curves(at, off[those])[0], phi[off]
            )
        if not np.isfinite(sizes).all():
            break
        if sizes[0] < smallest[0]:
            best, smallest = phi, sizes
    return best


def _sizes(F: FloatArray) -> FloatArray:
    """Norms of the residual of a patch, and of its ions alone."""
    return np.array([np.linalg.norm(F), np.linalg.norm(F[:, IONIC])])
