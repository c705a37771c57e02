"""Progress of a long run: a bar on a terminal, a heartbeat line elsewhere."""

from __future__ import annotations

import logging
import math
import sys
import time as clock

import tqdm
from mpi4py import MPI

logger = logging.getLogger(__name__)

HEARTBEAT = 15.0  # s between lines where there is no terminal


class Progress:
    """Shows simulated time, step, tip, leakage and the time left, on rank 0."""

    def __init__(self, comm: MPI.Comm, end: float, *, quiet: bool) -> None:
        self._end, self._then = end, math.nan
        self._spoke = clock.monotonic()
        self._mute = comm.rank != 0 or quiet
        terminal = sys.stderr.isatty() and not self._mute
        self._bar = (
            tqdm.tqdm(
                total=end, unit="s", dynamic_ncols=True,
                bar_format="{percentage:3.0f}%|{bar}| {n:.4g}/{total:.4g} s "
                "[{elapsed}<{remaining}] {postfix}",
            )
            if terminal
            else None
        )  # fmt: skip

    def update(self, row: dict[str, float]) -> None:
        """Tell of an accepted step."""
        if self._mute:
            return
        time, dt = row["time [s]"], row["dt [s]"]
        if math.isnan(self._then):
            self._begin(time, dt)
        facts = (
            f"dt {dt:.2g} s, tip {1e6 * row['tip_height [m]']:.1f} µm, "
            f"ionic {row['ionic_current [A/m^2]']:.3g}, "
            f"leakage {row['electronic_current [A/m^2]']:.2g} A/m²"
        )
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
                time, self._end, facts, tqdm.tqdm.format_interval(left),
            )  # fmt: skip

    def _begin(self, time: float, dt: float) -> None:
        """A resumed run does not begin at 0; the pace is that after the first step."""
        self._spoke, self._then = clock.monotonic(), time
        if self._bar is not None:
            self._bar.initial = self._bar.n = self._bar.last_print_n = time - dt

    def close(self) -> None:
        """Leave the terminal clean."""
        if self._bar is not None:
            self._bar.close()
