"""What an input of a plate can say."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dendrolith.core.declare import choice, flag, quantity, section, text
from dendrolith.core.sections import Section
from dendrolith.domain.extents import CELL_TYPES, BoxGeometry, FloatArray, too_many_nodes
from dendrolith.domain.graded import how_many, outwards
from dendrolith.fields.table import DG1, Field
from dendrolith.physics.fracture import COARSEST, Fracture, Solid
from dendrolith.schemes.staggering import Staggering
from dendrolith.schemes.timestep import TimeSteps
from dendrolith.studies.boundary_toughness import ratio_of_gaussian
from dendrolith.studies.sections import Checkpointing, Output

DISPLACEMENT = Field("u", "u", "m", "displacement", components=0, evolves=True, restarts=True)
DAMAGE = Field("d", "d", "1", "damage", evolves=True, restarts=True)
OPENS = Field("opens", "opens", "1", "where the volume grows", element=DG1)


@dataclass(frozen=True, slots=True)
class Plate(BoxGeometry, Section):
    """A plate in plane strain: its right half, the left side its line of symmetry, or all of it."""

    width: float = quantity(
        "m", "half of the width of the plate (along x); with whole: all of it", above=0
    )
    height: float = quantity("m", "height of the plate (along y)", above=0)
    mesh_size: float = quantity("m", "edge length h of the mesh", above=0)
    notch: float | None = quantity(
        "m", "half-length a of the central notch, from the left side (absent: none)", default=None,
        above=0,
    )  # fmt: skip

    band: float | None = quantity(
        "m", "how far from the tip of the notch and from its line cells are h wide; beyond it they "
        "become wider (absent: nowhere)", default=None, above=0,
    )  # fmt: skip

    cell_type: str | None = choice(
        CELL_TYPES[2], "cells of the mesh (default: triangle)", default=None
    )
    whole: bool = flag(
        "all of the plate, the notch in its middle, for a crack with unlike ends", default=False
    )

    @property
    def centre(self) -> float:
        """Middle of the notch [m]."""
        return self.width / 2 if self.whole else 0.0

    @property
    def length(self) -> float:
        """Extent along x [m]."""
        return self.width

    @property
    def depth(self) -> None:  # type: ignore[override]
        """None: plane strain."""
        return None

    @property
    def periodic(self) -> bool:  # type: ignore[override]
        """No side continues another."""
        return False

    @property
    def rows(self) -> FloatArray:
        """Ends of the rows of cells along y [m]; one of them lies half-way up."""
        row = self.mesh_size / 2
        above = outwards(self.height / 2 - row, self.mesh_size, self.band)
        half = np.concatenate([[row], row + above])
        return np.concatenate([self.height / 2 - half[::-1], self.height / 2 + half])

    @property
    def columns(self) -> FloatArray:
        """Ends of the columns of cells along x [m]; a tip of the notch is one of them."""
        width = self.width - self.centre
        if self.notch is None:
            half = np.append(0.0, outwards(width, self.mesh_size, None))
        else:
            behind = self.notch - outwards(self.notch, self.mesh_size, self.band)[::-1]
            ahead = self.notch + outwards(width - self.notch, self.mesh_size, self.band)
            half = np.concatenate([behind, [self.notch], ahead])
        if not self.whole:
            return half
        return np.concatenate([self.centre - half[:0:-1], self.centre + half])

    @property
    def counts(self) -> tuple[int, ...]:
        """Columns and rows of cells."""
        return (len(self.columns) - 1, len(self.rows) - 1)

    @property
    def middle_row(self) -> float:
        """Height of the row half-way up, which a notch breaks [m]."""
        rows = self.rows
        middle = len(rows) // 2
        return float(rows[middle] - rows[middle - 1])

    def conflicts(self, config: object) -> list[tuple[str, str]]:
        """A notch ends in the plate, and its mesh is no larger than a run can have."""
        if self.notch is not None and self.notch >= self.width - self.centre:
            return [("notch", "is not shorter than width, or with whole than half of it")]
        h, notch = self.mesh_size, self.notch or 0.0
        parts = [self.width - self.centre - notch, *filter(None, [notch])]
        columns = sum(how_many(part, h, self.band if notch else None) for part in parts)
        rows = 2 * how_many(max(self.height - h, h) / 2, h, self.band)
        wide = 2 * columns if self.whole else columns
        return too_many_nodes(float(wide) * rows, "use a larger one, or a band")


@dataclass(frozen=True, slots=True)
class WeakPlane(Section):
    """A boundary of grains that the notch ends at: less tough, a plane from its tip upwards."""

    equation: ClassVar[str] = "G_c(t) = G_c [1 − (1 − q) b],  b = e^{−(2t/w)²}"

    angle: float = quantity("rad", "of the plane to the notch", above=0, at_most=math.pi / 2)
    width: float = quantity("m", "numerical width w of the boundary", above=0)
    toughness_ratio: float = quantity(
        "1", "G_gb/G_c that a crack along it finds", above=0, at_most=1
    )

    def band_ratio(self, damage: Fracture, h: float) -> float:
        """G/G_c [1] in its middle, on a mesh of size `h` [m].

        A line at an angle passes through (cos + sin) h² of square cells a length of h.

        Raises:
            ValueError: it is too narrow for a crack to find it so weak.
        """
        ell, across = damage.length, h * (math.cos(self.angle) + math.sin(self.angle))
        return ratio_of_gaussian(self.toughness_ratio, self.width / ell, damage.model, across / ell)

    def conflicts(self, config: Any) -> list[tuple[str, str]]:
        """It starts at a notch, and a crack can find it as weak as it shall be."""
        if config.geometry.notch is None:
            return [("angle", "needs a notch to start from: give geometry.notch")]
        if self.width < 2 * config.geometry.mesh_size * (1 - 1e-9):
            return [("width", "is not resolved by geometry.mesh_size: use twice that or more")]
        try:
            self.band_ratio(config.damage, config.geometry.mesh_size)
        except ValueError as error:
            cure = "use a finer mesh_size, or a width of 3 damage.length"
            return [("toughness_ratio", f"{error}: {cure}")]
        return []

    def equations(self) -> list[tuple[str, str]]:
        """Its toughness."""
        return [("boundary", self.equation)]

    def solved(self) -> str:
        """A phrase for the list of what is solved."""
        return "a weak plane"


@dataclass(frozen=True, slots=True)
class Ramp(Section):
    """Displacement of the top or volume in the crack, a law of time."""

    rate: float | None = quantity("m/s", "speed of the top (or volume_rate)", default=None, above=0)
    volume_rate: float | None = quantity(
        "m^2/s",
        "what is pressed into the crack, over depth; bottom and top are free then",
        default=None,
        above=0,
    )
    pressed: float | None = quantity(
        "m",
        "with volume_rate: half-length that the pressure acts on (absent: all of the crack)",
        default=None,
        above=0,
    )
    bipolar: bool = flag(
        "with volume_rate: isolated lithium presses, p_0 x/a on the right half and nothing on the "
        "left; needs geometry.whole",
        default=False,
    )
    stack_pressure: float | None = quantity(
        "Pa", "with volume_rate: pressure on bottom and top", default=None, above=0
    )
    turn: float | None = quantity(
        "s", "time from which on it goes back at that speed (absent: never)", default=None,
        above=0,
    )  # fmt: skip

    @property
    def speed(self) -> float:
        """Of the top [m/s], or of the volume in the crack [m²/s]."""
        return self.rate or self.volume_rate or 0.0

    def place(self, time: float) -> float:
        """Of the top [m], or volume in the crack [m²], at `time` [s]."""
        if self.turn is not None and time > self.turn:
            return self.speed * (2 * self.turn - time)
        return self.speed * time

    def conflicts(self, config: Any) -> list[tuple[str, str]]:
        """The plate is pulled, or pressed open from its notch."""
        if self.rate is None and self.volume_rate is None:
            return [("rate", "is missing: give rate to pull, or volume_rate to press a notch open")]
        if self.rate is not None:
            unused = ("volume_rate", "pressed", "bipolar", "stack_pressure")
            return [(key, "does nothing beside rate") for key in unused if getattr(self, key)]
        if config.geometry.notch is None:
            return [("volume_rate", "needs a notch to fill: give geometry.notch")]
        if self.turn is not None and config.time.end > 2 * self.turn * (1 + 1e-9):
            return [("turn", f"empties the crack at {2 * self.turn:g} s: set time.end to no more")]
        if self.bipolar and not config.geometry.whole:
            return [("bipolar", "cracks one end alone: set geometry.whole")]
        if self.bipolar and self.pressed is not None:
            return [("pressed", "does nothing beside bipolar")]
        return []


@dataclass(frozen=True, slots=True)
class Time(TimeSteps):
    """Length of the run and control of the step by the change of damage."""

    jump_step: float = quantity(
        "s", "a step as short as this may change the damage by any amount: a crack that jumps",
        default=1e-2, above=0,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Config(Section):
    """One plate."""

    geometry: Plate = section("the plate and its mesh")
    solid: Solid = section("elasticity")
    damage: Fracture = section("damage", source="bourdin2000; amor2009; pham2011")
    loading: Ramp = section("how the top is moved, or the notch pressed open")
    time: Time = section("length of the run, and how the step is controlled")
    output: Output = section("what is written when")
    study: str = choice(("fracture",), "what is simulated", default="fracture")
    title: str = text("one line on the run", default="")
    boundary: WeakPlane | None = section(
        "boundary of grains at the tip of the notch (absent: none)", default=None
    )
    staggering: Staggering = section("how the equations are solved", default=Staggering())
    checkpoint: Checkpointing = section("what a killed run loses at most", default=Checkpointing())

    def conflicts(self, config: object) -> list[tuple[str, str]]:
        """The mesh must resolve the profile of a crack."""
        ratio = self.geometry.mesh_size / self.damage.length
        if ratio <= COARSEST:
            return []
        return [("geometry.mesh_size", f"is {ratio:.2g} of damage.length: {COARSEST:g} at most")]
