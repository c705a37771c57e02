"""How the cell is driven: stages of held voltage, held total current or rest, in sequence."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
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
    current_below: float | None = quantity(
        "A/m^2", "size of the total current density under a held voltage", default=None, above=0
    )
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
        "V",
        "cell voltage V, positive when lithium is plated",
        default=None,
        at_least=-10,
        at_most=10,
    )
    current: float | None = quantity(
        "A/m^2",
        "total current density, positive when lithium is plated; the voltage follows",
        default=None,
    )
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


def in_words(stages: Sequence[Stage]) -> str:
    """Stages as a phrase; a cycle that comes again at once is named once."""
    words, start = [], 0
    while start < len(stages):
        length, times = _cycle(stages[start:])
        cycle = ", then ".join(map(str, stages[start : start + length]))
        words.append(f"{times} times ({cycle})" if times > 1 else cycle)
        start += length * times
    return ", then ".join(words)


def _cycle(stages: Sequence[Stage]) -> tuple[int, int]:
    """Length and number of the cycles that begin a list: those that cover most of it, or (1, 1)."""
    best = (1, 1)
    for length in range(1, len(stages) // 2 + 1):
        times = 1
        while stages[times * length : (times + 1) * length] == stages[:length]:
            times += 1
        if times > 1 and length * times > best[0] * best[1]:
            best = (length, times)
    return best


def inconsistent_stages(stages: tuple[Stage, ...]) -> list[tuple[str, str]]:
    """Stages that make no sense, one by one and in sequence.

    Returns:
        (key below the list, such as ``.1.until.time``; what is wrong and how to mend it).
    """
    if not stages:
        return [("", "has no stage: give at least '- voltage: 0.1 V'")]
    found: list[tuple[str, str]] = []
    for number, stage in enumerate(stages):
        given = [n for n in ("voltage", "current", "rest") if getattr(stage, n) is not None]
        if len(given) != 1:
            says = " and ".join(given) if given else "none"
            cure = f": leave one out (--set ...{given[0]}=null)" if given else ""
            needs = f"needs one of voltage, current and rest; has {says}{cure}"
            found.append((f".{number}", needs))
        found += [(f".{number}.until.{key}", why) for key, why in _empty_conditions(stage)]
        endless = stage.duration is None and stage.until == Until()
        if endless and number < len(stages) - 1:
            never = "never ends, so the next stage is never reached: give 'until'"
            found.append((f".{number}", never))
    return found


def _empty_conditions(stage: Stage) -> list[tuple[str, str]]:
    """Conditions that can never end the stage, or always would: (key, what is wrong)."""
    until, found = stage.until, []
    low, high = until.voltage_below, until.voltage_above
    if stage.rest is not None and until.time is not None:
        found.append(("time", "is given twice: rest says how long already"))
    if stage.voltage is not None and (low is not None or high is not None):
        key = "voltage_above" if high is not None else "voltage_below"
        found.append((key, "does nothing under a held voltage"))
    if stage.voltage is None and until.current_below is not None:
        found.append(("current_below", "does nothing where the current is held"))
    if low is not None and high is not None and low >= high:
        found.append(("voltage_below", "is not below voltage_above: every voltage ends the stage"))
    if stage.current_density == 0 and until.charge is not None:
        found.append(("charge", "does nothing at rest: no charge passes"))
    if stage.current_density == 0 and until.short:
        found.append(("short", "means nothing at rest: electronic and ionic current are equal"))
    return found
