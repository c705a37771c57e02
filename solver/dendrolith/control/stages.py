"""How the cell is driven: stages of held voltage, held total current or rest, in sequence."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from dendrolith.core.declare import declaration_of, flag, quantity, section

# What a short shows in: the leakage at a held voltage, the voltage at a held current.
CURRENT, VOLTAGE = "current", "voltage"


@dataclass(frozen=True, slots=True)
class Until:
    """When a stage ends: at the first of the conditions given; without any, with the run."""

    time: float | None = quantity("s", "length of the stage", default=None, above=0)
    charge: float | None = quantity(
        "C/m^2", "charge passed in the stage, in either direction", default=None, above=0
    )
    voltage_above: float | None = quantity("V", "upper limit of the cell voltage", default=None)
    voltage_below: float | None = quantity("V", "lower limit of the cell voltage", default=None)
    short: bool = flag("end when more of the current is electronic than ionic", default=False)

    def __str__(self) -> str:
        limits = [
            f"{f.name.replace('_', ' ')} {value:g} {declaration_of(f).unit}"
            for f in dataclasses.fields(self)
            if (value := getattr(self, f.name)) is not None and not isinstance(value, bool)
        ]
        return " or ".join([*limits, *(["short"] if self.short else [])])


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: exactly one of `voltage`, `current` and `rest`."""

    voltage: float | None = quantity(
        "V", "cell voltage V, positive when lithium is plated", default=None, at_least=-10,
        at_most=10,
    )  # fmt: skip
    current: float | None = quantity(
        "A/m^2", "total current density, positive when lithium is plated; the voltage follows",
        default=None,
    )  # fmt: skip
    rest: float | None = quantity("s", "no current for this long", default=None, above=0)
    until: Until = section("when the stage ends", default=Until())

    def __str__(self) -> str:
        if self.rest is not None:
            held = f"rest {self.rest:g} s"
        elif self.voltage is not None:
            held = f"{self.voltage:g} V"
        else:
            held = f"{self.current:g} A/m^2"
        limits = str(self.until)
        return f"{held} until {limits}" if limits else held

    @property
    def current_density(self) -> float | None:
        """Total current density that is held [A/m²]; None under a held voltage."""
        return 0.0 if self.rest is not None else self.current

    @property
    def shows_short_in(self) -> str | None:
        """`CURRENT`, `VOLTAGE`, or None in a rest."""
        if self.voltage is not None:
            return CURRENT
        return VOLTAGE if self.current_density else None

    @property
    def held(self) -> float | None:
        """The voltage [V] or the current density [A/m²] that is held; None in a rest."""
        return self.voltage if self.voltage is not None else self.current_density

    @property
    def duration(self) -> float | None:
        """Longest time of the stage [s]; None: until something else ends it."""
        return self.rest if self.rest is not None else self.until.time
