"""Lithium that bridges the separator: electrons go through it and charge nothing.

    j_el = G V,  G = θ/R_c from t_b on,  0 before;     wires: G = π d² n/(4 ρ(d) L)
    of a table: j_el = V/R_e, of a run with a mesh over the charge that passed, of a trace over time

j_el  electronic current density [A/m²]     θ    contact over electrode area [1]
R_c   contact resistance [Ω m²]             t_b  when lithium arrives [s]
d     diameter of wires [m]                 n    how many there are on an area [1/m²]
ρ(d)  resistivity of such a wire, traces/spectra/filament.py [Ω m]
L  all electrolyte, an interlayer too [m]

Electrons go from terminal to terminal. Source: an ohmic contact; wires: solver/theory.md, section
20. Deviation: the bridge neither dissolves nor grows. The resistance of its metal belongs to R_c;
that of wires is their metal's alone.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from dendrolith.core.declare import file, quantity
from dendrolith.core.sections import Section


@dataclass(frozen=True, slots=True)
class Bridge(Section):
    """One contact, or all of them together."""

    equation: ClassVar[str] = "j_el = G V,  G = θ/R_c from t_b on"
    refused_keys: ClassVar[dict[str, str]] = {
        "from_run": "is no key; use table, as table: RUN/timeseries.csv"
    }

    contact_resistance: float = quantity(
        "Ohm m^2", "R_c where lithium touches the counter electrode", default=1e-5, above=0
    )
    contact_fraction: float = quantity(
        "1", "contact theta over the area of the electrode", default=0.01, above=0, at_most=1
    )
    diameter: float | None = quantity(
        "m", "d of wires, in place of contact resistance and fraction", default=None, above=0
    )
    count: float | None = quantity("1/m^2", "wires n on the electrode", default=None, above=0)
    table: str | None = file(
        "R_e instead: timeseries.csv of a run with a mesh, bridge.csv of a trace, or your own",
        default=None,
    )
    begins: float = quantity("s", "time t_b at which lithium arrives", default=0.0, at_least=0)

    @property
    def resistance(self) -> float:
        """R_e = R_c/θ [Ω m²]."""
        return self.contact_resistance / self.contact_fraction

    def conflicts(self, config: Any) -> list[tuple[str, str]]:
        """Wires need both numbers, and no contact beside them; nor has a table."""
        if self.table is not None:
            foil = ("table", "is of a foil: leave collector out")
            found = [foil] if getattr(config, "collector", None) else []
            return [*found, *self._idle("a table", ("diameter", "count", "begins"))]
        wires = {"diameter": self.diameter, "count": self.count}
        missing = [key for key, value in wires.items() if value is None]
        if len(missing) == len(wires):
            return []
        if missing:
            return [(missing[0], "is missing: wires need diameter and count")]
        return self._idle("wires")

    def _idle(self, beside: str, more: tuple[str, ...] = ()) -> list[tuple[str, str]]:
        standard = Bridge()
        return [
            (key, f"does nothing beside {beside}: leave it out")
            for key in ("contact_resistance", "contact_fraction", *more)
            if getattr(self, key) != getattr(standard, key)
        ]

    def equations(self) -> list[tuple[str, str]]:
        """That of the electrons."""
        return [("bridge", self.equation if self.table is None else FollowedBridge.equation)]


@dataclass(frozen=True, slots=True)
class FollowedBridge(Section):
    """A bridge that is not solved for: its resistance stands in a table."""

    equation: ClassVar[str] = "j_el = V/R_e"

    table: str = file("R_e: timeseries.csv of a run with a mesh, or another table")

    def equations(self) -> list[tuple[str, str]]:
        """That of the electrons."""
        return [("bridge", self.equation)]

    def solved(self) -> str:
        """A phrase for the list of what is solved."""
        return "a bridge by a table"
