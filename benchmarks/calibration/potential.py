"""Potential between metal, anode and counter electrode around cracks.

∇·(σ ∇φ) = 0 outside broken cells,  σ ∂φ/∂n = g φ on anode, counter electrode and walls
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem

from benchmarks.calibration.numerics import Numerics
from dendrolith.core import compat
from dendrolith.core.parallel import integral
from dendrolith.domain.domain import Domain
from dendrolith.fields.measures import Measures
from dendrolith.fields.state import State
from dendrolith.networks.schema import Config
from dendrolith.solvers.linear import LinearSolver
from dendrolith.solvers.options import DIRECT

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


class Potential:
    """φ between counter electrode at 1 V and metal at 0, scaled to 1 A/m².

    Args:
        domain: box of the cell.
        m: its measures.
        state: with `phi`, `d`, `metal` and `conducts`.
        config: the input of the graph model: material and kinetics.
        numerics: of the field model.
    """

    def __init__(
        self, domain: Domain, m: Measures, state: State, config: Config, numerics: Numerics
    ) -> None:
        self._state, self._void, self._width = state, numerics.void, config.structure.width
        mesh = domain.mesh
        phi, v = state["phi"], ufl.TestFunction(state.scalar_space)
        lithium = config.lithium
        sigma = fem.Constant(mesh, config.electrolyte.ionic_conductivity)
        g = fem.Constant(mesh, lithium.conductance)
        share = fem.Constant(mesh, lithium.wall_reactivity)
        # facets of a staircase are longer than the crack: each counts as it faces the crack
        slope, normal = 2 * ufl.avg(ufl.grad(state["d"])), ufl.FacetNormal(mesh)("+")
        facing = abs(ufl.inner(slope, normal)) / ufl.sqrt(ufl.inner(slope, slope) + 1e-12)
        between = (state["metal"]("+") - state["metal"]("-")) ** 2 * facing
        walls = g * between * phi("+") * v("+") * ufl.dS
        left, right = (m.ds(domain.boundaries[side]) for side in ("left", "right"))
        residual = sigma * state["conducts"] * ufl.inner(ufl.grad(phi), ufl.grad(v)) * m.dx
        residual += share * walls + g * phi * v * left + g * (phi - 1.0) * v * right
        self._balance = fem.form(residual)
        self._slope = fem.form(ufl.derivative(residual, phi))
        self._K = compat.create_matrix(self._slope)
        self._b = compat.create_vector(self._balance)
        self._correction = self._b.duplicate()
        self._solver = LinearSolver(self._K, "potential_", DIRECT, "potential")
        self._fed = fem.form(g * (1.0 - phi) * right)
        self._on_walls = fem.form(walls)
        self._into_walls = compat.create_vector(self._on_walls)

    @property
    def into_walls(self) -> FloatArray:
        """(n,) current into each node of the walls at 1 A/m² [A/m]."""
        return np.asarray(self._into_walls.array_r)

    def solve(self, broken: BoolArray, metal: BoolArray, corners: npt.NDArray[np.int32]) -> None:
        """Write φ of 1 A/m² [V m²/A] into the state.

        Args:
            broken: (n,) nodes that are broken.
            metal: (n,) those that are metal too.
            corners: (n_cells, 4) nodes of each cell.
        """
        state = self._state
        whole, filled = broken[corners].all(axis=1), metal[corners].all(axis=1)
        state["conducts"].x.array[:] = np.where(whole, self._void, 1.0)
        state["metal"].x.array[:] = filled
        state["phi"].x.array[:] = 0.0
        compat.assemble_matrix(self._K, self._slope)
        compat.assemble_vector(self._b, self._balance)
        self._solver.solve(self._b, self._correction)
        phi = state["phi"].x.array
        phi[:] = -self._correction.array
        phi *= self._width / integral(self._fed)
        compat.assemble_vector(self._into_walls, self._on_walls)
