"""The balances of a patch of nodes, and of single nodes, all others held.

    F_p + K_pp δ + s [i(φ_p + δ) − i(φ_p)] = 0        s: signs of the reaction in the two balances

Where a node is nearly full its current is flat on both sides of a knee, and hardly any ions get
through the metal around it: a straight line leads volts away. So after each linear solve every node
that is off is brought onto its curve, all others held, by a bracketed root of its own balance. That
is Newton's method in a variable in which both flanks are of one slope (Brenner and Cancès 2017,
10.1137/16M1083414).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import bsr_array, csr_array
from scipy.sparse.linalg import MatrixRankWarning, spsolve

from dendrolith.studies.plating.assembly import SIGNS
from dendrolith.studies.plating.fields import IONIC

FloatArray = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.integer[Any]]
# (n, 2) potentials of n nodes, numbers of these -> (n,) currents and (n, 2) their derivatives
Curves = Callable[[FloatArray, Numbers], tuple[FloatArray, FloatArray]]

# A node is off if its ions are off by so much of what all are off.
NODE_SHARE = 0.001

# A patch is solved to this part of its residual, that of the ions too: the others, which are held,
# leave more.
RESIDUAL_RATIO = 0.01
MOST_ITERATIONS = 20
# A step within a patch is halved so often until the residual falls; where it does not, it is taken
# whole: nodes brought onto their curves may leave neighbours off that the next step moves.
MOST_HALVINGS = 4
# A node is brought onto its curve to this part of what its overpotential is off.
CLOSE = 1e-9
MOST_BISECTIONS = 60


def balanced_nodes(K: FloatArray, F: FloatArray, curves: Curves, phi: FloatArray) -> FloatArray:
    """Potentials at which both balances of each node hold, all other nodes held.

    The overpotential is the root of a monotone function between its present value and the one to
    which the residual would lead if the current stayed what it is:

        h(η) = η − η₀ + [s_el/K_el − s_ion/K_ion] [i(η) − i],   η₀ = η − F_el/K_el + F_ion/K_ion

    Args:
        K: (n, 2) conductance of each potential to the other nodes [S, in 2-D S/m].
        F: (n, 2) residual [A, in 2-D A/m].
        curves: currents at given potentials of some nodes, by their numbers from 0 to n.
        phi: (n, 2) potentials of that residual [V].
    """
    begin = curves(phi, np.arange(len(phi)))[0]
    far = (F / K) @ SIGNS  # what η would change by at the same current [V]
    resistance = (1 / K).sum(axis=1)
    # in proportion to the resistances: then other nodes see but a current
    parts = -SIGNS / (K * resistance[:, None])

    def h(change: FloatArray, those: Numbers) -> tuple[FloatArray, FloatArray]:
        i, slopes = curves(phi[those] + parts[those] * change[:, None], those)
        R = resistance[those]
        return change - far[those] - R * (i - begin[those]), 1 - R * (slopes * parts[those]).sum(1)

    change = _monotone_roots(h, np.minimum(far, 0.0), np.maximum(far, 0.0))
    i = begin - (far - change) / resistance
    balanced: FloatArray = phi - (F + SIGNS * (i - begin)[:, None]) / K
    return balanced


def _monotone_roots(
    h: Callable[[FloatArray, Numbers], tuple[FloatArray, FloatArray]],
    low: FloatArray,
    high: FloatArray,
) -> FloatArray:
    """Roots of increasing functions h_n between `low` and `high`, (n,) each.

    Newton's method, and halves of the bracket where its step leaves that or is no shorter than half
    the one before: on an exponential it would go by a thermal voltage at a time.

    Args:
        h: values and slopes at given places of those functions, by their numbers from 0 to n.
        low: where h ≤ 0.
        high: where h ≥ 0.
    """
    root, moved = low.copy(), high - low
    enough = CLOSE * moved
    left = np.flatnonzero(moved)
    low, high = low.copy(), high.copy()
    for _ in range(MOST_BISECTIONS):
        if not left.size:
            break
        at = root[left]
        value, slope = h(at, left)
        low[left], high[left] = np.where(value < 0, [at, high[left]], [low[left], at])
        there = at - value / slope
        middle = 0.5 * (low[left] + high[left])
        inside = (there >= low[left]) & (there <= high[left])
        quick = 2 * np.abs(there - at) < moved[left]
        root[left] = np.where(inside & quick, there, middle)
        moved[left] = np.abs(root[left] - at)
        left = left[moved[left] > enough[left]]
    return root


@dataclass(frozen=True, slots=True)
class _State:
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


class _Patch:
    """Balances of a patch, as `solve_patch` has them."""

    def __init__(self, K: csr_array, F: FloatArray, curves: Curves, phi: FloatArray) -> None:
        self._K, self._curves, self._begin = K, curves, phi
        self._own = K.diagonal().reshape(F.shape)
        self._rows = np.arange(len(phi) + 1)
        self._conducted = F - SIGNS * curves(phi, self._rows[:-1])[0][:, None]

    def at(self, phi: FloatArray) -> _State:
        """The patch at these potentials [V]."""
        i, slopes = self._curves(phi, self._rows[:-1])
        moved = (self._K @ (phi - self._begin).ravel()).reshape(phi.shape)
        return _State(phi, self._conducted + moved + SIGNS * i[:, None], slopes)

    def lifted(self, phi: FloatArray) -> _State:
        """The patch near these potentials [V], nodes that are off brought onto their curves."""
        state = self.at(phi)
        off = np.flatnonzero(np.abs(state.F).max(axis=1) > NODE_SHARE * state.sizes[0])
        found = phi.copy()
        found[off] = balanced_nodes(
            self._own[off],
            state.F[off],
            lambda there, those: self._curves(there, off[those]),
            phi[off],
        )
        return self.at(found)

    def next(self, now: _State) -> _State:
        """After a step of Newton's method; not finite where there is none."""
        blocks = SIGNS[:, None] * now.slopes[:, None, :]
        J = self._K + bsr_array((blocks, self._rows[:-1], self._rows))
        with warnings.catch_warnings(action="ignore", category=MatrixRankWarning):
            # not a number then
            step = spsolve(J.tocsc(), now.F.ravel(), permc_spec="MMD_AT_PLUS_A")
        step = step.reshape(now.phi.shape)
        if not np.isfinite(step).all():
            return _State(step, step, step)
        whole = trial = self.lifted(now.phi - step)
        for part in 0.5 ** np.arange(1, MOST_HALVINGS):
            if trial.sizes[0] < now.sizes[0]:
                return trial
            trial = self.lifted(now.phi - part * step)
        return trial if trial.sizes[0] < now.sizes[0] else whole


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
    patch = _Patch(K, F, curves, phi)
    now = best = patch.at(phi)
    enough = np.minimum(RESIDUAL_RATIO * now.sizes, most)
    for _ in range(MOST_ITERATIONS):
        if not (now.sizes > enough).any():
            break
        now = patch.next(now)
        if now.sizes[0] < best.sizes[0]:
            best = now
    return best.phi
