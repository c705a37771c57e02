"""Impedance around the running state, at output times."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from dendrolith.core.checkpoint_data import CheckpointData, numbers_of, set_numbers
from dendrolith.observables.base import Observable, Row, StepView, Table
from dendrolith.physics.impedance import SpectraOverTime
from dendrolith.studies.plating.small_signal import LinearResponse
from dendrolith.traces.spectra.spectrum import AREAL, PARTS

SPECTRA = "spectra"  # the table
NEAR = 1e-6  # of the interval, so near to a multiple of it a time is one
_KEPT = ("_highest", "_lowest")


class Spectra(Observable):
    """Z over the frequency at every multiple of an interval, and its ends as columns.

    Between two spectra the columns keep the values of the last.

    Args:
        law: the sweep.
        respond: makes the response of the cell as it is; whoever has it destroys it.
    """

    columns = ("hf_resistance [Ohm m^2]", "lf_resistance [Ohm m^2]")
    tables = (
        Table(
            SPECTRA,
            (
                "time [s]",
                "frequency [Hz]",
                *(f"{whole}{part} [{AREAL}]" for whole in ("", "anode_") for part in PARTS),
            ),
        ),
    )

    def __init__(self, law: SpectraOverTime, respond: Callable[[], LinearResponse]) -> None:
        self._law, self._respond = law, respond
        self._highest = self._lowest = math.nan
        self._rows: list[Row] = []

    def start(self, view: StepView) -> None:
        """The spectrum of the start."""
        self._measure(view.time)

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """Re Z at the highest and at the lowest frequency [Ω m²] (collective)."""
        part = view.time / self._law.every
        if view.milestone and view.step > 0 and abs(part - round(part)) <= NEAR:
            self._measure(view.time)
        return self._highest, self._lowest

    def rows(self, view: StepView) -> Mapping[str, Sequence[Row]]:
        """The spectrum just measured."""
        found, self._rows = self._rows, []
        return {SPECTRA: found}

    def _measure(self, time: float) -> None:
        with self._respond() as response:
            for frequency in self._law.frequencies:
                z = response.impedance(frequency)
                anode = [share * z for share in response.reference_shares()]
                (a,) = anode or [complex(math.nan, math.nan)]
                self._rows.append((time, frequency, z.real, z.imag, a.real, a.imag))
        self._highest, self._lowest = (float(self._rows[place][2]) for place in (0, -1))

    def save(self) -> CheckpointData:
        """The ends of the last spectrum."""
        return numbers_of(self, _KEPT)

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        set_numbers(self, _KEPT, data)
