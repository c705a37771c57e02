"""What an input of a pressed cell can say."""

from __future__ import annotations

from dataclasses import dataclass

from dendrolith.config.materials import set_choice
from dendrolith.core.constants import FARADAY
from dendrolith.core.declare import choice, count, quantity, section, text
from dendrolith.core.sections import Section
from dendrolith.physics.frame import NOT_GIVEN, Frame
from dendrolith.physics.lubrication import Lubrication
from dendrolith.physics.neutrons import Neutrons
from dendrolith.physics.power_law_flow import PowerLaw, WallFriction
from dendrolith.schemes.timestep import TimeSteps
from dendrolith.studies.sections import Checkpointing, Output

CLOSED_GAP = 5e-6  # m: lithium does not enter a narrower gap
FLATTEST = 0.05  # filled length of a slot over its width: flatter cells of the mesh are useless
FOIL = (1e-3, 0.5)  # thickness of a foil over its radius


@dataclass(frozen=True, slots=True)
class Gap(Section):
    """The slot between rod and tube."""

    width: float = quantity(
        "m", "width g: radius of the bore minus that of the rod", default=1e-4, source=NOT_GIVEN
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

    @property
    def is_closed(self) -> bool:
        """Nothing flows into it."""
        return self.width < CLOSED_GAP

    def conflicts(self, config: Config) -> list[tuple[str, str]]:
        """The rod fits, and what is filled is a slot that ends below a closed end."""
        found = []
        if self.width < 0:
            found.append(
                (
                    "width",
                    f"is {self.width:g} m: the rod is wider than the bore; 0 m is a tight rod",
                )
            )
        if self.width > config.cell.radius:
            found.append(("width", f"is above radius = {config.cell.radius:g} m: no slot"))
        if self.filled < FLATTEST * self.width:
            least = FLATTEST * self.width
            found.append(("filled", f"is below {FLATTEST:g} of width: {least:g} m or more"))
        start = config.cell.foil_thickness + self.filled
        if self.height is not None and self.height <= start:
            found.append(("height", f"is not above foil_thickness + filled = {start:g} m"))
        return found


@dataclass(frozen=True, slots=True)
class Cell(Section):
    """Lithium foil under a rod, in a tube."""

    radius: float = quantity(
        "m", "radius R of rod, foil and electrolyte", default=3.175e-3, above=0, source="cao2023"
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

    def conflicts(self, config: object) -> list[tuple[str, str]]:
        """A foil is thin, but the mesh has cells of its thickness."""
        low, high = (share * self.radius for share in FOIL)
        if low <= self.foil_thickness <= high:
            return []
        return [("foil_thickness", f"must be between {low:g} and {high:g} m, radius/1000 and /2")]


@dataclass(frozen=True, slots=True)
class Charge:
    """The current that plates, from the locking of the frame on."""

    current: float = quantity("A", "total current I, positive when lithium is plated", at_least=0)


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
    wall_friction: WallFriction | None = section(
        "walls of the slot that lithium slides along (absent: it sticks to all)", default=None
    )
    neutrons: Neutrons | None = section("a radiograph of the cell (absent: none)", default=None)
    mesh: Mesh = section("cells of the flow", default=Mesh())
    checkpoint: Checkpointing = section("what a killed run loses at most", default=Checkpointing())

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

    def lubrication(self, *, corrected: bool = True, edge: float | None = None) -> Lubrication:
        """Closed forms of film and slot of this cell.

        Args:
            corrected: with the factors from finite elements.
            edge: β in place of that of the table.
        """
        law, T = self.lithium, self.cell.temperature
        return Lubrication(
            law.n,
            law.shear_factor(T),
            law.unit_stress(T),
            self.cell.radius,
            self.cell.gap.width,
            corrected,
            edge,
        )
