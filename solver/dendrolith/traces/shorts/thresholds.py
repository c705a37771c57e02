"""The numbers that decide what is a short circuit in a trace."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from dendrolith.core.declare import count, quantity


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What decides, each with its source.

    theory.md, section 13, says why. Which of them were set before any trace was tried is in the
    history at the end of CHANGELOG.md.
    """

    current_onset: float = quantity(
        "1",
        "leakage over its floor at which an excursion begins, and by which it falls again",
        default=3.0,
        above=1,
        source="cao2023, Fig. 4D",
    )
    current_hard: float = quantity(
        "1",
        "leakage over its floor of a hard short",
        default=100.0,
        above=1,
        source="cao2023, Fig. 4D",
    )
    voltage_onset: float = quantity(
        "1",
        "part of the voltage that is lost where an excursion begins",
        default=0.02,
        above=0,
        below=1,
        source="3 RT/F of a cell of 3.8 V, cao2023, Fig. 2B",
    )
    voltage_hard: float = quantity(
        "1",
        "part of the voltage that is lost in a hard short",
        default=0.5,
        above=0,
        below=1,
        source="more of the current is electronic than ionic: control.until.short",
    )
    noise: float = quantity(
        "1",
        "standard deviations of the noise that an excursion exceeds",
        default=5.0,
        above=0,
        source="one false alarm in 3e6 samples of Gaussian noise",
    )
    window: float = quantity(
        "1",
        "part of the elapsed time over which the floor is taken",
        default=0.125,
        above=0,
        at_most=1,
        source="a rise by 1000 over the whole trace is slow",
    )
    lasting: float = quantity(
        "1",
        "how much longer than any excursion as deep that recovered a hard short is",
        default=2.0,
        above=0,
        source="else a trace that ends inside an excursion would be hard",
    )
    excursions: int = count("excursions that recover in a soft short", default=2, at_least=1)
    warm_up: int = count("samples before the first excursion", default=10, at_least=1)
    glitch: int = count("samples that are not yet an excursion", default=2, at_least=0)

    def varied(self) -> list[Thresholds]:
        """Each number that decides halved and doubled, those of a voltage as odds d − 1."""
        names = ("onset", "hard")
        varied = (
            [
                {
                    f"current_{name}": 1 + factor * (getattr(self, f"current_{name}") - 1),
                    f"voltage_{name}": _scaled_odds(getattr(self, f"voltage_{name}"), factor),
                }
                for name in names
                for factor in (0.5, 2.0)
            ]
            + [
                {name: factor * getattr(self, name)}
                for name in ("noise", "window", "lasting")
                for factor in (0.5, 2.0)
            ]
            + [{"glitch": glitch} for glitch in (self.glitch // 2, 2 * self.glitch)]
        )
        return [dataclasses.replace(self, **changes) for changes in varied]


# A simulation has no glitches: one step beyond the threshold is a short.
SIMULATED = Thresholds(glitch=0)


def _scaled_odds(lost: float, factor: float) -> float:
    odds = factor * lost / (1 - lost)
    return odds / (1 + odds)
