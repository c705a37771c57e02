"""Grains and layers of the electrolyte in the laws of a cell: factors and tensors cell by cell."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem, mesh

from dendrolith.core.sections import present
from dendrolith.domain.domain import Domain
from dendrolith.domain.extents import beyond
from dendrolith.fields.bind import bind
from dendrolith.physics.fracture import Fracture
from dendrolith.physics.grain_boundary import BoundaryConductances
from dendrolith.physics.interpolation import Expr, solid_fraction
from dendrolith.shapes.voronoi import Voronoi
from dendrolith.studies.plating.electrolyte_input import (
    BLOCKED,
    ELECTRONS,
    PROPERTIES,
    CrackFilm,
    ElectrolyteLayer,
    Grains,
)
from dendrolith.studies.plating.laws import Laws, Tensor
from dendrolith.studies.plating.observables.leakage import AtBoundaries
from dendrolith.studies.plating.schema import Config

FloatArray = npt.NDArray[np.float64]


def middles(domain: Domain) -> FloatArray:
    """(n_local, 3) middles of the cells of this rank, ghosts included [m]."""
    cells = domain.mesh.topology.index_map(domain.mesh.topology.dim)
    numbers = np.arange(cells.size_local + cells.num_ghosts, dtype=np.int32)
    found: FloatArray = mesh.compute_midpoints(domain.mesh, domain.mesh.topology.dim, numbers)
    return found


def add_layers(laws: Laws, domain: Domain, layers: tuple[ElectrolyteLayer, ...]) -> None:
    """Slabs with properties of their own, some closed to lithium."""
    if not layers:
        return
    x, sound = middles(domain)[:, 0], laws.phases["electrolyte"]
    space = fem.functionspace(domain.mesh, ("DG", 0))
    within = [beyond(x, layer.begin) & ~beyond(x, layer.end) for layer in layers]
    closed = np.zeros(len(x), dtype=bool)
    factors: dict[str, Expr] = {}
    for name in PROPERTIES:
        own = [getattr(layer, name) for layer in layers]
        if not any(own):
            continue
        factor = fem.Function(space)
        factor.x.array[:] = 1.0
        for cells, value in zip(within, own, strict=True):
            if value is not None:
                factor.x.array[cells] = value / float(getattr(sound, name).value)
        factors[f"electrolyte.{name}"] = factor
    for cells, layer in zip(within, layers, strict=True):
        closed |= cells & (layer.lithium == BLOCKED)
    laws.modifiers.append(factors)
    if any(layer.lithium == BLOCKED for layer in layers):
        laws.closed.append(closed)


@dataclass(frozen=True, slots=True)
class BoundaryFields:
    """The two nearest boundaries of each cell.

    Attributes:
        indicators: DG0, e^{−(2t/w)²} of each.
        normals: DG0 vectors, of each.
    """

    indicators: list[fem.Function]
    normals: list[fem.Function]

    @classmethod
    def of(cls, domain: Domain, grains: Voronoi, width: float) -> BoundaryFields:
        """Evaluate them at the middles of the cells."""
        dim = domain.mesh.geometry.dim
        near = grains.boundaries(middles(domain)[:, :dim])
        scalars, vectors = (
            fem.functionspace(domain.mesh, ("DG", 0, shape)) for shape in ((), (dim,))
        )
        indicators, normals = [], []
        for t, n in zip(near.distance.T, near.normal.swapaxes(0, 1), strict=True):
            b, normal = fem.Function(scalars), fem.Function(vectors)
            b.x.array[:] = indicator(t, width)
            normal.x.array[:] = n.ravel()
            indicators.append(b)
            normals.append(normal)
        return cls(indicators, normals)


def add_films(laws: Laws, domain: Domain, films: tuple[CrackFilm, ...]) -> None:
    """Films of a sheet conductance along polylines, for electrons alone."""
    if not films:
        return
    nodes, cells = laws.f.scalar_space.tabulate_dof_coordinates(), middles(domain)
    scalars, vectors = (fem.functionspace(domain.mesh, ("DG", 0, shape)) for shape in ((), (2,)))
    shown, tensors = laws.f.state["film"], []
    for film in films:
        points = np.array([place.coordinates for place in film.through])[:, :2]
        b, normal = fem.Function(scalars), fem.Function(vectors)
        t, across = nearest_line(cells[:, :2], points, domain.periods[:2])
        b.x.array[:], normal.x.array[:] = indicator(t, film.width), across.ravel()
        from_nodes, _ = nearest_line(nodes[:, :2], points, domain.periods[:2])
        at_nodes = indicator(from_nodes, film.width)
        np.maximum(shown.x.array, at_nodes, out=shown.x.array)
        values = BoundaryConductances(film.width, 0.0, film.electronic_conductance)
        law = bind(values, domain.mesh)
        tensors.append(_tensor(laws, law, BoundaryFields([b], [normal]), 1.0, ELECTRONS))
    shown.x.scatter_forward()
    laws.shown.append(shown)

    def all_of_them(sigma: Expr, m: Expr) -> Expr:
        plain = sigma * ufl.Identity(2)
        return plain + sum(tensor(sigma, m) - plain for tensor in tensors)

    laws.tensors[ELECTRONS] = all_of_them


def nearest_line(
    x: FloatArray, points: FloatArray, periods: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Distances (n,) of x (n, 2) from a polyline [m], and normals (n, 2) of its nearest line.

    Args:
        x: places [m].
        points: of the polyline, (m, 2) [m].
        periods: (2,) after which both continue, 0 where they end [m].
    """
    distance: FloatArray = np.full(len(x), np.inf)
    normal: FloatArray = np.zeros_like(x)
    images = product(*((-1, 0, 1) if period else (0,) for period in periods))
    for image, (first, last) in product(images, list(pairwise(points))):
        start, way = first + np.array(image) * periods, last - first
        part = np.clip((x - start) @ way / (way @ way), 0.0, 1.0)
        away = np.linalg.norm(x - start - part[:, None] * way, axis=1)
        nearer = away < distance
        distance = np.where(nearer, away, distance)
        normal[nearer] = np.array([-way[1], way[0]]) / np.linalg.norm(way)
    return distance, normal


def indicator(t: FloatArray, width: float) -> FloatArray:
    """e^{−(2t/w)²} [1] at distances t [m]."""
    b: FloatArray = np.exp(-((2 * t / width) ** 2))
    return b


def add_grains(laws: Laws, domain: Domain, chosen: Grains, config: Config) -> None:
    """Boundaries that conduct in their own way, and are less tough.

    A boundary acts with the part of a point that is electrolyte, (1 − m) s.
    """
    box = config.geometry
    grains = chosen.in_box(box)
    b, x = laws.f.state["boundary"], laws.f.scalar_space.tabulate_dof_coordinates()
    near = grains.boundaries(x[:, : box.dim], most=1)
    b.x.array[:] = indicator(near.distance[:, 0], chosen.width)
    b.x.scatter_forward()
    laws.shown.append(b)
    foil = box.lithium_thickness
    laws.observables.append(lambda volume: AtBoundaries(laws, volume.array.copy(), foil))
    fields = BoundaryFields.of(domain, grains, chosen.width)
    leaks = fem.Function(fields.indicators[0].function_space)
    depth = chosen.electronic_depth or box.length
    leaks.x.array[:] = ~beyond(middles(domain)[:, 0], foil + depth)
    for name, values in chosen.conductances.items():
        part = leaks if name == ELECTRONS else 1.0
        laws.tensors[name] = _tensor(laws, bind(values, domain.mesh), fields, part, name)
    for damage in present(config, Fracture) if chosen.toughness_ratio < 1 else []:
        ratio = fem.Constant(domain.mesh, chosen.band_ratio(damage, box.mesh_size))
        laws.toughness_factors.append(1 - (1 - ratio) * fields.indicators[0])


def _tensor(
    laws: Laws, law: BoundaryConductances, fields: BoundaryFields, part: Expr, name: str
) -> Tensor:
    """(σ, m) → the tensor σ [S/m]."""

    def tensor(sigma: Expr, m: Expr) -> Expr:
        unbroken = laws.modified(f"boundary.{name}", 1.0)
        electrolyte = part * (1 - m) * solid_fraction(laws.f.rho)
        pairs = zip(fields.indicators, fields.normals, strict=True)
        nearest = [(electrolyte * b, normal) for b, normal in pairs]
        return law.conductivity(sigma, nearest, unbroken)

    return tensor
