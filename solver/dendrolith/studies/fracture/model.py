"""A plate before anything is solved: mesh, fields, supports, and the energy as forms."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem

from dendrolith.core import compat
from dendrolith.core.parallel import all_agree
from dendrolith.domain.domain import Domain
from dendrolith.fields.bind import bind
from dendrolith.fields.measures import Measures
from dendrolith.fields.state import State
from dendrolith.physics.elasticity import strain_tensor
from dendrolith.studies.fracture.schema import DAMAGE, DISPLACEMENT, OPENS, Config


class Model:
    """Fields and energies of a plate.

    All terms but ∇d·∇d are summed over the vertices with equal weights: so both equations belong to
    one energy, and damage of one node never lowers that of its neighbours (an M-matrix).

    Args:
        config: the input.
        domain: the mesh.

    Attributes:
        config, domain: as given.
        state: u, d and where the volume grows.
        u, d: displacement [m] and damage [1].
        lower, upper: bounds of d.
        notched: which nodes of this rank the notch has broken.
        top: displacement of the top [m].
        supports: bottom and top along y, left along x.
        elastic_energy, fracture_energy: ∫ g ψ⁺ + ψ⁻ and ∫ (G_c/c_w)[w/ℓ + ℓ|∇d|²] [J/m].
        force: of the top on the plate along y [N/m].
    """

    def __init__(self, config: Config, domain: Domain) -> None:
        self.config, self.domain = config, domain
        self.state = State(domain.mesh, (DISPLACEMENT, DAMAGE, OPENS))
        self.u, self.d, self._opens = (self.state[name] for name in ("u", "d", "opens"))
        space = self.state.scalar_space
        self.lower, self.upper = fem.Function(space), fem.Function(space)
        self.upper.x.array[:] = 1.0
        self.lower.interpolate(self._notch)
        self.notched = self.lower.x.array > 0
        self._write_energies()
        self._support()
        self._notch_profile()

    def _notch(self, x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """1 at the corners of the cells that are broken from the start."""
        plate = self.config.geometry
        if plate.notch is None:
            return np.zeros(x.shape[1])
        near = 1e-6 * plate.mesh_size
        row = np.abs(x[1] - plate.height / 2) < plate.middle_row / 2 + near
        return np.asarray(row & (x[0] < plate.notch + near), dtype=np.float64)

    def _notch_profile(self) -> None:
        """Damage begins with e^{−distance/ℓ} from the notch, which spares the solver its growth."""
        plate, length = self.config.geometry, self.config.damage.length

        def profile(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
            if plate.notch is None:
                return np.zeros(x.shape[1])
            along = np.maximum(x[0] - plate.notch, 0)
            across = np.maximum(np.abs(x[1] - plate.height / 2) - plate.middle_row / 2, 0)
            return np.asarray(np.exp(-np.hypot(along, across) / length))

        self.d.interpolate(profile)
        self.state.accept()

    def _write_energies(self) -> None:
        mesh, m = self.domain.mesh, Measures.of(self.domain)
        solid, damage = bind(self.config.solid, mesh), bind(self.config.damage, mesh)
        d, strain = self.d, ufl.variable(strain_tensor(self.u))
        tensile, compressive = solid.energies(strain, self._opens)
        density = damage.degradation(d) * tensile + compressive
        self.elastic_energy = density * m.nodes
        self.fracture_energy = damage.local_energy(d) * m.nodes + damage.gradient_energy(d) * m.dx
        # by virtual work: a displacement that is 1 on the top and 0 at all other nodes
        lift = fem.Function(self.u.function_space)
        lift.x.array[self._dofs("top", 1)] = 1.0
        virtual = strain_tensor(lift)
        self.force = ufl.inner(ufl.diff(density, strain), virtual) * m.nodes
        trace = fem.Expression(
            ufl.conditional(ufl.ge(ufl.tr(strain_tensor(self.u)), 0.0), 1.0, 0.0),
            compat.interpolation_points(self._opens.function_space),
        )
        self._trace = trace

    def _dofs(self, side: str, axis: int) -> npt.NDArray[np.int32]:
        """Of the displacement along an axis on a side."""
        facets = self.domain.side(side)
        along = self.u.function_space.sub(axis)
        dofs: npt.NDArray[np.int32] = fem.locate_dofs_topological(along, 1, facets)
        return dofs

    def _support(self) -> None:
        still, self.top = (fem.Constant(self.domain.mesh, 0.0) for _ in range(2))
        self.supports = [
            fem.dirichletbc(value, self._dofs(side, axis), self.u.function_space.sub(axis))
            for side, axis, value in (
                ("left", 0, still),
                ("bottom", 1, still),
                ("top", 1, self.top),
            )
        ]

    def find_opening(self) -> bool:
        """Find where tr ε ≥ 0; returns whether that is so where it was (collective)."""
        before = self._opens.x.array.copy()
        self._opens.interpolate(self._trace)
        same = bool(np.array_equal(before, self._opens.x.array))
        return all_agree(self.domain.comm, same)

    def keep_damage(self) -> None:
        """From here on damage is at least what it is."""
        self.lower.x.array[:] = self.d.x.array
