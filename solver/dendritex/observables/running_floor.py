"""The floor of a trace while it is being taken, and its noise."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field

# A window has so many blocks; the floor is that of five at least, the noise that of forty.
BLOCKS_IN_WINDOW, LEAST_BLOCKS, BLOCKS_OF_NOISE = 8, 5, 40
# Standard deviation of a Gauss curve over its mean deviation.
GAUSS = math.sqrt(math.pi / 2)


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
