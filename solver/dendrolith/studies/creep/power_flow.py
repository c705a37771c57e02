"""A power-law fluid around an axis, in a plane or in space: Taylor–Hood elements, Newton's method.

Stresses are in units of σ₁ (speed/length)^n. The power law is homogeneous of degree n.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import basix
import basix.ufl
import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem, geometry, mesh
from dolfinx.fem.petsc import set_bc

from dendrolith.core import compat
from dendrolith.core.errors import SolverDiverged
from dendrolith.physics.power_law_flow import (
    axisymmetric_rate,
    cartesian_rate,
    equivalent_rate,
    flow_stress_tensor,
)
from dendrolith.solvers.linear import LinearSolver
from dendrolith.solvers.options import DIRECT

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]

QUADRATURE = 4  # degree; viscosity is no polynomial
EXPONENTS = (1.0, 1.5, 2.5, 4.0)  # m on the way to that of lithium, where there is no guess
TOLERANCE, MOST = 1e-9, 40  # of forces out of balance; Newton iterations
NEAR = 1e-9  # how far beside a cell a point may be
TRIALS, FLAT, EDGE = 12, 0.3, 0.1  # of a line search: most, slope that is flat, least cut

Traction = Callable[[Any, Any, Any, fem.Constant, fem.Constant], Any]  # of v, p, w, n, ε̇₀


class PowerFlow:
    """Velocity and pressure.

    Args:
        domain: triangles of points (r, z), or tetrahedra.
        n: rate sensitivity.
        traction: power of the walls on v for a virtual w, at n and ε̇₀; absent: none.
        plane: of triangles: nothing moves or changes across them, r is a distance like z.

    Attributes:
        unknown: v and p.
        space: of both.
        given: what v is where it is held.
        held: (n,) degrees of freedom where v is given, rising.
        least: ε̇₀.
    """

    def __init__(
        self, domain: mesh.Mesh, n: float, traction: Traction | None = None, *, plane: bool = False
    ) -> None:
        self._n, self._around = n, domain.geometry.dim == 2 and not plane
        self._law, self.least = (fem.Constant(domain, 1.0) for _ in range(2))
        cell, dim = domain.basix_cell(), domain.geometry.dim
        velocity = basix.ufl.element("Lagrange", cell, 2, shape=(dim,))
        pressure = basix.ufl.element("Lagrange", cell, 1)
        self.space = fem.functionspace(domain, basix.ufl.mixed_element([velocity, pressure]))
        self.unknown, self.given = fem.Function(self.space), fem.Function(self.space)
        self._write_forms(domain, traction)
        self._solver = LinearSolver(self._J, "creep_", DIRECT, "flow of lithium")
        self._warm = False
        self.hold(np.zeros(0, dtype=np.int32))

    def _write_forms(self, domain: mesh.Mesh, traction: Traction | None) -> None:
        (v, p), (w, q) = ufl.split(self.unknown), ufl.TestFunctions(self.space)
        r: Any = ufl.SpatialCoordinate(domain)[0] if self._around else 1
        dx = ufl.dx(metadata={"quadrature_degree": QUADRATURE})
        if self._around:
            D, virtual = axisymmetric_rate(v, r), axisymmetric_rate(w, r)
        else:
            D, virtual = cartesian_rate(v), cartesian_rate(w)
        s = flow_stress_tensor(D, self._law, self.least)
        balance = (ufl.inner(s, virtual) - p * ufl.tr(virtual) - q * ufl.tr(D)) * r * dx
        if traction is not None:
            balance -= traction(v, p, w, self._law, self.least)
        self._residual, self._jacobian = (
            fem.form(form) for form in (balance, ufl.derivative(balance, self.unknown))
        )
        self._b, self._step = (compat.create_vector(self._residual) for _ in range(2))
        self._J = compat.create_matrix(self._jacobian)
        points, _ = basix.make_quadrature(domain.basix_cell(), QUADRATURE)
        self._rate = fem.Expression(equivalent_rate(D, self.least), points)

    def velocities(self) -> tuple[IntArray, FloatArray]:
        """(n, dim) degrees of freedom of v, and the places (n, dim) of their nodes."""
        space, whole = self.space.sub(0).collapse()
        dim = self.space.mesh.geometry.dim
        place: FloatArray = space.tabulate_dof_coordinates()[:, :dim]
        return np.asarray(whole, dtype=np.int32).reshape(-1, dim), place

    def pressures(self) -> tuple[IntArray, FloatArray]:
        """(n,) degrees of freedom of p, and the places (n, dim) of their nodes."""
        space, inside = self.space.sub(1).collapse()
        place: FloatArray = space.tabulate_dof_coordinates()[:, : self.space.mesh.geometry.dim]
        return np.asarray(inside, dtype=np.int32), place

    def hold(self, dofs: npt.NDArray[np.integer[Any]]) -> None:
        """Give v there."""
        self.held: IntArray = np.sort(dofs).astype(np.int32)
        self._conditions = [fem.dirichletbc(self.given, self.held)]

    def solve(self) -> int:
        """Find v and p at what is given; returns the iterations.

        Raises:
            SolverDiverged: Newton's method does not converge.
        """
        iterations = 0
        if not self._warm:
            for m in EXPONENTS:
                if 1 / m > self._n:
                    iterations += self._newton(1 / m)
        iterations += self._newton(self._n)
        self._warm = True
        compat.assemble_vector(self._b, self._residual)  # with the reactions of what is held
        return iterations

    def reaction(self, dofs: IntArray) -> float:
        """Sum of residuals of the last solve: force of what is held, over 2π around an axis."""
        return float(self._b.array[dofs].sum())

    def power(self) -> float:
        """Power of all that is held, over 2π around an axis."""
        return float(self._b.array[self.held] @ self.given.x.array[self.held])

    def velocity(self, points: FloatArray) -> FloatArray:
        """V (n, 2) of points (n, 2) inside triangles."""
        domain, x = self.space.mesh, np.column_stack([points, np.zeros(len(points))])
        tree = geometry.bb_tree(domain, 2, padding=NEAR)
        found = geometry.compute_colliding_cells(
            domain, geometry.compute_collisions_points(tree, x), x
        )
        cells = np.array([found.links(k)[0] for k in range(len(x))], dtype=np.int32)
        return np.asarray(self.unknown.sub(0).collapse().eval(x, cells)).reshape(-1, 2)

    def peak_stress(self) -> float:
        """Largest σ_eq at the points of quadrature, in units of the solve."""
        domain = self.space.mesh
        cells = np.arange(domain.topology.index_map(domain.topology.dim).size_local, dtype=np.int32)
        rates: FloatArray = self._rate.eval(domain, cells)
        return float(rates.max() ** self._n)

    def restore(self, values: list[float]) -> None:
        """Begin the next solve at v and p."""
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
        self._b.array[self.held] = 0.0
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
