"""Grains and layers of the electrolyte in the laws of a cell: factors and tensors cell by cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from dolfinx import fem, mesh

from dendrolith.core.sections import present
from dendrolith.domain.domain import Domain
from dendrolith.fields.bind import bind
from dendrolith.physics.fracture import Fracture
from dendrolith.physics.grain_boundary import BoundaryConductances
from dendrolith.physics.interpolation import Expr, solid_fraction
from dendrolith.shapes.voronoi import Voronoi
from dendrolith.studies.plating.electrolyte_input import (
    BLOCKED,
    ELECTRONS,
    PROPERTIES,
    ElectrolyteLayer,
    Grains,
)
from dendrolith.studies.plating.laws import Laws, Tensor
from dendrolith.studies.plating.observables.leakage import AtBoundaries
from dendrolith.studies.plating.schema import Config

STIFFNESS = "electrolyte.young_modulus"

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
    within = [(x > layer.begin) & (x < layer.end) for layer in layers]
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
    laws.stiffness_factors += [factors[name] for name in [STIFFNESS] if name in factors]
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
    leaks.x.array[:] = middles(domain)[:, 0] < foil + depth
    for name, values in chosen.conductances.items():
        part = leaks if name == ELECTRONS else 1.0
        laws.tensors[name] = _tensor(laws, bind(values, domain.mesh), fields, part)
    for damage in present(config, Fracture) if chosen.toughness_ratio < 1 else []:
        ratio = fem.Constant(domain.mesh, chosen.band_ratio(damage))
        laws.toughness_factors.append(1 - (1 - ratio) * fields.indicators[0])


def _tensor(laws: Laws, law: BoundaryConductances, fields: BoundaryFields, part: Expr) -> Tensor:
    """(σ, m) → the tensor σ [S/m]."""

    def tensor(sigma: Expr, m: Expr) -> Expr:
        electrolyte = part * (1 - m) * solid_fraction(laws.f.rho)
        pairs = zip(fields.indicators, fields.normals, strict=True)
        return law.conductivity(sigma, [(electrolyte * b, normal) for b, normal in pairs])

    return tensor
