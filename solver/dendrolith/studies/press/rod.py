"""A rigid rod on the face of a pellet, and what of the face has spread beyond it.

    under the rod   t = ε ⟨z − Z⟩
    beyond it       t = min(ε ⟨z − Z − y⟩, s t_R p/p_R),  s = 1 − (r − R)/w, from 0 to 1
    beside it       t = ε ⟨R − r⟩ on what has been beyond

t  traction of the rod [Pa]            R  radius of the rod [m]
z, r  height and place of a point [m]  w  width over which the support fades [m]
Z  height of the face of the rod [m]   p  mean pressure on the rod [Pa]
ε  penalty [Pa/m]                      s  support, part of its traction that a point keeps [1]
y  by how much a point has given way [m]
t_R, p_R  traction of a point and mean pressure when it passed R [Pa]

⟨x⟩ is x above 0 and else 0: rods push, do not pull and do not rub. Near the edge powder is wedged
between rod and bore; farther out nothing is above it. y grows where the bound is reached, s never
grows, p is the largest so far; they change between steps.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dendrolith.studies.edges import GAUSS, elements, shapes
from dendrolith.studies.press.contact import stiffer
from dendrolith.studies.solid import Springs

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

PENALTY = 1e14  # Pa/m, of rods of the usual radius
RELEASE = 2.0  # w over the way of the rods in which a support may vanish: no jumps
R_AXIS, Z_AXIS = 0, 1


class Rod:
    """The rod above a face.

    Args:
        place: (n_nodes, 2) points of all nodes [m].
        face: nodes of the face of the pellet, from the axis out.
        radius: R [m].
        fading: w [m].

    Attributes:
        height: Z of its face [m].
        support: (n,) s of the points of the face.
        share: (n,) t_R/p_R of them, as of now where they are under the rod.
        slip: (n,) y of them [m].
        peak: p [Pa].
    """

    def __init__(self, place: FloatArray, face: IntArray, radius: float, fading: float) -> None:
        self._place, self._radius, self._fading = place, radius, fading
        self._penalty = PENALTY * stiffer(radius)
        lines, (where, share) = elements(face), GAUSS
        self._nodes = np.repeat(lines, len(where), axis=0)
        self._shape = shapes(np.tile(where, len(lines)))[0]
        length = np.repeat(place[lines[:, 2], 0] - place[lines[:, 0], 0], len(where))
        r = self._points(np.zeros(place.size))[:, 0]
        self._pull = self._penalty * np.tile(share, len(lines)) * length * r
        self.height = float(place[face[0], 1])
        self.support: FloatArray = np.ones(len(r))
        self.share: FloatArray = np.ones(len(r))
        self.slip: FloatArray = np.zeros(len(r))
        self.peak = 0.0
        self._most: FloatArray = np.full(len(r), np.inf)
        self._kept: tuple[FloatArray, FloatArray] = (self.support, self.share)

    def _points(self, u: FloatArray) -> FloatArray:
        """(n, 2) points of the face at a displacement (n_dofs,) [m]."""
        now = self._place + u.reshape(-1, 2)
        return np.asarray(np.einsum("nk,nkd->nd", self._shape, now[self._nodes]))

    def decide(self, u: FloatArray, pressure: float, way: float) -> None:
        """What each point can bear in the next step.

        Args:
            u: (n_dofs,) displacement before it [m].
            pressure: p before it [Pa].
            way: of the rods in it [m].
        """
        support, share = self._kept
        under = support == 1
        self.share = share
        if 0 < pressure >= self.peak:  # equal: a step that is tried again
            self.peak = pressure
            self.share = np.where(under, self._penalty * self._depths(u)[0] / pressure, share)
        beyond = (self._points(u)[:, 0] - self._radius) / self._fading
        least = np.maximum((1 - beyond).clip(0.0, 1.0), support - RELEASE * abs(way) / self._fading)
        self.support = np.minimum(support, least)
        most = self.support * self.share * self.peak / self._penalty
        self._most = np.where(self.support == 1, np.inf, most)

    def keep(self, u: FloatArray) -> None:
        """The step is accepted: the next one starts from what has given way in it."""
        self._kept = (self.support, self.share)
        self.slip = np.maximum(self.slip, self._points(u)[:, 1] - self.height - self._most)

    def _depths(self, u: FloatArray) -> tuple[FloatArray, FloatArray]:
        """How deep points (n,) are in the face of the rod, and what counts of it [m]."""
        depth = np.maximum(self._points(u)[:, 1] - self.height - self.slip, 0.0)
        return depth, np.minimum(depth, self._most)

    def springs(self, u: FloatArray) -> list[Springs]:
        """Those of what touches the rod."""
        depth, counts = self._depths(u)
        below = self._along(Z_AXIS, counts, (depth > 0) & (depth <= self._most))
        inside = np.where(self.support < 1, self._radius - self._points(u)[:, 0], 0.0)
        inside = np.where(depth + self.slip > 0, np.maximum(inside, 0.0), 0.0)
        return [below, self._along(R_AXIS, -inside, inside > 0)]

    def _along(self, axis: int, depth: FloatArray, stiff: npt.NDArray[np.bool_]) -> Springs:
        """Springs along r or z of points so deep (n,) [m]; `stiff` ones resist."""
        on = depth != 0
        N, pull = self._shape[on], self._pull[on]
        force = (pull * depth[on])[:, None] * N
        slope = (pull * stiff[on])[:, None, None] * N[:, :, None] * N[:, None, :]
        return Springs(2 * self._nodes[on] + axis, force, slope)

    def force(self, u: FloatArray) -> float:
        """Along the rod, over 2π [N/rad]."""
        return float(self._pull @ self._depths(u)[1])

    def beyond(self, u: FloatArray) -> tuple[float, float]:
        """Part of the face beyond the rod [1], and by how much it stands above the rod's [m]."""
        r, z = self._points(u).T
        rise = float((z[r > self._radius] - self.height).max(initial=0.0))
        return max(1 - (self._radius / float(r.max())) ** 2, 0.0), rise

    def face_height(self, u: FloatArray) -> float:
        """Mean height of the face of the pellet under the rod [m]."""
        under = self.support == 1
        return float(np.average(self._points(u)[under, 1], weights=self._pull[under]))

    def save(self) -> list[list[float]]:
        """What has given way, as numbers."""
        return [[float(x) for x in part] for part in (self.support, self.share, self.slip)]

    def restore(self, values: list[list[float]], peak: float) -> None:
        """Take it back."""
        self.support, self.share, self.slip = (np.array(part) for part in values)
        self.peak, self._kept = peak, (self.support, self.share)
