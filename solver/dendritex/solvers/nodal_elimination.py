"""Single nodes that hold Newton's method up: they are solved for by themselves.

In a step that fills a node its current is a sigmoid of its potentials, with an exponential flank.
Newton's method takes a straight line for it and ends far off the curve, at a handful of nodes,
while all others wait. So what it would try next is changed at these nodes: to where their rows are
as balanced as the straight lines promised, their neighbours held,

    φ_j(i) = φ_j − s_j (i − i*)/K_jj,   i = i(φ)        j: electrons, ions

with i* the current promised and s_j the sign of the reaction in row j. That is nonlinear
elimination (Lanzkron, Rose and Wilkes 1996, 10.1137/S106482759325154X); circuit simulators limit
the voltages of diodes for the same reason.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from dendritex.parallel import global_sum, global_sums
from dendritex.solvers.assembly import SIGNS, FixedConduction

FloatArray = npt.NDArray[np.float64]
# (n, 2) potentials -> (n,) currents and (n, 2) their derivatives
Curves = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
SizeAfter = Callable[[PETSc.Vec], float]

# Where currents are off by less than this part of what passes the cell, Newton's next iteration
# leaves about a millionth, and there is nothing to help.
WORTHWHILE = 1e-3

# A node is helped if it is off by so much of what all are off, and if such nodes are few of those
# that react: where a whole front is off, neighbours do not stand still, and Newton's own step does
# better (a flat front that fills within a step: 8 iterations, and 11 where it is helped).
SHARE = 0.05
FEW = 0.1

# Helped nodes are solved for until they have so little of it: more is with their neighbours then.
ENOUGH = 0.01

# A node moves no further in one iteration of its own [V], four thermal voltages: from where a
# current is flat, a straight line leads anywhere.
FURTHEST = 0.1
MOST_ITERATIONS = 40

# A step so changed is taken if the residual falls to less than this part: then the line search
# takes it whole. A shorter one would be of no use, because it need not lead downhill.
HELPS = 0.9


class NodalElimination:
    """Changes a step of Newton's method at the nodes whose currents would end far off.

    Args:
        conduction: the balances at fixed lithium, as assembled last.
    """

    def __init__(self, conduction: FixedConduction) -> None:
        self._conduction, self._reaction = conduction, conduction.reaction

    def improve(
        self, x: PETSc.Vec, step: PETSc.Vec, scale: float, size: float, size_after: SizeAfter
    ) -> bool:
        """Change the potentials that a step leads to, if that helps (collective).

        Args:
            x: potentials of the last residual [V].
            step: what Newton's method would subtract from them [V].
            scale: current that passes the cell [A, in 2-D A/m].
            size: norm of that residual.
            size_after: norm of the residual that a step leads to.

        Returns:
            Whether the step was changed.
        """
        conduction, nodes = self._conduction, self._reaction.nodes
        here, plain = (conduction.by_nodes(vector.array_r)[nodes] for vector in (x, step))
        there = here - plain
        promised = conduction.charge[nodes] - (conduction.slopes[nodes] * plain).sum(axis=1)
        off = np.abs(self._reaction.charge_at(nodes, there)[0] - promised)
        comm = x.comm.tompi4py()
        all_off = global_sum(comm, float(off.sum()))
        # not "<=": what is not a number is left for the line search to see
        if not all_off > WORTHWHILE * scale:
            return False
        chosen = np.flatnonzero(off > SHARE * all_off)
        many, reacting = global_sums(comm, np.array([len(chosen), len(nodes)]))
        if not 0 < many <= FEW * reacting:
            return False
        helped = nodes[chosen]
        conduction.by_nodes(step.array)[helped] = here[chosen] - settle(
            lambda phi: self._reaction.charge_at(helped, phi),
            there[chosen],
            promised[chosen],
            conduction.freedom(helped),
            enough=ENOUGH * all_off,
        )
        if size_after(step) < HELPS * size:
            return True
        conduction.by_nodes(step.array)[helped] = plain[chosen]
        return False


def settle(
    curves: Curves, phi: FloatArray, promised: FloatArray, freedom: FloatArray, enough: float
) -> FloatArray:
    """Potentials at which currents are on their curves and rows balanced, neighbours held.

    Newton's method for one unknown a node, within an interval that holds its solution: along the
    line the current falls, so that lies between none and all of what the current is off now.

    Args:
        curves: currents at given potentials.
        phi: (n, 2) potentials the currents are promised at [V].
        promised: (n,) i* [A, in 2-D A/m].
        freedom: (n, 2) 1/K_jj [V/A]; 0 for a potential that is fixed.
        enough: all nodes together may stay so far off [A, in 2-D A/m].

    Returns:
        (n, 2) potentials [V], the best that were found.
    """
    resistance = np.maximum(freedom.sum(axis=1), np.finfo(np.float64).tiny)
    line = -SIGNS * freedom / resistance[:, None]
    d, low, high = np.zeros((3, len(phi)))  # d: how far along the line [V], i − i* times resistance
    best, least = phi.copy(), np.full(len(phi), np.inf)
    for iteration in range(MOST_ITERATIONS):
        here = phi + line * d[:, None]
        i, slopes = curves(here)
        off = i - promised - d / resistance
        if iteration == 0:
            low, high = np.minimum(0.0, off * resistance), np.maximum(0.0, off * resistance)
        better = np.abs(off) < least
        best[better], least[better] = here[better], np.abs(off[better])
        if not least.sum() > enough:
            break
        low, high = np.where(off > 0, d, low), np.where(off < 0, d, high)
        newton = off / (1 / resistance - (slopes * line).sum(axis=1))
        d = d + np.clip(newton, -FURTHEST, FURTHEST)
        d = np.where((d > low) & (d < high), d, 0.5 * (low + high))
    return best
