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
        self._end, self._first = end, math.nan
        self._started = self._spoke = clock.monotonic()
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
        if math.isnan(self._first):
            self._first = time - dt  # a resumed run does not begin at 0
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
            self._spoke = now
            left = (now - self._started) * (self._end - time) / max(time - self._first, 1e-30)
            logger.info("t = %.4g of %.4g s, %s, about %.0f s left", time, self._end, facts, left)

    def close(self) -> None:
        """Leave the terminal clean."""
        if self._bar is not None:
            self._bar.close()
