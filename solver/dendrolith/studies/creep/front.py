"""The front of lithium in the slot, where it is no plug.

    ∂(h + ζ)/∂t = v_z − v_r ∂ζ/∂r,  ζ = L s;  a node on a wall moves with its inner neighbour

s runs over the gap, from the rod to the bore. Times a hat function φ over the front this is

    ∂F/∂t ∫ φ (M · N) r dS = ∫ φ (v · N) r dS,  F = h + ζ

with nodes that move along M, lines of the mesh. Between neighbours ½ |v_r| r ΔF is exchanged, as
upwind differences do. So what flows through the front is what it gains.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

POINTS, WEIGHTS = np.polynomial.legendre.leggauss(3)
AT, SHARE = (POINTS + 1) / 2, WEIGHTS / 2  # on an edge from 0 to 1
HATS = np.stack([1 - AT, AT])  # of the ends of an edge
CURVES = np.stack([(1 - AT) * (1 - 2 * AT), 4 * AT * (1 - AT), AT * (2 * AT - 1)])


@dataclass(frozen=True, slots=True)
class Front:
    """Outline of the front.

    Attributes:
        across: (n,) places over the gap, from 0 at the rod to 1 at the bore.
        relative: (n,) s there: filled length over that of the plug of the same volume.
    """

    across: FloatArray
    relative: FloatArray

    def at(self, across: FloatArray) -> FloatArray:
        """The relative length s at places over the gap; beyond its ends that of the end."""
        return np.asarray(np.interp(across, self.across, self.relative))


def inner_neighbours(count: int) -> npt.NDArray[np.int64]:
    """(n,) which node each node moves with: those on walls with the next one."""
    return np.clip(np.arange(count), 1, count - 2)


def front_speed(points: FloatArray, moves: FloatArray, v: FloatArray, r: FloatArray) -> FloatArray:
    """Speed ∂F/∂t (n,) of the nodes of a front.

    Args:
        points: (n, 2) the nodes (r, z), from the rod outwards.
        moves: (n, 2) M, how a node moves when it rises by one.
        v: (2n − 1, 2) velocity of nodes and of the middles of edges, in turn.
        r: (n,) distance of the nodes from the axis, or 1 in a plane.
    """
    edge, middle = np.diff(points, axis=0), v[1::2]
    normal = np.column_stack([-edge[:, 1], edge[:, 0]])  # times the length
    ring = r[:-1, None] * HATS[0] + r[1:, None] * HATS[1]
    flow = np.einsum("kec,ec,kq->eq", np.stack([v[:-2:2], middle, v[2::2]]), normal, CURVES)
    lifts = np.einsum("kec,ec,kq->eq", np.stack([moves[:-1], moves[1:]]), normal, HATS)
    aside = np.abs(middle[:, 0] - moves[:-1, 0] * middle[:, 1])
    exchanged = aside * (r[:-1] + r[1:]) / 4 * edge[:, 1]
    gained, weight = np.zeros(len(points)), np.zeros(len(points))
    for end, sign in ((slice(None, -1), 1), (slice(1, None), -1)):
        hat = SHARE * HATS[(1 - sign) // 2]
        gained[end] += (flow * ring) @ hat + sign * exchanged
        weight[end] += (lifts * ring) @ hat
    inner = inner_neighbours(len(points))
    return np.asarray((np.bincount(inner, gained)[1:] / np.bincount(inner, weight)[1:])[inner - 1])
