"""Few nodes that hold Newton's method up: the patch around them is solved for by itself.

In a step that fills nodes their currents are sigmoids of the potentials, with exponential flanks.
Newton's method takes a straight line for each and ends far off the curves at a handful of nodes,
while all others wait. So what it begins with, and what it would try next, is changed in a patch p
around these nodes: to where its balances hold, all other nodes held,

    F_p + K_pp δ + s [i(φ_p + δ) − i(φ_p)] = 0        s: signs of the reaction in the two balances

Where a node is nearly full its current is flat on both sides of a knee, and hardly any ions get
through the metal around it: a straight line leads volts away. So first each node that is off is
brought onto its curve, all others held, by a bracketed root of its own balance. That is Newton's
method in a variable in which both flanks are of one slope (Brenner and Cancès 2017,
10.1137/16M1083414).

The whole is nonlinear elimination (Lanzkron, Rose and Wilkes 1996, 10.1137/S106482759325154X; Cai and Li
2011, 10.1137/080736272); circuit simulators limit the voltages of diodes for the same reason.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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
Numbers = npt.NDArray[np.integer[Any]]
# (n, 2) potentials of n nodes, numbers of these -> (n,) currents and (n, 2) their derivatives
Curves = Callable[[FloatArray, Numbers], tuple[FloatArray, FloatArray]]
# potentials -> residual of the balances, which are assembled there then
Residual = Callable[[PETSc.Vec], PETSc.Vec]

# A node has a patch if its ions are off by so much of what all are off; electrons may be off by
# more where no current is, by the tiniest differences in metal. There are patches if such nodes
# hold so much of it, and are few of those that react: where a whole front is off, nothing stands
# still around a patch, and Newton's own step does better.
NODE_SHARE = 0.001
PATCH_SHARE = 0.5
ACTIVE_SHARE = 0.1

# A patch is so many cells wide on either side of its nodes, if it has no more nodes than this.
LAYERS = 6
MOST_NODES = 2000

# It is solved to this part of its residual, that of the ions too: the others, which are held, leave
# more.
RESIDUAL_RATIO = 0.01
MOST_ITERATIONS = 20
# A step within a patch is halved so often until the residual falls; where it does not, it is taken
# whole: nodes brought onto their curves may leave neighbours off that the next step moves.
MOST_HALVINGS = 4

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
            off = np.abs(self._conduction.by_nodes(F.array_r)[:, IONIC])
            all_off = global_sum(F.comm.tompi4py(), float(off.sum()))
            # not "<=": what is not a number is left for the line search to see
            if not all_off > allowed:
                break
            nodes = np.flatnonzero(off > NODE_SHARE * all_off).astype(np.int32)
            last = x.array_r.copy()
            improve(x, F, nodes, RESIDUAL_RATIO * below)
            now = float(residual(x).norm())
            if now < below:
                return True
            if now < size:
                size = now
            else:
                x.array[:] = last
        x.array[:] = before
        return False

    def _patch(self, x: PETSc.Vec, F: PETSc.Vec, nodes: Numbers, most: float) -> None:
        """Solve for the patch around these nodes, down to a residual of `most`, if they are few."""
        if not self._are_few(nodes, F):
            return
        conduction = self._conduction
        patch = conduction.nodes_within(nodes, LAYERS, MOST_NODES)
        conduction.by_nodes(x.array)[patch] = solve_patch(
            conduction.submatrix(patch),
            conduction.by_nodes(F.array_r)[patch],
            lambda phi, those: self._reaction.charge_at(patch[those], phi),
            conduction.by_nodes(x.array_r)[patch],
            most,
        )

    def _sweep(self, x: PETSc.Vec, F: PETSc.Vec, nodes: Numbers, _most: float) -> None:
        """Bring these nodes onto their curves, each for itself."""
        conduction = self._conduction
        nodes = conduction.free(nodes)
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

    def _are_few(self, nodes: Numbers, F: PETSc.Vec) -> bool:
        """Do few nodes hold all others up (collective)?"""
        off = np.abs(self._conduction.by_nodes(F.array_r)[:, IONIC])
        many, reacting, held, all_off = global_sums(
            F.comm.tompi4py(),
            np.array([len(nodes), len(self._reaction.nodes), off[nodes].sum(), off.sum()]),
        )
        return bool(many <= ACTIVE_SHARE * reacting and held > PATCH_SHARE * all_off)


@dataclass(frozen=True, slots=True)
class _Patch:
    """A patch at some potentials.

    Attributes:
        phi: (n, 2) potentials [V].
        F: (n, 2) residual of their balances [A, in 2-D A/m].
        slopes: (n, 2) derivatives of the currents.
    """

    phi: FloatArray
    F: FloatArray
    slopes: FloatArray

    @property
    def sizes(self) -> FloatArray:
        """Norms of the residual, and of its ions alone."""
        return np.array([np.linalg.norm(self.F), np.linalg.norm(self.F[:, IONIC])])


def balanced_nodes(
    K: FloatArray,
    F: FloatArray,
    currents: Callable[[FloatArray, Numbers], FloatArray],
    phi: FloatArray,
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

    def there(change: FloatArray, those: Numbers) -> FloatArray:
        # in proportion to the resistances: then other nodes see but a current
        parts = -SIGNS / (K[those] * resistance[those, None])
        return currents(phi[those] + parts * change[:, None], those)

    def h(change: FloatArray, those: Numbers) -> FloatArray:
        return change - far[those] - resistance[those] * (there(change, those) - begin[those])

    bracket = np.minimum(far, 0.0), np.maximum(far, 0.0)
    found = elementwise.find_root(h, bracket, args=(numbers,))
    i = begin - (far - found.x) / resistance
    return phi - (F + SIGNS * (i - begin)[:, None]) / K


def solve_patch(
    K: csr_array, F: FloatArray, curves: Curves, phi: FloatArray, most: float = math.inf
) -> FloatArray:
    """Potentials at which the balances of a patch hold, all other nodes held.

    Newton's method from where the patch is, each of its nodes brought onto its curve after a step.

    Args:
        K: (2n, 2n) conduction among the potentials of the patch [S, in 2-D S/m].
        F: (n, 2) residual of their balances [A, in 2-D A/m].
        curves: currents at given potentials.
        phi: (n, 2) potentials of that residual [V].
        most: norm of the residual that may be left [A, in 2-D A/m].

    Returns:
        (n, 2) potentials [V], the best that were found.
    """
    rows, begin = np.arange(len(phi) + 1), phi
    own, conducted = K.diagonal().reshape(F.shape), F - SIGNS * curves(phi, rows[:-1])[0][:, None]

    def at(phi: FloatArray) -> _Patch:
        i, slopes = curves(phi, rows[:-1])
        F = conducted + (K @ (phi - begin).ravel()).reshape(phi.shape) + SIGNS * i[:, None]
        return _Patch(phi, F, slopes)

    def lifted(phi: FloatArray) -> _Patch:
        there = at(phi)
        off = np.flatnonzero(np.abs(there.F).max(axis=1) > NODE_SHARE * there.sizes[0])
        phi[off] = balanced_nodes(
            own[off], there.F[off], lambda now, those: curves(now, off[those])[0], phi[off]
        )
        return at(phi)

    now = best = at(phi)
    enough = np.minimum(RESIDUAL_RATIO * now.sizes, most)
    for _ in range(MOST_ITERATIONS):
        if not (now.sizes > enough).any():
            break
        reaction = bsr_array((SIGNS[:, None] * now.slopes[:, None, :], rows[:-1], rows))
        with warnings.catch_warnings(action="ignore", category=MatrixRankWarning):
            # not a number then, and no descent
            step = spsolve((K + reaction).tocsc(), now.F.ravel(), permc_spec="MMD_AT_PLUS_A")
        if not np.isfinite(step).all():
            break
        step, last = step.reshape(phi.shape), now
        for part in 0.5 ** np.arange(MOST_HALVINGS):
            trial = lifted(last.phi - part * step)
            if part == 1 or trial.sizes[0] < last.sizes[0]:
                now = trial
            if now.sizes[0] < last.sizes[0]:
                break
        if now.sizes[0] < best.sizes[0]:
            best = now
    return best.phi
