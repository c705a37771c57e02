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

import numpy as np
from petsc4py import PETSc

from dendrolith.core.parallel import global_sum, global_sums
from dendrolith.solvers.balances import Residual
from dendrolith.studies.plating.assembly import FixedConduction
from dendrolith.studies.plating.fields import IONIC
from dendrolith.studies.plating.patches import (
    NODE_SHARE,
    RESIDUAL_RATIO,
    Numbers,
    balanced_nodes,
    solve_patch,
)

# Electrons may be off by more where no current is, by the tiniest differences in metal: ions tell
# which nodes are off. There is a patch if such nodes hold so much of it, and are few of those that
# react: where a whole front is off, nothing stands still around a patch.
PATCH_SHARE = 0.5
ACTIVE_SHARE = 0.1

# A patch is so many cells wide on either side of its nodes, if it has no more nodes than this. To
# factorise n nodes costs n^{3/2} in 2-D and n² in 3-D: 300 in 3-D are as dear as 2000 in 2-D.
LAYERS = 6
MOST_NODES = {2: 2000, 3: 300}


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
        before, F = x.array_r.copy(), residual(x)
        size = float(F.norm())
        below = min(below, size)
        for improve in (self._patch, self._sweep, self._patch):
            off = np.abs(self._conduction.by_nodes(F.array_r)[:, IONIC])
            all_off = global_sum(F.comm.tompi4py(), float(off.sum()))
            # not "<=": what is not a number is left for Newton's method to see
            if not all_off > allowed:
                break
            nodes = np.flatnonzero(off > NODE_SHARE * all_off).astype(np.int32)
            last = x.array_r.copy()
            improve(x, F, nodes, RESIDUAL_RATIO * below)
            F = residual(x)
            now = float(F.norm())
            if now < below:
                return True
            if now < size:
                size = now
            else:
                x.array[:] = last
                F = residual(x)
        x.array[:] = before
        return False

    def _patch(self, x: PETSc.Vec, F: PETSc.Vec, nodes: Numbers, most: float) -> None:
        """Solve for the patch around these nodes, down to a residual of `most`, if they are few."""
        if not self._are_few(nodes, F):
            return
        conduction = self._conduction
        patch = conduction.nodes_within(nodes, LAYERS, MOST_NODES[conduction.dimension])
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
            lambda phi, those: self._reaction.charge_at(nodes[those], phi),
            conduction.by_nodes(x.array_r)[nodes],
        )

    def _are_few(self, nodes: Numbers, F: PETSc.Vec) -> bool:
        """Do few nodes hold all others up (collective)?"""
        off = np.abs(self._conduction.by_nodes(F.array_r)[:, IONIC])
        many, reacting, held, all_off = global_sums(
            F.comm.tompi4py(),
            np.array([len(nodes), len(self._reaction.nodes), off[nodes].sum(), off.sum()]),
        )
        return bool(many <= ACTIVE_SHARE * reacting and held > PATCH_SHARE * all_off)
