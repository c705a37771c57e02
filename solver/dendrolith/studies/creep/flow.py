"""Flow of lithium in a cell at one moment: Taylor–Hood elements, Newton's method.

All lengths are in units of h₀, velocities of the closing speed V and stresses of σ₁ (V/h₀)^n. The
power law is homogeneous: one solve gives the pressure of any speed, p̄ = C V^n.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem

from dendrolith.fields.bind import bind
from dendrolith.physics.power_law_flow import WallFriction, wall_friction
from dendrolith.studies.creep.front import front_speed
from dendrolith.studies.creep.geometry import BORE, NEAR, SIDE, PatchMesh, Shape
from dendrolith.studies.creep.power_flow import PowerFlow, Traction

FloatArray = npt.NDArray[np.float64]

REGULAR = 1e-3  # ε̇₀ over the mean rate in the slot
SLIDING = {"slot": (BORE, SIDE), "bore": (BORE,)}


@dataclass(frozen=True, slots=True)
class Flowing:
    """What one solve finds, in units of the solve.

    Attributes:
        pressure: p̄ on the face of the rod at V = 1.
        iterations: of Newton's method.
    """

    pressure: float
    iterations: int


class Flow:
    """Velocity and pressure of lithium at a given shape.

    Args:
        shape: at the start, in units of h₀.
        n: rate sensitivity.
        across: cells across film and gap.
        ratio: of neighbouring cells.
        slips: walls hold no tangential stress; for tests of the foil alone.
        friction: of walls of the slot, its film in units of h₀; absent: nothing slips.

    Attributes:
        patches: the mesh.
        shape: of the last solve, in units of h₀.
        plated: share of the closing that was plated in it.
        mean: p̄ of it, at V = 1.
        unknown: v and p.
        front_lines: (n,) places of nodes of the front over the gap, from 0 at the rod to 1.
    """

    def __init__(
        self,
        shape: Shape,
        n: float,
        *,
        across: int,
        ratio: float,
        slips: bool = False,
        friction: WallFriction | None = None,
    ) -> None:
        self.patches = PatchMesh(shape, across, ratio)
        self.shape, self.plated, domain = shape, 0.0, self.patches.mesh
        self.mean = 1.0
        self._radius, self._plane = shape.radius, shape.bore.depth is not None
        self._rod_speed = fem.Constant(domain, 1.0)
        self._sliding = () if friction is None else SLIDING[friction.walls]
        rub = None if friction is None else self._rub(friction)
        self._fluid = PowerFlow(domain, n, rub, plane=self._plane)
        self.unknown = self._fluid.unknown
        self._support(slips=slips)

    def _rub(self, friction: WallFriction) -> Traction:
        """Power of the walls that lithium slides along."""
        law = bind(friction, self.patches.mesh)
        ds = ufl.ds(subdomain_data=self.patches.tagged_walls())
        r = 1 if self._plane else ufl.SpatialCoordinate(self.patches.mesh)[0]

        def power(v: Any, p: Any, w: Any, n: fem.Constant, least: fem.Constant) -> Any:
            speeds = {BORE: 0.0, SIDE: self._rod_speed}
            return sum(
                wall_friction(v[1] - speeds[wall], law, n, least, p) * w[1] * r * ds(wall)
                for wall in self._sliding
            )

        return power

    def _support(self, *, slips: bool) -> None:
        """Where velocity is given: floor, rod, bore, axis; the front, or the rim, is free."""
        fluid = self._fluid
        both, place = fluid.velocities()
        whole = both.ravel()
        a, b = np.repeat(place, 2, axis=0).T
        along = np.tile([0, 1], len(place))  # component of each entry
        near_axis, floor = a < NEAR, b < NEAR
        face = (np.abs(b - 1) < NEAR) & (a < 1 + NEAR)
        side, bore = (np.abs(a - 1) < NEAR) & (b > 1 - NEAR), a > 2 - NEAR
        sliding = (bore & (BORE in self._sliding)) | (side & (SIDE in self._sliding))
        fast = (floor | face | side | bore) & ((along == 1) | (not slips))
        fast &= floor | face | (along == 0) | ~sliding
        self._inflow = whole[floor & (a < 1 + NEAR) & (along == 1)]
        self._rod = whole[(face | side) & (along == 1) & fast]
        self._face = whole[face & (along == 1)]
        inside, at = fluid.pressures()
        floor, wall = (at[:, 1] < NEAR) & (at[:, 0] < 1 + NEAR), at[:, 0] > 2 - NEAR
        self._floor = inside[floor], at[floor, 0]
        self._wall = inside[wall], at[wall, 1]
        front = np.flatnonzero(place[:, 1] > 2 - NEAR)
        front = front[np.argsort(place[front, 0])]
        self._front, self.front_lines = both[front], place[front[::2], 0] - 1
        fluid.hold(whole[fast | (near_axis & (along == 0))])

    # ------------------------------------------------------------------ a solve

    def solve(self, shape: Shape, plating: float = 1.0) -> Flowing:
        """The flow at a shape, at closing speed 1.

        Args:
            shape: in units of h₀.
            plating: share of the closing that is plated; the rod moves by the rest.

        Raises:
            SolverDiverged: Newton's method does not converge.
        """
        self.shape, self.plated = shape, plating
        self.patches.move(shape)
        given = self._fluid.given.x.array
        given[self._rod] = self._rod_speed.value = plating - 1
        given[self._inflow] = plating
        ratio = shape.area / shape.slot_area / shape.gap if shape.gap else 0.0
        self._fluid.least.value = REGULAR * (ratio or 1 / shape.thickness)
        iterations = self._fluid.solve()
        force = -shape.bore.around * self._fluid.reaction(self._face)
        self.mean = force / shape.area
        return Flowing(self.mean, iterations)

    def velocity(self, points: FloatArray) -> FloatArray:
        """V (n, 2) of points (n, 2) inside, in units of the solve."""
        return self._fluid.velocity(points)

    def peak_stress(self) -> float:
        """Largest σ_eq at the points of quadrature, in units of σ₁ (V/h₀)^n."""
        return self._fluid.peak_stress()

    def front_speed(self) -> FloatArray:
        """(n,) speed of nodes of the front upwards, in units of the solve."""
        shape = self.shape
        points = shape.front_nodes
        aside = shape.bore.slope(points[:, 1]) * self.front_lines
        moves = np.column_stack([aside, np.ones_like(aside)])
        r = np.ones_like(aside) if self._plane else points[:, 0]
        return front_speed(points, moves, self.unknown.x.array[self._front], r)

    def floor_pressure(self) -> tuple[FloatArray, FloatArray]:
        """Radius and p at nodes of the electrolyte, from the axis out, in units of the solve."""
        nodes, place = self._floor
        order = np.argsort(place)
        return self._radius * place[order], self.unknown.x.array[nodes[order]]

    def on_bore(self, shape: Shape) -> tuple[FloatArray, FloatArray]:
        """Height at nodes of the bore of a shape, from below, and p over p̄ there."""
        nodes, place = self._wall
        order = np.argsort(place)
        b = place[order]
        z = shape.place(np.column_stack([np.full_like(b, 2.0), b]))[:, 1]
        return z, self.unknown.x.array[nodes[order]] / self.mean

    def save(self) -> list[float]:
        """Velocity and pressure, as numbers."""
        return [float(value) for value in self.unknown.x.array]

    def restore(self, values: list[float]) -> None:
        """Take them back."""
        self._fluid.restore(values)

    def close(self) -> None:
        """Free the PETSc objects."""
        self._fluid.close()
