"""Progress of a long run: a bar on a terminal, a heartbeat line elsewhere."""

from __future__ import annotations

import logging
import math
import sys
import time as clock
from collections.abc import Sequence

import tqdm
from mpi4py import MPI

from dendrolith.observables.columns import STEP, TIME
from dendrolith.observables.show import Reading

logger = logging.getLogger(__name__)

HEARTBEAT = 15.0  # s between lines where there is no terminal


class Progress:
    """Shows simulated time, step, the readings of a study and the time left, on rank 0.

    Args:
        comm: communicator of the run.
        end: simulated time at which it ends [s].
        readings: what else is shown of a row of the time series, where the row has it.
        quiet: show nothing.
    """

    def __init__(
        self, comm: MPI.Comm, end: float, readings: Sequence[Reading] = (), *, quiet: bool
    ) -> None:
        self._readings = readings
        self._end, self._then = end, math.nan
        self._spoke = clock.monotonic()
        self._mute = comm.rank != 0 or quiet
        terminal = sys.stderr.isatty() and not self._mute
        self._bar = (
            tqdm.tqdm(
                total=end,
                unit="s",
                dynamic_ncols=True,
                bar_format="{percentage:3.0f}%|{bar}| {n:.4g}/{total:.4g} s "
                "[{elapsed}<{remaining}] {postfix}",
            )
            if terminal
            else None
        )

    def update(self, row: dict[str, float]) -> None:
        """Tell of an accepted step."""
        if self._mute:
            return
        time, dt = row[TIME], row[STEP]
        if math.isnan(self._then):
            self._begin(time, dt)
        facts = ", ".join([f"dt {dt:.2g} s", *self._read(row)])
        if self._bar is not None:
            self._bar.set_postfix_str(facts, refresh=False)
            self._bar.update(time - self._bar.n)
            return
        now = clock.monotonic()
        if now - self._spoke >= HEARTBEAT:
            # by the pace since the line before: steps become shorter as the current grows
            left = (now - self._spoke) * (self._end - time) / max(time - self._then, 1e-30)
            self._spoke, self._then = now, time
            logger.info(
                "t = %.4g of %.4g s, %s, at this pace %s to go",
                time,
                self._end,
                facts,
                tqdm.tqdm.format_interval(left),
            )

    def _read(self, row: dict[str, float]) -> list[str]:
        return [
            f"{reading.label} {reading.format(row[reading.column])}"
            for reading in self._readings
            if reading.column in row
        ]

    def _begin(self, time: float, dt: float) -> None:
        """A resumed run does not begin at 0; the pace is that after the first step."""
        self._spoke, self._then = clock.monotonic(), time
        if self._bar is not None:
            self._bar.initial = self._bar.n = self._bar.last_print_n = time - dt

    def close(self) -> None:
        """Leave the terminal clean."""
        if self._bar is not None:
            self._bar.close()
