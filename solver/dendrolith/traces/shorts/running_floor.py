"""The floor of a trace while it is being taken, and its noise."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field
from typing import Any, Self

# A window has so many blocks; the floor is that of five at least, the noise that of forty.
BLOCKS_IN_WINDOW, LEAST_BLOCKS, BLOCKS_OF_NOISE = 8, 5, 40
# Standard deviation of a Gauss curve over its mean deviation.
GAUSS = math.sqrt(math.pi / 2)
# Two held values are the same one if they differ by no more than this part.
SAME = 0.02


@dataclass(slots=True)
class RunningFloor:
    """Median level of the quiet samples of the last part of the elapsed time, and their noise.

    Samples are averaged in blocks of one 8th of the window, so that neither the sampling rate nor
    the length of the trace matters, and a stream needs to keep 40 blocks.

    Attributes:
        window: part of the elapsed time.
        began: time of the first sample.
        blocks: of each: its end, mean, mean deviation from the floor before it, samples.
        inside: the same of the block that is being filled, as sums.
        level, spread: median of the means; standard deviation of a sample.
    """

    window: float
    began: float = math.nan
    blocks: list[list[float]] = field(default_factory=list)
    inside: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    level: float = 0.0
    spread: float = 0.0

    @property
    def samples(self) -> float:
        """Samples that the spread rests on."""
        return sum(block[3] for block in self.blocks)

    def feed(self, time: float, value: float) -> None:
        """Take a quiet sample."""
        if not self.blocks:
            self.began, self.level = time, value
        total, deviation, samples = self.inside
        self.inside = [total + value, deviation + abs(value - self.level), samples + 1]
        last = self.blocks[-1][0] if self.blocks else time
        if time - last >= self.window / BLOCKS_IN_WINDOW * (time - self.began):
            total, deviation, samples = self.inside
            self.blocks.append([time, total / samples, deviation / samples, samples])
            del self.blocks[:-BLOCKS_OF_NOISE]
            self.inside = [0.0, 0.0, 0.0]
            self.refresh()

    def state(self) -> dict[str, Any]:
        """What JSON can hold of it."""
        return {
            "began": self.began if self.blocks else None,
            "blocks": [list(block) for block in self.blocks],
            "inside": list(self.inside),
        }

    @classmethod
    def restored(cls, window: float, state: dict[str, Any]) -> Self:
        """The one of a `state`."""
        began = math.nan if state["began"] is None else state["began"]
        floor = cls(window, began, [list(b) for b in state["blocks"]], list(state["inside"]))
        floor.refresh()
        return floor

    def refresh(self) -> None:
        """Find level and spread again from the blocks."""
        if not self.blocks:
            return
        end = self.blocks[-1][0]
        since = end - self.window * (end - self.began)
        recent = [mean for last, mean, _, _ in self.blocks if last >= since]
        if len(recent) < LEAST_BLOCKS:
            recent = [block[1] for block in self.blocks[-LEAST_BLOCKS:]]
        self.level = statistics.median(recent)
        # Huber's 1.345σ: the mean knows more than the median, a spike counts as two of them
        most = 2 * statistics.median(block[2] for block in self.blocks)
        self.spread = GAUSS * statistics.fmean(min(block[2], most) for block in self.blocks)


@dataclass(slots=True)
class KnownFloors:
    """Floors of earlier stages, to go on from where the same value is held again.

    Attributes:
        known: kind of the signal, held value with its sign, and the floor, the latest last.
    """

    known: list[tuple[str, float, RunningFloor]] = field(default_factory=list)

    def keep(self, kind: str, held: float | None, floor: RunningFloor) -> None:
        """Remember the floor of a stage that ends."""
        if held is not None:
            self.known = [entry for entry in self.known if not _same(entry, kind, held)]
            self.known.append((kind, held, floor))

    def find(self, kind: str, held: float | None) -> RunningFloor | None:
        """The one of the last stage at that value."""
        found = [entry for entry in self.known if held is not None and _same(entry, kind, held)]
        return found[-1][2] if found else None

    def state(self) -> list[list[Any]] | None:
        """What JSON can hold of them; None if there are none."""
        return [[kind, held, floor.state()] for kind, held, floor in self.known] or None

    @classmethod
    def restored(cls, window: float, state: list[list[Any]] | None) -> Self:
        """Those of a `state`."""
        return cls(
            [(k, held, RunningFloor.restored(window, floor)) for k, held, floor in state or []]
        )


def _same(entry: tuple[str, float, RunningFloor], kind: str, held: float) -> bool:
    return entry[0] == kind and abs(entry[1] - held) <= SAME * abs(held)
