"""What an input says of an electrolyte that is not the same everywhere: layers and grains."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np

from dendrolith.core.declare import borrowed, choice, quantity, sequence
from dendrolith.core.formats import in_um
from dendrolith.core.sections import Section, present
from dendrolith.domain.extents import BoxGeometry
from dendrolith.domain.place import Place, outside, repeated
from dendrolith.observables.reference_input import ReferenceElectrode
from dendrolith.physics.fracture import Fracture
from dendrolith.physics.grain_boundary import BoundaryConductances
from dendrolith.physics.ion_transport import BinaryElectrolyte
from dendrolith.shapes.voronoi import RandomGrains, Voronoi, random_grains
from dendrolith.studies.boundary_toughness import ratio_of_gaussian

OPEN, BLOCKED = "open", "blocked"
IONS, ELECTRONS = "ionic_conductivity", "electronic_conductivity"
ALONE = {BinaryElectrolyte: "ion_transport", ReferenceElectrode: "reference_electrode"}
PROPERTIES = (IONS, ELECTRONS, "young_modulus")

Problems = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ElectrolyteLayer(Section):
    """A slab of the electrolyte, across the cell, with properties of its own."""

    begin: float = quantity("m", "where it begins, from the collector", at_least=0)
    end: float = quantity("m", "where it ends, from the collector", above=0)
    ionic_conductivity: float | None = quantity(
        "S/m", "ionic conductivity (absent: the electrolyte's)", default=None, above=0
    )
    electronic_conductivity: float | None = quantity(
        "S/m", "electronic conductivity (absent: the electrolyte's)", default=None, above=0
    )
    young_modulus: float | None = quantity(
        "Pa", "Young's modulus (absent: the electrolyte's)", default=None, above=0
    )
    lithium: str = choice(
        (OPEN, BLOCKED),
        "open: lithium grows into it; blocked: never, as a separator that it does not pass",
        default=OPEN,
    )

    @property
    def grown_into(self) -> bool:
        """Lithium may grow into it."""
        return self.lithium != BLOCKED

    def conflicts(self, config: Any) -> Problems:
        """It lies in the electrolyte, on the mesh, and no lithium is where none may be."""
        geometry, h = config.geometry, config.geometry.mesh_size
        found: Problems = []
        if self.begin < geometry.lithium_thickness * (1 - 1e-9):
            found.append(("begin", f"lies in the foil, to {in_um(geometry.lithium_thickness)}"))
        if self.end > geometry.length * (1 + 1e-9):
            found.append(("end", f"lies outside the cell, which ends at {in_um(geometry.length)}"))
        if self.end - self.begin < h * (1 - 1e-9):
            found.append(("end", f"is less than a cell of {in_um(h)} beyond begin"))
        if self.lithium == BLOCKED:
            found += self._blocked(config)
        return found

    def _blocked(self, config: Any) -> Problems:
        """Room for lithium of the start and of the foil."""
        clear = config.lithium_metal.interface_width
        found: Problems = []
        if self.begin < (config.geometry.lithium_thickness + clear) * (1 - 1e-9):
            cure = "leave the foil an open layer in which it plates, delta wide or more"
            found.append(("begin", f"blocks the foil: {cure}"))
        for number, piece in enumerate(config.lithium_pieces):
            low, high = piece.reach
            if low - clear < self.end and high + clear > self.begin:
                found.append(("lithium", f"is blocked where lithium_pieces.{number} lies"))
        access = getattr(config.pores, "access", BLOCKED)
        if access != BLOCKED:
            found.append(("lithium", f"is not solved beside pores.access: {access}"))
        return found


def overlapping(layers: tuple[ElectrolyteLayer, ...]) -> Problems:
    """Layers that lie in one another: (number, what is wrong)."""
    order = sorted(range(len(layers)), key=lambda n: layers[n].begin)
    return [
        (f"{after}.begin", f"lies in layers.{before}, which ends at {in_um(layers[before].end)}")
        for before, after in pairwise(order)
        if layers[after].begin < layers[before].end * (1 - 1e-9)
    ]


@dataclass(frozen=True, slots=True)
class CrackFilm(Section):
    """A film that electrons pass along the flanks of an empty crack: a residue, or its surface."""

    equation: ClassVar[str] = "σ_el += (b′ G_s/w) t⊗t,  b = e^{−(2d/w)²}"

    through: tuple[Place, ...] = sequence("ends and kinks of the crack")
    width: float = quantity("m", "numerical width w", above=0)
    electronic_conductance: float = quantity(
        "S", "sheet conductance G_s of both flanks together; 1e-2 S is 1 nm of lithium", above=0
    )

    def conflicts(self, config: Any) -> Problems:
        """It is a line in a plane cell, on the mesh, and alone with its electrons."""
        geometry = config.geometry
        found: Problems = []
        if len(self.through) < 2:
            found.append(("through", "needs two points or more"))
        if self.width < 2 * geometry.mesh_size * (1 - 1e-9):
            h = in_um(geometry.mesh_size)
            found.append(("width", f"is not resolved by the mesh size {h}: use 2h or more"))
        if geometry.dim == 3:
            found.append(("through", "is a line in a plane cell: leave geometry.depth out"))
        if any(ELECTRONS in grains.conductances for grains in present(config, Grains)):
            found.append(("electronic_conductance", "is not solved beside that of grains"))
        through = {f"through.{n}": place for n, place in enumerate(self.through)}
        return found + outside(through, geometry.extents) + repeated(self.through)

    def equations(self) -> list[tuple[str, str]]:
        """What it conducts."""
        return [("films", self.equation)]

    def solved(self) -> str:
        """A phrase for the list of what is solved."""
        return "films in cracks"


@dataclass(frozen=True, slots=True)
class Grains(Section):
    """Grains of the electrolyte, and what their boundaries conduct and bear."""

    equation: ClassVar[str] = (
        "σ = [I/σ_g + Σ (b′ R_gb/w) n⊗n]⁻¹ + Σ (b′ Σ_gb/w) (I − n⊗n),  b = e^{−(2t/w)²}"
    )

    width: float = borrowed(BoundaryConductances, "width")
    mean_size: float | None = borrowed(RandomGrains, "mean_size", default=None)
    spread: float = borrowed(RandomGrains, "spread")
    seed: int = borrowed(RandomGrains, "seed")
    centres: tuple[Place, ...] = sequence(
        "instead of mean_size: a grain is what lies nearest to its centre", default=()
    )
    ionic_resistance: float = quantity(
        "Ohm m^2", "R_gb of ions across a boundary", default=0.0, at_least=0
    )
    ionic_conductance: float = quantity(
        "S", "Sigma_gb of ions along a boundary", default=0.0, at_least=0
    )
    electronic_conductance: float = quantity(
        "S", "G_gb of electrons along a boundary", default=0.0, at_least=0
    )
    electronic_depth: float | None = quantity(
        "m", "how deep boundaries conduct electrons, from the foil on (absent: all)", default=None,
        above=0,
    )  # fmt: skip
    toughness_ratio: float = quantity(
        "1",
        "G_gb/G_c that a crack along a boundary finds, with the section damage",
        default=1.0,
        above=0,
        at_most=1,
    )

    def in_box(self, box: BoxGeometry) -> Voronoi:
        """The grains.

        Raises:
            ConfigError: fewer than two fit, or they do not become as equal as wanted.
        """
        if self.mean_size is not None:
            return random_grains(RandomGrains(self.mean_size, self.spread, self.seed), box)
        return Voronoi(self.points(box), box)

    def points(self, box: BoxGeometry) -> Any:
        """(n, dim) the centres as given [m]."""
        return np.array([place.coordinates for place in self.centres])[:, : box.dim]

    @property
    def conductances(self) -> dict[str, BoundaryConductances]:
        """What boundaries do to a conductivity, by its name; absent where they do nothing."""
        both = {
            IONS: (self.ionic_resistance, self.ionic_conductance),
            ELECTRONS: (0.0, self.electronic_conductance),
        }
        return {
            name: BoundaryConductances(self.width, *values)
            for name, values in both.items()
            if any(values)
        }

    def band_ratio(self, damage: Fracture, h: float) -> float:
        """G/G_c [1] in the middle of a boundary at which a crack along it finds the ratio wanted.

        On a mesh of size `h` [m], on which a crack is one row of cells wide.

        Raises:
            ValueError: the band is too narrow for that.
        """
        ell = damage.length
        return ratio_of_gaussian(self.toughness_ratio, self.width / ell, damage.model, h / ell)

    def conflicts(self, config: Any) -> Problems:
        """Boundaries that the mesh resolves, of grains that are apart."""
        geometry, h = config.geometry, config.geometry.mesh_size
        found: Problems = []
        if self.width < 2 * h * (1 - 1e-9):
            found.append(("width", f"is not resolved by the mesh size {in_um(h)}: use 2h or more"))
        if self.mean_size is not None and self.mean_size < 3 * self.width:
            cure = f"use a mean_size of {in_um(3 * self.width)} (3 widths) or more"
            found.append(("mean_size", f"leaves no grain between its boundaries: {cure}"))
        if self.toughness_ratio < 1:
            found += [
                ("toughness_ratio", problem)
                for problem in self._weakness(present(config, Fracture), h)
            ]
        if self.electronic_depth is not None and not self.electronic_conductance:
            found.append(("electronic_depth", "does nothing without electronic_conductance"))
        beside = [name for kind, name in ALONE.items() if present(config, kind)]
        if self.conductances and beside:
            found.append(("width", f"is not solved beside {' and '.join(beside)}: leave one out"))
        return found + self._places(geometry)

    def _weakness(self, laws: list[Fracture], h: float) -> list[str]:
        """What keeps a crack from finding a boundary as weak as that."""
        if not laws:
            return ["does nothing without the section damage"]
        try:
            self.band_ratio(laws[0], h)
        except ValueError as error:
            return [f"cannot be met: {error}; use a width of 3 damage.length"]
        return []

    def _places(self, geometry: BoxGeometry) -> Problems:
        """Either a size or centres, and these apart and within the cell."""
        if self.mean_size is not None:
            return [("centres", "does nothing beside mean_size")] if self.centres else []
        if len(self.centres) < 2:
            return [("mean_size", "is missing: give it, or two centres or more")]
        centres = {f"centres.{n}": place for n, place in enumerate(self.centres)}
        found = outside(centres, geometry.extents)
        points, least = self.points(geometry), 2 * self.width
        for n in range(1, len(points)):
            apart = points[:n] - points[n]
            for axis in geometry.joined_axes:
                apart[:, axis] = geometry.apart(apart[:, axis], axis)
            distance = np.linalg.norm(apart, axis=1)
            if distance.min() < least:
                other = f"{in_um(float(distance.min()))} from centres.{distance.argmin()}"
                found.append((f"centres.{n}", f"is {other}: 2 widths, {in_um(least)}, at least"))
        return found

    def equations(self) -> list[tuple[str, str]]:
        """What a boundary does to conduction."""
        return [("grains", self.equation)]

    def solved(self) -> str:
        """A phrase for the list of what is solved."""
        return "boundaries of grains"

    def unknowns(self, dim: int) -> int:
        """The indicator b."""
        return 1
