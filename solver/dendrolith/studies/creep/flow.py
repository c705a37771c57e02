"""Flow of lithium in a cell at one moment: Taylor–Hood elements, Newton's method.

All lengths are in units of h₀, velocities of the closing speed V and stresses of σ₁ (V/h₀)^n. The
power law is homogeneous: one solve gives the pressure of any speed, p̄ = C V^n.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import basix
import basix.ufl
import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from dolfinx.fem.petsc import set_bc

from dendrolith.core import compat
from dendrolith.core.errors import SolverDiverged
from dendrolith.fields.bind import bind
from dendrolith.physics.power_law_flow import (
    WallFriction,
    axisymmetric_rate,
    equivalent_rate,
    flow_stress_tensor,
    wall_friction,
)
from dendrolith.solvers.linear import LinearSolver
from dendrolith.solvers.options import DIRECT
from dendrolith.studies.creep.geometry import BORE, NEAR, SIDE, PatchMesh, Shape

FloatArray = npt.NDArray[np.float64]

QUADRATURE = 4  # degree; viscosity is no polynomial
REGULAR = 1e-3  # ε̇₀ over the mean rate in the slot
EXPONENTS = (1.0, 1.5, 2.5, 4.0)  # m on the way to that of lithium, where there is no guess
TOLERANCE, MOST = 1e-9, 40  # of forces out of balance; Newton iterations
SLIDING = {"slot": (BORE, SIDE), "bore": (BORE,)}
TRIALS, FLAT, EDGE = 12, 0.3, 0.1  # of a line search: most, slope that is flat, least cut


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
        unknown: v and p.
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
        domain = self.patches.mesh
        self._n, self._radius = n, shape.radius
        self._law, self._least, self._rod_speed = (fem.Constant(domain, 1.0) for _ in range(3))
        self._friction = friction
        self._sliding = () if friction is None else SLIDING[friction.walls]
        velocity = basix.ufl.element("Lagrange", "triangle", 2, shape=(2,))
        pressure = basix.ufl.element("Lagrange", "triangle", 1)
        space = fem.functionspace(domain, basix.ufl.mixed_element([velocity, pressure]))
        self.unknown = fem.Function(space)
        self._support(space, slips=slips)
        self._write_forms(space)
        self._solver = LinearSolver(self._J, "creep_", DIRECT, "flow of lithium")
        self._warm = False

    def _write_forms(self, space: fem.FunctionSpace) -> None:
        (v, p), (w, q) = ufl.split(self.unknown), ufl.TestFunctions(space)
        r = ufl.SpatialCoordinate(self.patches.mesh)[0]
        dx = ufl.dx(metadata={"quadrature_degree": QUADRATURE})
        D, virtual = axisymmetric_rate(v, r), axisymmetric_rate(w, r)
        s = flow_stress_tensor(D, self._law, self._least)
        balance = (ufl.inner(s, virtual) - p * ufl.tr(virtual) - q * ufl.tr(D)) * r * dx
        if self._friction is not None:
            law = bind(self._friction, self.patches.mesh)
            ds = ufl.ds(subdomain_data=self.patches.tagged_walls())
            for wall, speed in ((BORE, 0.0), (SIDE, self._rod_speed)):
                if wall in self._sliding:
                    traction = wall_friction(v[1] - speed, law, self._law, self._least)
                    balance -= traction * w[1] * r * ds(wall)
        self._residual, self._jacobian = (
            fem.form(form) for form in (balance, ufl.derivative(balance, self.unknown))
        )
        self._b, self._step = (compat.create_vector(self._residual) for _ in range(2))
        self._J = compat.create_matrix(self._jacobian)
        points, _ = basix.make_quadrature(basix.CellType.triangle, QUADRATURE)
        self._rate = fem.Expression(equivalent_rate(D, self._least), points)

    def _support(self, space: fem.FunctionSpace, *, slips: bool) -> None:
        """Where velocity is given: floor, rod, bore, axis; the front, or the rim, is free."""
        velocity, whole = space.sub(0).collapse()
        whole = np.asarray(whole).reshape(-1)
        place = velocity.tabulate_dof_coordinates()[:, :2]
        a, b = np.repeat(place, 2, axis=0).T
        along = np.tile([0, 1], len(place))  # component of each entry
        near_axis, floor = a < NEAR, b < NEAR
        face = (np.abs(b - 1) < NEAR) & (a < 1 + NEAR)
        side, bore = (np.abs(a - 1) < NEAR) & (b > 1 - NEAR), a > 2 - NEAR
        sliding = (bore & (BORE in self._sliding)) | (side & (SIDE in self._sliding))
        fast = (floor | face | side | bore) & ((along == 1) | (not slips))
        fast &= floor | face | (along == 0) | ~sliding
        self._given = fem.Function(space)
        self._inflow = whole[floor & (a < 1 + NEAR) & (along == 1)]
        self._rod = whole[(face | side) & (along == 1) & fast]
        self._face = whole[face & (along == 1)]
        pressures, inside = space.sub(1).collapse()
        at = pressures.tabulate_dof_coordinates()[:, :2]
        floor = (at[:, 1] < NEAR) & (at[:, 0] < 1 + NEAR)
        self._floor = np.asarray(inside)[floor], at[floor, 0]
        wall = at[:, 0] > 2 - NEAR
        self._wall = np.asarray(inside)[wall], at[wall, 1]
        self._held = np.sort(whole[fast | (near_axis & (along == 0))]).astype(np.int32)
        self._conditions = [fem.dirichletbc(self._given, self._held)]

    # ------------------------------------------------------------------ a solve

    def solve(self, shape: Shape, plating: float = 1.0) -> Flowing:
        """The flow at a shape, at closing speed 1.

        Args:
            shape: in units of h₀.
            plating: share of the closing that is plated; the rod moves by the rest.

        Raises:
            SolverDiverged: Newton's method does not converge.
        """
        self.patches.move(shape)
        self._given.x.array[self._rod] = self._rod_speed.value = plating - 1
        self._given.x.array[self._inflow] = plating
        ratio = shape.area / shape.slot_area / shape.gap if shape.gap else 0.0
        self._least.value = REGULAR * (ratio or 1 / shape.thickness)
        iterations = 0
        if not self._warm:
            for m in EXPONENTS:
                if 1 / m > self._n:
                    iterations += self._newton(1 / m)
        iterations += self._newton(self._n)
        self._warm = True
        compat.assemble_vector(self._b, self._residual)  # with the reactions of what is held
        reaction = float(self._b.array[self._face].sum())
        return Flowing(-2 * math.pi * reaction / shape.area, iterations)

    def peak_stress(self) -> float:
        """Largest σ_eq at the points of quadrature, in units of σ₁ (V/h₀)^n."""
        cells = np.arange(self.patches.mesh.topology.index_map(2).size_local, dtype=np.int32)
        rates: FloatArray = self._rate.eval(self.patches.mesh, cells)
        return float(rates.max() ** self._n)

    def floor_pressure(self) -> tuple[FloatArray, FloatArray]:
        """Radius and p at nodes of the electrolyte, from the axis out, in units of the solve."""
        nodes, place = self._floor
        order = np.argsort(place)
        return self._radius * place[order], self.unknown.x.array[nodes[order]]

    def bore_pressure(self) -> tuple[FloatArray, FloatArray]:
        """Patch coordinate b and p at nodes of the bore, from below, in units of the solve."""
        nodes, place = self._wall
        order = np.argsort(place)
        return place[order], self.unknown.x.array[nodes[order]]

    def save(self) -> list[float]:
        """Velocity and pressure, as numbers."""
        return [float(value) for value in self.unknown.x.array]

    def restore(self, values: list[float]) -> None:
        """Take them back."""
        self.unknown.x.array[:] = values
        self._warm = True

    def close(self) -> None:
        """Free the PETSc objects."""
        for thing in (self._solver, self._J, self._b, self._step):
            thing.destroy()

    def _imbalance(self) -> tuple[float, float]:
        """Norms of what is out of balance and of the reactions; the former stays in `_b`."""
        compat.assemble_vector(self._b, self._residual)
        whole = float(self._b.norm())
        self._b.array[self._held] = 0.0
        return float(self._b.norm()), whole

    def _newton(self, n: float) -> int:
        """Newton's method from the present unknown; returns the iterations."""
        self._law.value = n
        x = self.unknown.x.petsc_vec
        set_bc(x, self._conditions)
        size, whole = self._imbalance()
        for iteration in range(MOST):
            if size <= TOLERANCE * whole:
                return iteration
            compat.assemble_matrix(self._J, self._jacobian, self._conditions)
            self._solver.solve(self._b, self._step)
            size, whole = self._search()
            if not math.isfinite(size):
                break
        raise SolverDiverged("flow of lithium", f"no balance: {size / whole:.1e} of the forces")

    def _search(self) -> tuple[float, float]:
        """Go along the Newton step to where dissipation is least, at most to its end.

        Of all flows without divergence that of least dissipation is the solution. Its slope along
        the step is the residual times the step. Returns what `_imbalance` does.
        """
        x, step, place = self.unknown.x.petsc_vec, self._step, 1.0
        falls = float(self._b.dot(step))
        x.axpy(-1.0, step)
        now, slope = self._imbalance(), float(self._b.dot(step))
        low, high = (0.0, falls), (1.0, slope)
        for _ in range(TRIALS):
            if falls <= 0 or abs(slope) <= FLAT * falls or (place == 1 and slope > 0):
                break
            share = min(max(low[1] / (low[1] - high[1]), EDGE), 1 - EDGE)
            last, place = place, low[0] + share * (high[0] - low[0])
            x.axpy(last - place, step)
            now, slope = self._imbalance(), float(self._b.dot(step))
            low, high = ((place, slope), high) if slope > 0 else (low, (place, slope))
        return now
