"""Sections that the inputs of most studies have."""

from __future__ import annotations

from dataclasses import dataclass

from dendrolith.core.declare import quantity


@dataclass(frozen=True, slots=True)
class Output:
    """What is written when; output times are hit exactly."""

    every: float = quantity("s", "interval of output, which a step must end on", above=0)


@dataclass(frozen=True, slots=True)
class Checkpointing:
    """How much work may be lost; what a run computes does not depend on it."""

    every: float = quantity(
        "s",
        "time on the clock between checkpoints; the end of a run has one anyway",
        default=600.0,
        above=0,
    )
