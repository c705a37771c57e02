"""What an input of a pressed cell can say."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from dendrolith.config.materials import set_choice
from dendrolith.config.table import read_columns
from dendrolith.core.constants import FARADAY
from dendrolith.core.declare import choice, count, file, quantity, section, text
from dendrolith.core.errors import ConfigError
from dendrolith.core.sections import Section, present
from dendrolith.physics.frame import NOT_GIVEN, Frame
from dendrolith.physics.lubrication import Lubrication
from dendrolith.physics.neutrons import Neutrons
from dendrolith.physics.power_law_flow import PowerLaw, WallFriction
from dendrolith.schemes.timestep import TimeSteps
from dendrolith.studies.creep.bore import Bore
from dendrolith.studies.sections import Checkpointing, Output
from dendrolith.studies.tube import Tube

PLUG, SHAPED = "plug", "shaped"  # fronts of lithium in the slot
CLOSED_GAP = 5e-6  # m: lithium does not enter a narrower gap
WIDTH = 1e-4  # m
FLAT = "no slot of three dimensions is solved, the cell is round or a strip: leave it out"
FLATTEST = 0.05  # filled length of a slot over its width: flatter cells of the mesh are useless
FOIL = (1e-3, 0.5)  # thickness of a foil over its radius


def read_bore(profile: str, radius: float) -> tuple[Bore, float | None]:
    """The slot of a table, its last time if it has times, and the height at which it is closed [m].

    Raises:
        ConfigError: the table is none of a slot.
    """
    return _read_bore(profile, radius, Path(profile).stat().st_mtime_ns)


@functools.cache
def _read_bore(profile: str, radius: float, written: int) -> tuple[Bore, float | None]:
    """`read_bore`, kept until the file is `written` anew [ns]."""
    rows = read_columns(profile, ("from [m]", "to [m]", "gap [m]"))
    steps = np.array(rows)
    again = np.flatnonzero(np.diff(steps[:, 0]) < 0)  # a table of a press begins anew at each time
    steps = steps[again[-1] + 1 :] if again.size else steps
    steps = steps[steps[:, 1] > 0]
    if len(steps) < 2:
        raise ConfigError(f"{profile}: needs two rows or more above height 0")
    z, gap = np.maximum((steps[:, 0] + steps[:, 1]) / 2, 0.0), steps[:, 2]
    z, gap = z[np.diff(z, prepend=-1.0) > 0], gap[np.diff(z, prepend=-1.0) > 0]
    least, widest = int(gap.argmin()), int(gap.argmax())
    if gap[least] < -CLOSED_GAP:
        here = f"{profile}: the gap is {gap[least]:g} m at a height of {z[least]:g} m"
        raise ConfigError(f"{here}: there the rod is wider than the bore; 0 m is a tight rod")
    if gap[widest] > radius:
        raise ConfigError(
            f"{profile}: the gap is {gap[widest]:g} m, above radius = {radius:g} m: no slot"
        )
    shut = np.flatnonzero(gap < CLOSED_GAP)
    if not shut.size:
        return Bore(radius, z, gap), None
    first = int(shut[0])
    if first == 0:
        return Bore.straight(radius, 0.0), 0.0
    low, high = gap[first - 1 : first + 1]
    end = z[first - 1] + (z[first] - z[first - 1]) * (low - CLOSED_GAP) / (low - high)
    z, gap = np.append(z[:first], end), np.append(gap[:first], CLOSED_GAP)
    return Bore(radius, z, gap), float(end)


@dataclass(frozen=True, slots=True)
class Gap(Section):
    """The slot between rod and tube."""

    refused_keys: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("depth", "offset", "eccentricity", "angle"), FLAT
    )

    width: float = quantity(
        "m", "width g: radius of the bore minus that of the rod", default=WIDTH, source=NOT_GIVEN
    )
    profile: str | None = file(
        "table of the gap over the height above the electrolyte, columns from [m], to [m] and "
        "gap [m], instead of width and height: bore.csv of a press (study press)",
        default=None,
    )
    press: str | None = file(
        "input of a press (study press) that leaves the slot: dendrolith creep runs it, and takes "
        "its bore.csv for profile",
        default=None,
    )
    height: float | None = quantity(
        "m",
        "height above the electrolyte at which the slot is closed (absent: nowhere)",
        default=None,
        above=0,
    )
    filled: float = quantity(
        "m",
        "length of the slot beside the rod that lithium fills at the start",
        default=5e-5,
        above=0,
        source=NOT_GIVEN,
    )
    front: str = choice(
        (PLUG, SHAPED),
        "front of lithium in the slot: plug stays level, shaped follows the flow",
        default=PLUG,
    )

    def conflicts(self, config: Config) -> list[tuple[str, str]]:
        """The rod fits, and what is filled is a slot that ends below a closed end."""
        if self.profile is not None:
            return self._profile_conflicts(self.profile, config)
        found = [] if self.press is None else self._unused("press")
        if self.width < 0:
            found.append(
                (
                    "width",
                    f"is {self.width:g} m: the rod is wider than the bore; 0 m is a tight rod",
                )
            )
        if self.width > config.cell.radius:
            found.append(("width", f"is above radius = {config.cell.radius:g} m: no slot"))
            return found
        found += self._flat(self.width)
        start = config.cell.foil_thickness + self.filled
        if self.height is not None and self.height <= start:
            found.append(("height", f"is not above foil_thickness + filled = {start:g} m"))
        return found

    def _flat(self, width: float) -> list[tuple[str, str]]:
        """A filled slot that is too short for its width [m]."""
        least = FLATTEST * width
        if self.filled >= least:
            return []
        return [("filled", f"is below {FLATTEST:g} of the slot's width: {least:g} m or more")]

    def _unused(self, beside: str) -> list[tuple[str, str]]:
        """Keys that a table of the slot stands for."""
        given = {"width": self.width != WIDTH, "height": self.height is not None}
        return [(key, f"does nothing beside {beside}") for key, there in given.items() if there]

    def _profile_conflicts(self, profile: str, config: Config) -> list[tuple[str, str]]:
        """A profile stands for width and height, and is open above what is filled."""
        found = self._unused("profile")
        if config.wall_friction is not None:
            found.append(("profile", "is no straight wall: leave wall_friction out"))
        try:
            bore, end = read_bore(profile, config.cell.radius)
        except ConfigError as error:
            return [*found, *(("profile", problem) for problem in error.problems)]
        start = config.cell.foil_thickness + self.filled
        found += self._flat(bore.width_at(config.cell.foil_thickness))
        if end is not None and config.cell.foil_thickness < end <= start:
            filled = f"foil_thickness + filled is {start:g} m"
            found.append(("profile", f"is closed from {end:g} m on, and {filled}: fill less"))
        return found


@dataclass(frozen=True, slots=True)
class Cell(Section):
    """Lithium foil under a rod, in a tube."""

    refused_keys: ClassVar[Mapping[str, str]] = dict.fromkeys(("height", "length"), FLAT)

    radius: float = quantity(
        "m",
        "radius R of rod, foil and electrolyte; of a strip its half width",
        default=3.175e-3,
        above=0,
        source="cao2023",
    )
    depth: float | None = quantity(
        "m",
        "depth of a strip with a slot on either side, in plane strain (absent: the cell is round)",
        default=None,
        above=0,
    )
    foil_thickness: float = quantity(
        "m", "thickness h_0 of the foil", default=250e-6, above=0, source="cao2023"
    )
    gap: Gap = section("slot between rod and tube", default=Gap())
    temperature: float = quantity("K", "temperature", default=298.15, at_least=200, at_most=450)
    molar_volume: float = quantity(
        "m^3/mol",
        "molar volume V_m of lithium",
        default=1.3148e-5,
        above=0,
        source="6.941 g/mol over 0.528 g/cm^3",
    )
    bulk_modulus: float = quantity(
        "Pa",
        "bulk modulus K_Li of lithium, for a closed cell",
        default=10.86e9,
        above=0,
        source="masias2019",
    )

    @property
    def bore(self) -> Bore:
        """The slot over the height."""
        if self.gap.profile is None:
            return Bore.straight(self.radius, self.gap.width, self.depth)
        bore = read_bore(self.gap.profile, self.radius)[0]
        return bore if self.depth is None else replace(bore, depth=self.depth)

    @property
    def slot_end(self) -> float | None:
        """Height at which the slot is closed [m]; None: it is open."""
        if self.gap.profile is None:
            return self.gap.height
        return read_bore(self.gap.profile, self.radius)[1]

    @property
    def mouth(self) -> float:
        """Width of the slot beside the face of the rod at the start [m]."""
        return self.bore.width_at(self.foil_thickness)

    @property
    def is_closed(self) -> bool:
        """Nothing flows into the slot: it is closed beside the face of the rod."""
        end = self.slot_end
        return self.mouth < CLOSED_GAP or (end is not None and end <= self.foil_thickness)

    def conflicts(self, config: object) -> list[tuple[str, str]]:
        """A foil is thin, but the mesh has cells of its thickness."""
        low, high = (share * self.radius for share in FOIL)
        if low <= self.foil_thickness <= high:
            return []
        return [("foil_thickness", f"must be between {low:g} and {high:g} m, radius/1000 and /2")]


def check_pressed(config: Config) -> None:
    """The slot is there.

    Raises:
        ConfigError: it is that of a press which has not been run.
    """
    gap = config.cell.gap
    if gap.press is not None and gap.profile is None:
        raise ConfigError(
            "cell.gap.press: is not pressed yet: dendrolith creep CONFIG presses and charges, "
            "or name the bore.csv of its run as cell.gap.profile"
        )


@dataclass(frozen=True, slots=True)
class Charge:
    """The current that plates, from the locking of the frame on."""

    current: float = quantity("A", "total current I, positive when lithium is plated", at_least=0)


@dataclass(frozen=True, slots=True)
class TracerGrid:
    """Particles that lithium carries along, a grid in the foil at the start."""

    columns: int = count("over the radius, from the axis to the edge", default=9, at_least=2)
    rows: int = count("over the thickness", default=5, at_least=1)


@dataclass(frozen=True, slots=True)
class Mesh:
    """Cells of the flow: quadrilaterals of four triangles each, finer towards walls and corners."""

    across: int = count("cells across film and slot", default=6, at_least=4, at_most=32)
    grading: float = quantity(
        "1", "ratio of neighbouring cells", default=1.5, at_least=1, at_most=2
    )


@dataclass(frozen=True, slots=True)
class Time(TimeSteps):
    """Length of the run and control of its step by the flow."""

    max_change: float = quantity(
        "1",
        "change that a step aims at: of filled length and pressure, and four times that of the "
        "thickness; above 1.5 times it is taken back",
        default=0.02,
        above=0,
        at_most=0.2,
    )
    max_step: float = quantity("s", "largest step", default=3600.0, above=0)
    first_step: float = quantity("s", "first step", default=0.01, above=0)


@dataclass(frozen=True, slots=True)
class Config(Section):
    """One pressed cell."""

    refused_keys: ClassVar[Mapping[str, str]] = {"geometry": f"{FLAT}; its sizes are in cell"}

    lithium: PowerLaw = section("creep of lithium; what creep_set does not say")
    charge: Charge = section("what is plated")
    time: Time = section("length of the run, and how the step is controlled")
    output: Output = section("what is written when")
    cell: Cell = section("geometry", default=Cell())
    frame: Frame = section("what presses on the rod", default=Frame())
    creep_set: str | None = set_choice(
        "creep", "material set of the creep of lithium, with sources"
    )
    study: str = choice(("creep",), "what is simulated", default="creep")
    title: str = text("one line on the run", default="")
    tube: Tube | None = section(
        "the tube as a solid that gives way (absent: rigid); what tube_set does not say",
        default=None,
    )
    tube_set: str | None = set_choice("tube", "material set of the tube, with sources")
    wall_friction: WallFriction | None = section(
        "walls of the slot that lithium slides along (absent: it sticks to all)", default=None
    )
    neutrons: Neutrons | None = section("a radiograph of the cell (absent: none)", default=None)
    tracers: TracerGrid | None = section(
        "particles that lithium carries along (absent: none)", default=None
    )
    mesh: Mesh = section("cells of the flow", default=Mesh())
    checkpoint: Checkpointing = section("what a killed run loses at most", default=Checkpointing())

    def conflicts(self, config: object) -> list[tuple[str, str]]:
        """A tube is around the rod, and its bore is where lithium sticks."""
        found = []
        if self.cell.depth is not None:
            for key, part in (
                ("tube", self.tube),
                ("neutrons", self.neutrons),
                ("cell.gap.press", self.cell.gap.press),
            ):
                if part is not None:
                    found.append((key, "belongs to a round cell: leave it or cell.depth out"))
        for tube in present(self, Tube):
            found += [(f"tube.{key}", why) for key, why in tube.too_thin(self.cell.radius)]
            start = self.cell.foil_thickness + self.cell.gap.filled
            if tube.half_length <= start:
                why = f"is not above cell.foil_thickness + cell.gap.filled = {start:g} m"
                found.append(("tube.half_length", why))
            if self.wall_friction is not None:
                found.append(("tube", "has no straight wall: leave wall_friction out"))
        return found

    @property
    def area(self) -> float:
        """Of the rod, A [m²]."""
        return self.lubrication().area

    @property
    def plating_speed(self) -> float:
        """v_pl once the frame is locked [m/s]."""
        return self.charge.current * self.cell.molar_volume / (FARADAY * self.area)

    def current(self, time: float) -> float:
        """I at a time [A]: none before the frame is locked."""
        return self.charge.current if time >= self.frame.hold else 0.0

    def plated(self, time: float) -> float:
        """Thickness plated until a time [m]."""
        return self.plating_speed * max(time - self.frame.hold, 0.0)

    def lubrication(self) -> Lubrication:
        """Closed forms of film and slot of this cell, with the factors from finite elements."""
        law, T = self.lithium, self.cell.temperature
        return Lubrication(
            law.n,
            law.shear_factor(T),
            law.unit_stress(T),
            self.cell.radius,
            self.cell.mouth,
            depth=self.cell.depth,
        )
