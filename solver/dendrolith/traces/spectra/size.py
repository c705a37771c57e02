"""The filaments of a bridge: not a number, a curve d(n), and what goes with it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from dendrolith.core.errors import ConfigError
from dendrolith.core.formats import with_prefix
from dendrolith.traces.spectra.filament import Filament
from dendrolith.traces.spectra.fitting import Interval
from dendrolith.traces.spectra.spectrum import AREAL

COUNTS = (1.0, 10.0, 100.0, 1e3, 1e4)
THIN, THICK = 1e-9, 1e-7  # m, the range 10⁰ to 10² nm
PER_AREA = 1e-4  # m², for counts where no area is known


@dataclass(frozen=True, slots=True)
class Size:
    """Filaments that have a resistance together.

    Attributes:
        law: of their resistivity.
        resistance: of all of them [Ω].
        low, high: its interval [Ω].
        scope: what counts are of, in words.
        current: of the cell [A]; None: not known.
    """

    law: Filament
    resistance: float
    low: float
    high: float
    scope: str
    current: float | None = None

    def curve(self) -> list[tuple[float, float, float, float]]:
        """(n, d, its ends) of some numbers of filaments [m]."""
        d = self.law.diameter
        return [(n, d(self.resistance, n), d(self.high, n), d(self.low, n)) for n in COUNTS]

    def lengths(self) -> tuple[float, float]:
        """Lengths at which one filament of `THIN` and of `THICK` has this resistance [m]."""
        thin, thick = (
            self.law.length * self.resistance / self.law.resistance(d, 1.0) for d in (THIN, THICK)
        )
        return thin, thick

    def as_dict(self) -> dict[str, Any]:
        """For programs, in SI."""
        return {
            "length": self.law.length,
            "resistance": self.resistance,
            "scope": self.scope,
            "count": [row[0] for row in self.curve()],
            "diameter": [row[1] for row in self.curve()],
            "interval": [list(row[2:]) for row in self.curve()],
            "counts_of_1_to_100_nm": sorted(self.law.counts(self.resistance, THIN, THICK)),
            "lengths_of_one_of_1_to_100_nm": list(self.lengths()),
            "resistance_times_charge": self.resistance * self.charge(),
            "thick_limit": self.law.invariant(),
            "lifetime": None if self.current is None else self.charge() / self.current,
        }

    def _reading(self) -> str:
        """How many of the whole length, or how long a single one, are 1 to 100 nm thick."""
        few, many = self.law.counts(self.resistance, THIN, THICK)
        thin, thick = self.lengths()
        whole = self.law.length
        if many < 1:
            return "none: a single filament of the whole length is thinner"
        said = f"{max(few, 1):.3g} to {many:.3g} filaments of the whole length"
        if thin > whole or thick < THICK:  # shorter than thick is no filament
            return said
        ends = f"{with_prefix(max(thin, THIN), 'm')} to {with_prefix(min(thick, whole), 'm')}"
        return f"{said}, or one of {ends}"

    def charge(self) -> float:
        """Charge q of the lithium in one filament of this resistance [C]."""
        return self.law.charge(self.law.diameter(self.resistance, 1.0), 1.0)

    def __str__(self) -> str:
        L, q = with_prefix(self.law.length, "m"), self.charge()
        lines = [
            f"filaments of {L} that have {with_prefix(self.resistance, 'Ohm')} together"
            f"{self.scope}: only a curve d(n) is known",
            *(
                f"  n = {n:<8g}           d = {_nm(d)} ({_nm(a)} to {_nm(b)}), rho/rho_0 "
                f"{self.law.resistivity_ratio(d):.3g}"
                for n, d, a, b in self.curve()
            ),
            f"  1 to 100 nm            {self._reading()}",
            f"  R_e q                  {self.resistance * q:.4g} Ohm C for n = 1, thick ones "
            f"{self.law.invariant():.4g} for any n",
            f"  lithium in one         {with_prefix(q, 'C')}",
        ]
        if self.current is not None:
            lines.append(
                f"  lifetime               {with_prefix(q / self.current, 's')} if the current of "
                "the cell dissolved it: what lasts longer carries electrons only, or is fed"
            )
        return "\n".join(lines)


def _nm(d: float) -> str:
    return f"{1e9 * d:.3g} nm" if math.isfinite(d) else "0 nm"


def size_of(
    bridge: Interval, unit: str, law: Filament, area: float | None, current: float | None
) -> Size:
    """The filaments of a bridge.

    Args:
        bridge: R_e in `unit`.
        unit: `AREAL` or `ABSOLUTE`.
        law: of their resistivity, with their length.
        area: of the electrode [m²]; None: not known.
        current: of the cell [A]; None: not known.

    Raises:
        ConfigError: no bridge is seen, its resistance is that of no wire, or an area is missing.
    """
    if not math.isfinite(bridge.high) or bridge.low == 0:
        raise ConfigError(f"no size: R_e has one bound only, {bridge.low:.4g}: no bridge is seen")
    divisor, scope = 1.0, ""
    if unit == AREAL:
        if area is None and current is not None:
            raise ConfigError(f"--current: R_e is in {unit}: give --area for a lifetime")
        divisor, scope = area or PER_AREA, "" if area else " on each cm^2 of electrode"
    value, low, high = (end / divisor for end in (bridge.value, bridge.low, bridge.high))
    size = Size(law, value, low, high, scope, current)
    try:
        size.curve()
    except ValueError as error:
        raise ConfigError(f"R_e = {value:.4g} Ohm: {error}") from None
    return size
