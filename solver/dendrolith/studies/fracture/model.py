"""A plate before anything is solved: mesh, fields, supports, and the energy as forms."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem

from dendrolith.core import compat
from dendrolith.core.sections import present
from dendrolith.domain.domain import Domain
from dendrolith.fields.bind import bind
from dendrolith.fields.measures import Measures
from dendrolith.fields.state import State
from dendrolith.physics.elasticity import strain_tensor
from dendrolith.physics.fracture import AT1
from dendrolith.physics.interpolation import Expr
from dendrolith.schemes.alternating import Opening
from dendrolith.studies.fracture.schema import DAMAGE, DISPLACEMENT, OPENS, Config, WeakPlane


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
        target: displacement of the top [m], or volume in the right half of the crack [m²].
        pressure: in the crack [Pa]; with `bipolar` that at its right end.
        halves: of the crack for one on the mesh: 2, of a whole plate 1.
        compliance: volume of the whole crack that pressure brings, over the pressure [m²/Pa].
        supports: bottom and top along y, left along x; or left along x and a corner along y. Of a
            whole plate corners in the place of the left.
        elastic_energy, fracture_energy: ∫ g ψ⁺ + ψ⁻ and ∫ (G_c/c_w)[w/ℓ + ℓ|∇d|²] [J/m].
        work: of the pressure in the crack and of what presses on bottom and top [J/m].
        stack_work: that of the latter alone [J/m].
        volume: of the crack on the mesh, −∫u·∇d [m²]; with `bipolar` weighted by p/p_0.
        force: of the top on the plate along y [N/m].
        opening: where the volume grows.
    """

    def __init__(self, config: Config, domain: Domain) -> None:
        self.config, self.domain = config, domain
        self.state = State(domain.mesh, (DISPLACEMENT, DAMAGE, OPENS))
        self.u, self.d, self._opens = (self.state[name] for name in ("u", "d", "opens"))
        space = self.state.scalar_space
        self.lower, self.upper = fem.Function(space), fem.Function(space)
        self.upper.x.array[:] = 1.0
        if config.loading.rate is None:
            self._keep_sides_whole()
        self.halves = 1 if config.geometry.whole else 2
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
        inside = np.abs(x[0] - plate.centre) < plate.notch + near
        return np.asarray(row & inside, dtype=np.float64)

    def _keep_sides_whole(self) -> None:
        """−∫u·∇d = ∫d ∇·u − ∮d u·n is a volume where no side breaks that a stack pressure moves."""
        sides = np.concatenate([self.domain.side(side) for side in ("bottom", "top")])
        self.upper.x.array[fem.locate_dofs_topological(self.d.function_space, 1, sides)] = 0.0

    def _notch_profile(self) -> None:
        """Damage begins with that beside a crack, which spares the solver its growth."""
        plate, law = self.config.geometry, self.config.damage

        def profile(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
            if plate.notch is None:
                return np.zeros(x.shape[1])
            along = np.maximum(np.abs(x[0] - plate.centre) - plate.notch, 0)
            across = np.maximum(np.abs(x[1] - plate.height / 2) - plate.middle_row / 2, 0)
            far = np.hypot(along, across) / law.length
            return np.asarray(np.maximum(1 - far / 2, 0) ** 2 if law.model == AT1 else np.exp(-far))

        self.d.interpolate(profile)
        self.state.accept()

    def _write_energies(self) -> None:
        mesh, m = self.domain.mesh, Measures.of(self.domain)
        law = self.config.damage.solved_on(self.config.geometry.mesh_size)
        solid, damage = bind(self.config.solid, mesh), bind(law, mesh)
        d, strain = self.d, ufl.variable(strain_tensor(self.u))
        tensile, compressive = solid.energies(strain, self._opens)
        density = damage.degradation(d) * tensile + compressive
        self.elastic_energy = density * m.nodes
        local, gradient = damage.local_energy(d), damage.gradient_energy(d)
        for plane in present(self.config, WeakPlane):
            factor = self._weakness(plane)
            local, gradient = factor * local, factor * gradient
        self.fracture_energy = local * m.nodes + gradient * m.dx
        self._write_work(m)
        # by virtual work: a displacement that is 1 on the top and 0 at all other nodes
        lift = fem.Function(self.u.function_space)
        lift.x.array[self._dofs("top", 1)] = 1.0
        virtual = strain_tensor(lift)
        self.force = ufl.inner(ufl.diff(density, strain), virtual) * m.nodes
        trace = fem.Expression(
            ufl.conditional(ufl.ge(ufl.tr(strain_tensor(self.u)), 0.0), 1.0, 0.0),
            compat.interpolation_points(self._opens.function_space),
        )
        self.opening = Opening(self._opens, trace)

    def _weakness(self, plane: WeakPlane) -> Expr:
        """Toughness near a plane that starts at the tip of the notch, over that of the grains."""
        mesh, plate = self.domain.mesh, self.config.geometry
        cosine, sine, tip, middle, width, ratio = (
            fem.Constant(mesh, value)
            for value in (
                *(math.cos(plane.angle), math.sin(plane.angle)),
                *(plate.centre + (plate.notch or 0.0), plate.height / 2),
                *(plane.width, plane.band_ratio(self.config.damage, plate.mesh_size)),
            )
        )
        x = ufl.SpatialCoordinate(mesh)
        along = ufl.max_value((x[0] - tip) * cosine + (x[1] - middle) * sine, 0.0)
        away = (x[0] - tip - along * cosine) ** 2 + (x[1] - middle - along * sine) ** 2
        return 1 - (1 - ratio) * ufl.exp(-4 * away / width**2)

    def _write_work(self, m: Measures) -> None:
        """Loads that are not displacements."""
        mesh, loading = self.domain.mesh, self.config.loading
        self.pressure, self.compliance = fem.Constant(mesh, 0.0), 0.0
        stack = fem.Constant(mesh, loading.stack_pressure or 0.0)
        opening = -ufl.inner(self.u, ufl.grad(self.d))
        plate, x = self.config.geometry, ufl.SpatialCoordinate(mesh)[0]
        if loading.pressed is not None:
            end, middle = (fem.Constant(mesh, at) for at in (loading.pressed, plate.centre))
            opening *= ufl.conditional(ufl.lt(abs(x - middle), end), 1.0, 0.0)
        if loading.bipolar:
            half, middle = (fem.Constant(mesh, at) for at in (plate.notch or 0.0, plate.centre))
            opening *= ufl.max_value(x - middle, 0.0) / half
        self.volume = opening * m.dx
        sides = tuple(self.domain.boundaries[side] for side in ("bottom", "top"))
        outwards = ufl.inner(self.u, ufl.FacetNormal(mesh)) * m.ds(sides)
        self.stack_work = -stack * outwards
        self.work = self.pressure * self.volume + self.stack_work

    def _dofs(self, side: str, axis: int) -> npt.NDArray[np.int32]:
        """Of the displacement along an axis on a side."""
        facets = self.domain.side(side)
        along = self.u.function_space.sub(axis)
        dofs: npt.NDArray[np.int32] = fem.locate_dofs_topological(along, 1, facets)
        return dofs

    def _support(self) -> None:
        still, self.target = (fem.Constant(self.domain.mesh, 0.0) for _ in range(2))
        if self.config.loading.rate is None:
            self.supports = self._free(still)
            return
        along = self.u.function_space.sub(1)
        self.supports = [
            self._still_along_x(still),
            fem.dirichletbc(still, self._dofs("bottom", 1), along),
            fem.dirichletbc(self.target, self._dofs("top", 1), along),
        ]

    def _free(self, still: fem.Constant) -> list[fem.DirichletBC]:
        """What keeps a plate in place and bears no load: the line of symmetry and corners."""
        plate = self.config.geometry
        held = [self._still_along_x(still), self._still_at(still, 0.0, 1)]
        return [*held, self._still_at(still, plate.width, 1)] if plate.whole else held

    def _still_along_x(self, still: fem.Constant) -> fem.DirichletBC:
        """The left side, a line of symmetry; of a whole plate, whose sides are free, a corner."""
        if self.config.geometry.whole:
            return self._still_at(still, 0.0, 0)
        return fem.dirichletbc(still, self._dofs("left", 0), self.u.function_space.sub(0))

    def _still_at(self, still: fem.Constant, corner: float, axis: int) -> fem.DirichletBC:
        """A corner of the bottom, along an axis."""
        near = 1e-6 * self.config.geometry.mesh_size
        along = self.u.function_space.sub(axis)
        (dofs, _) = fem.locate_dofs_geometrical(
            (along, along.collapse()[0]),
            lambda x: np.asarray((abs(x[0] - corner) < near) & (x[1] < near)),
        )
        return fem.dirichletbc(still, dofs, along)

    def keep_damage(self) -> None:
        """From here on damage is at least what it is."""
        self.lower.x.array[:] = self.d.x.array
