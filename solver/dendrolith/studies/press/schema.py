"""What an input of a press can say."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dendrolith.config.materials import set_choice
from dendrolith.core.declare import borrowed, choice, quantity, section, text
from dendrolith.core.sections import Section
from dendrolith.physics.finite_strain import Hencky
from dendrolith.physics.frame import NOT_GIVEN
from dendrolith.physics.powder_cap import PowderCap
from dendrolith.schemes.timestep import TimeSteps
from dendrolith.studies.sections import Checkpointing, Output
from dendrolith.studies.tube import Tube

COARSEST = 0.25  # mesh size over half the height of the fill


@dataclass(frozen=True, slots=True)
class Sleeve(Hencky):
    """An elastic sleeve around the tube, bonded to it."""

    young_modulus: float = borrowed(Hencky, "young_modulus", default=193e9)
    poisson_ratio: float = borrowed(Hencky, "poisson_ratio", default=0.29)
    thickness: float = quantity("m", "thickness", default=5e-3, above=0, source=NOT_GIVEN)


@dataclass(frozen=True, slots=True)
class Powder(PowderCap):
    """Electrolyte powder; its Young's modulus is that of the pressed pellet."""

    young_modulus: float = borrowed(Hencky, "young_modulus", default=13e9, source=NOT_GIVEN)
    poisson_ratio: float = borrowed(Hencky, "poisson_ratio", default=0.3, source=NOT_GIVEN)
    start_density: float = borrowed(PowderCap, "start_density", default=0.55, source=NOT_GIVEN)
    heckel: float = borrowed(PowderCap, "heckel", default=3.395e-9, source=NOT_GIVEN)
    critical_ratio: float = borrowed(PowderCap, "critical_ratio", default=1.6, source=NOT_GIVEN)
    cohesion: float = borrowed(PowderCap, "cohesion", default=0.5e6, source=NOT_GIVEN)

    def equations(self) -> list[tuple[str, str]]:
        """Its cap."""
        return [("powder", self.equation)]


@dataclass(frozen=True, slots=True)
class Time(TimeSteps):
    """Length of the run, a bound alone: it ends when the rods are lifted."""

    end: float = quantity("s", "end of the run at the latest", default=600.0, above=0)
    max_change: float = quantity(
        "1",
        "change of the pressure, over that of the press, that a step aims at",
        default=0.1,
        above=0,
        at_most=0.5,
    )
    max_step: float = quantity("s", "largest step", default=4.0, above=0)
    min_step: float = quantity("s", "smallest step before giving up", default=1e-4, above=0)
    first_step: float = quantity("s", "first step", default=0.4, above=0)


@dataclass(frozen=True, slots=True)
class Config(Section):
    """Powder in a tube between two rods."""

    tube: Tube = section("the tube; what tube_set does not say")
    output: Output = section("what is written when")
    pressure: float = quantity(
        "Pa", "largest pressure of the rods", default=300e6, above=0, source="cao2023"
    )
    radius: float = quantity(
        "m", "radius R of rods and bore", default=3.175e-3, above=0, source="cao2023"
    )
    rod_edge: float = quantity(
        "m",
        "width w beyond the rod over which its support of the pellet fades",
        default=1e-4,
        above=0,
        source=NOT_GIVEN,
    )
    fill_height: float = quantity(
        "m",
        "height of the loose powder",
        default=1.852e-3,
        above=0,
        source="60 mg (cao2023) of 1860 kg/m^3 at 0.55",
    )
    speed: float = quantity(
        "m/s",
        "at which the rods approach; only creep of the tube depends on it",
        default=1e-5,
        above=0,
    )
    hold: float = quantity(
        "s",
        "how long the rods stay where they have reached the pressure",
        default=0.0,
        at_least=0,
        source=NOT_GIVEN,
    )
    friction: float = quantity(
        "1",
        "friction coefficient mu between pellet and bore, Coulomb's",
        default=0.0,
        at_least=0,
        at_most=1,
        source=NOT_GIVEN,
    )
    powder: Powder = section("the powder", default=Powder())
    sleeve: Sleeve | None = section("a sleeve around the tube (absent: none)", default=None)
    tube_set: str | None = set_choice("tube", "material set of the tube, with sources")
    mesh_size: float = quantity(
        "m", "edge of a cell of the bore near the end of the pellet", default=60e-6, above=0
    )
    time: Time = section("how the step is controlled", default=Time())
    study: str = choice(("press",), "what is simulated", default="press")
    title: str = text("one line on the run", default="")
    checkpoint: Checkpointing = section("what a killed run loses at most", default=Checkpointing())

    def conflicts(self, config: object) -> list[tuple[str, str]]:
        """The tube is around the rods and longer than the powder, and the mesh sees the powder."""
        found = [(f"tube.{key}", why) for key, why in self.tube.too_thin(self.radius)]
        if self.tube.half_length <= self.fill_height:
            least = self.fill_height
            found.append(("tube.half_length", f"is not above fill_height = {least:g} m"))
        if self.hold and self.tube.creep is None:
            found.append(
                ("hold", "changes nothing where nothing creeps: give tube.creep or leave it out")
            )
        if self.hold >= self.time.end:
            found.append(("time.end", f"is not above hold = {self.hold:g} s"))
        largest = COARSEST * self.fill_height / 2
        if self.mesh_size > largest:
            found.append(("mesh_size", f"is above {largest:g} m, an eighth of fill_height"))
        return found

    @property
    def pressed_density(self) -> float:
        """D of a rigid die at the largest pressure [1]."""
        return self.powder.die_density(self.pressure)

    @property
    def law(self) -> Powder:
        """The powder with moduli of Kirchhoff stress, J of the pellet times those of the pellet."""
        J = self.powder.start_density / self.pressed_density
        return replace(self.powder, young_modulus=J * self.powder.young_modulus)
