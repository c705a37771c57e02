"""Contact of the edge of one body with the bore of another, and of the bore with a rod.

    gap  g = r − h(z),  h: the bore, quadratic over each of its elements;  energy ½ ε ∫ g² r ds
    friction  τ = φ μ ε ⟨g⟩,  dφ/dw = (1 − φ sgn dw)/w₀,  w: slip along the bore, −1 < φ < 1
    rod  g = R − r at nodes of the bore beside it

ε is the penalty; the integral goes over the edge without load, exactly but for curved bores.
Springs push and pull (bilateral). Which points are in contact, and with which element of the bore,
is decided between steps: a point that passed an end of an element in a step would turn its force.
Friction is Coulomb's, but turns over a slip of w₀. Source: Dahl, AIAA J. 14 (1976) 1675.
"""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from dendrolith.studies.edges import GAUSS, elements, shapes
from dendrolith.studies.solid import Springs

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

PENALTY = 2e13  # Pa/m, of rods of the usual radius and thicker ones
TURNS = 1e-6  # w₀ of them [m]
USUAL = 3.175e-3  # radius [m]
CURVED = np.array([4.0, -8.0, 4.0])  # their second derivatives


def stiffer(radius: float) -> float:
    """By how much contacts of thinner rods are stiffer: the same part of a radius passes [1].

    Args:
        radius: of the rods [m]; 0: there are none.
    """
    return max(1.0, USUAL / radius) if radius > 0 else 1.0


class Graph:
    """An edge on a bore r = h(z), and the bore on a rod.

    Args:
        place: (n_nodes, 2) points of all nodes [m].
        edge: nodes that slide along the bore, from end to end.
        bore: nodes of the bore, from end to end, by rising z.
        rod_radius: R of the rod [m].
        friction: μ between edge and bore.

    Attributes:
        bore: as given.
        touching: of the points of the edge, which ones are in contact.
        beside: of the nodes of the bore, which ones rest on the rod.
        rubbed: places along the edge, in elements from its end, and φ there, so far.
    """

    def __init__(
        self,
        place: FloatArray,
        edge: IntArray,
        bore: IntArray,
        rod_radius: float,
        friction: float = 0.0,
    ) -> None:
        self._place, self.bore, self._radius = place, bore, rod_radius
        self._friction = friction
        self._penalty, self._turns = PENALTY * stiffer(rod_radius), TURNS / stiffer(rod_radius)
        self.rubbed: tuple[FloatArray, FloatArray] = (np.zeros(1), np.zeros(1))
        self._edges, self._bores = elements(edge), elements(bore)
        ends = np.linalg.norm(place[self._bores[:, 2]] - place[self._bores[:, 0]], axis=1)
        lumped = np.zeros(len(place))
        np.add.at(lumped, self._bores, ends[:, None] * np.array([1, 4, 1]) / 6)
        self._rod_pull = self._penalty * (lumped * place[:, 0])[bore]
        self.decide(np.zeros(place.size), np.inf, sliding=True)

    def _points(self, at: FloatArray) -> FloatArray:
        """(n, 2) points of the edge [m]."""
        return np.asarray(np.einsum("nk,nkd->nd", self._shape, at[self._edge]))

    def places(self, u: FloatArray) -> FloatArray:
        """(n_nodes, 2) places of all nodes at a displacement (n_dofs,) [m]."""
        return np.asarray(self._place + u.reshape(-1, 2))

    def _pair(self, at: FloatArray) -> None:
        """Points of the edge and the elements of the bore beside them, for the whole step.

        Each element of the edge is cut where an element of the bore ends; three points a piece.
        """
        ends = at[self._bores[:, 0], 1]
        edge, under, where, share, place = [], [], [], [], []
        for number, nodes in enumerate(self._edges):
            z = at[nodes, 1]
            inner = ends[(ends > z[0]) & (ends < z[2])]
            cuts = np.concatenate([[0.0], _place_of(inner, np.tile(z, (len(inner), 1))), [1.0]])
            for low, high in itertools.pairwise(cuts):
                middle = (shapes(np.array([(low + high) / 2]))[0] * z).sum()
                beside = np.searchsorted(ends, middle, side="right") - 1
                edge.append(nodes)
                under.append(self._bores[max(beside, 0)])
                where.append(low + (high - low) * GAUSS[0])
                place.append(number + where[-1])
                share.append((high - low) * GAUSS[1])
        count = len(GAUSS[0])
        self._edge, self._under = (np.repeat(np.array(x), count, axis=0) for x in (edge, under))
        self._shape, self._where = shapes(np.concatenate(where))[0], np.concatenate(place)
        ends_of = self._place[self._edge[:, 2]] - self._place[self._edge[:, 0]]
        length = np.linalg.norm(ends_of, axis=1)
        self._pull = (
            self._penalty * np.concatenate(share) * length * self._points(self._place)[:, 0]
        )

    def _across(self, at: FloatArray) -> tuple[FloatArray, FloatArray]:
        """G (n,) [m] of the points of the edge, and where they are in their element of the bore."""
        point, r = self._points(at), at[self._under, 0]
        x = _place_of(point[:, 1], at[self._under, 1])
        return point[:, 0] - (shapes(x)[0] * r).sum(axis=1), x

    def gaps(self, u: FloatArray) -> FloatArray:
        """(n,) how far each point of the edge is inside the other body [m]."""
        return self._across(self.places(u))[0]

    def decide(self, u: FloatArray, rod: float, *, sliding: bool) -> None:
        """What is in contact in the next step.

        Args:
            u: (n_dofs,) displacement [m].
            rod: height above which the rod is beside the bore [m].
            sliding: the edge keeps its contact and slides; else it may lift off.
        """
        at = self.places(u)
        self._pair(at)
        self._start, self._along_bore = np.array(u), self._tangents(at)
        self._mobilised = np.interp(self._where, *self.rubbed)
        self.touching: npt.NDArray[np.bool_] = (self._across(at)[0] >= 0) | sliding
        bore = at[self.bore]
        self.beside: npt.NDArray[np.bool_] = (bore[:, 1] > rod) & (bore[:, 0] < self._radius)

    def _tangents(self, at: FloatArray) -> FloatArray:
        """(n, 12) factors of displacements in the slip of each point along the bore."""
        N, slopes = shapes(self._across(at)[1])
        t = np.einsum("nk,nkd->nd", slopes, at[self._under])
        t = (t / np.linalg.norm(t, axis=1)[:, None])[:, :, None]
        own = self._shape
        return _by_node([own * t[:, 0], own * t[:, 1]], [-N * t[:, 0], -N * t[:, 1]])

    def keep(self, u: FloatArray) -> None:
        """The step has ended at a displacement (n_dofs,) [m]."""
        if self._friction:
            self.rubbed = (self._where, np.where(self.touching, self._share(u)[0], 0.0))

    def _share(self, u: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Φ (n,) of each point, and dφ/dw [1/m]."""
        nodes = np.column_stack([self._edge, self._under])
        dofs = _both_components(nodes)
        slip = (self._along_bore * (u - self._start)[dofs]).sum(axis=1)
        way = np.where(slip < 0, -1.0, 1.0)
        rest = (self._mobilised - way) * np.exp(-np.abs(slip) / self._turns)
        return np.asarray(way + rest), np.asarray(-way * rest / self._turns)

    def _rub(self, u: FloatArray, dofs: IntArray, normal: FloatArray, slope: FloatArray) -> Springs:
        """Friction of points in contact.

        Args:
            u: (n_dofs,) displacement [m].
            dofs: (n, 12) of the points.
            normal: (n,) force on them [N/rad].
            slope: (n, 12) its derivatives [N/(m rad)].
        """
        share, steeper = (values[self.touching] for values in self._share(u))
        d, mu = self._along_bore[self.touching], self._friction
        change = mu * ((normal * steeper)[:, None] * d + share[:, None] * slope)
        return Springs(dofs, (mu * normal * share)[:, None] * d, d[:, :, None] * change[:, None, :])

    def springs(self, u: FloatArray) -> list[Springs]:
        """Those of what is in contact."""
        at = self.places(u)
        nodes, pull = self.bore[self.beside], self._rod_pull[self.beside]
        push = -pull * (self._radius - at[nodes, 0])
        rod = Springs(2 * nodes[:, None], push[:, None], pull[:, None, None])
        return [*self._along(at, u), rod]

    def _along(self, at: FloatArray, u: FloatArray) -> list[Springs]:
        """Springs between edge and bore: r and z of three nodes of each.

        dg = dr − Σ N dr_i − m ζ,  ζ = dz − Σ N dz_i,  m = r′/z′;  its second derivative is
        −(ζ⊗σ + σ⊗ζ + κ ζ⊗ζ),  σ = Σ N′ (dr_i − m dz_i)/z′,  κ = (r″ − m z″)/z′².
        """
        on = self.touching
        g, x = (values[on] for values in self._across(at))
        edge, bore, own = self._edge[on], self._under[on], self._shape[on]
        N, slopes = shapes(x)
        r, z = at[bore, 0], at[bore, 1]
        stretch = (slopes * z).sum(axis=1)
        m = (slopes * r).sum(axis=1) / stretch
        none = np.zeros_like(own)
        zeta = _by_node([none, own], [none, -N])
        across = _by_node([own, none], [-N, none]) - m[:, None] * zeta
        sigma = _by_node([none, none], [slopes, -m[:, None] * slopes]) / stretch[:, None]
        kappa = (r @ CURVED - m * (z @ CURVED)) / stretch**2
        turning = zeta[:, :, None] * (sigma + kappa[:, None] / 2 * zeta)[:, None, :]
        turning = turning + turning.transpose(0, 2, 1)
        K = across[:, :, None] * across[:, None, :] - g[:, None, None] * turning
        nodes, pull = np.column_stack([edge, bore]), self._pull[on]
        dofs = _both_components(nodes)
        pushes = Springs(dofs, (pull * g)[:, None] * across, pull[:, None, None] * K)
        if not self._friction:
            return [pushes]
        stiff = pull * np.hypot(1, m) * (g > 0)
        return [pushes, self._rub(u, dofs, stiff * g, stiff[:, None] * across)]

    def _area(self, at: FloatArray) -> float:
        """Of the edge [m²/rad]."""
        length = np.linalg.norm(at[self._edges[:, 2]] - at[self._edges[:, 0]], axis=1)
        return float(length @ (at[self._edges, 0] @ np.array([1, 4, 1]) / 6))

    def pressure(self, u: FloatArray) -> FloatArray:
        """(n,) of the points of the edge on the bore [Pa]; all of the edge stretches alike."""
        stretch = self._area(self.places(u)) / self._area(self._place)
        return np.asarray(np.where(self.touching, self._penalty * self.gaps(u), 0.0) / stretch)

    def mean_pressure(self, u: FloatArray) -> float:
        """Mean of it [Pa]."""
        return float(np.average(self.pressure(u), weights=self._pull))

    def apart_at(self, u: FloatArray, z: FloatArray) -> FloatArray:
        """How far edge and bore are apart at heights (n,) [m]; 0 where they touch or no edge is."""
        height = self._points(self.places(u))[:, 1]
        apart = np.maximum(-self.gaps(u), 0.0) * ~self.touching
        return np.asarray(np.interp(z, height, apart, left=0.0, right=0.0))

    def pressure_at(self, u: FloatArray, z: FloatArray) -> FloatArray:
        """Pressure on the bore at heights (n,) [m]; 0 where the edge is not [Pa]."""
        height = self._points(self.places(u))[:, 1]
        return np.asarray(np.interp(z, height, self.pressure(u), left=0.0, right=0.0))


def _place_of(z: FloatArray, nodes: FloatArray) -> FloatArray:
    """Where in elements of heights (n, 3) a height (n,) is, from 0 to 1 inside."""
    b, c = nodes @ np.array([-3.0, 4.0, -1.0]), nodes @ (CURVED / 2)
    way = z - nodes[:, 0]
    return np.asarray(2 * way / (b + np.sqrt(np.maximum(b**2 + 4 * c * way, 0.0))))


def _both_components(nodes: IntArray) -> IntArray:
    """(n, 2 k) degrees of freedom along r and z of nodes (n, k), node by node."""
    return np.stack([2 * nodes, 2 * nodes + 1], axis=2).reshape(len(nodes), -1)


def _by_node(edge: list[FloatArray], bore: list[FloatArray]) -> FloatArray:
    """(n, 12) from parts (n, 3) along r and z, node by node."""
    return np.concatenate(
        [np.stack(parts, axis=2).reshape(len(parts[0]), -1) for parts in (edge, bore)], axis=1
    )
