"""Points and lines along which fields are recorded."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from dendrolith.core.declare import count, section, text
from dendrolith.domain.place import Place, between, outside

NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, slots=True)
class Probe:
    """Fields at a point in every step, or along a line at every output time."""

    name: str = text("names the table, probe_<name>.csv")
    at: Place = section("the point, or where the line begins")
    to: Place | None = section("where the line ends (absent: a point)", default=None)
    samples: int = count("points of a line", default=101, at_least=2, at_most=100_000)

    def points(self) -> list[tuple[float, float, float]]:
        """Where to look: one point, or those of the line at equal distances [m]."""
        if self.to is None:
            return [self.at.coordinates]
        parts = [k / (self.samples - 1) for k in range(self.samples)]
        return [between(self.at, self.to, part) for part in parts]

    @property
    def length(self) -> float:
        """Of the line [m]; 0 for a point."""
        return 0.0 if self.to is None else math.dist(self.at.coordinates, self.to.coordinates)


def inconsistent_probes(
    probes: tuple[Probe, ...], extents: tuple[float, ...]
) -> list[tuple[str, str]]:
    """Probes that cannot be recorded.

    Args:
        probes: as the input lists them.
        extents: of the cell along each axis [m]; in a plane cell z must be 0.

    Returns:
        (key below the list, such as ``1.at.y``; what is wrong and how to mend it).
    """
    found: list[tuple[str, str]] = []
    names = [probe.name for probe in probes]
    for number, probe in enumerate(probes):
        if NAME.fullmatch(probe.name) is None:
            must = "must be 1 to 40 letters, digits, - or _: it names a file"
            found.append((f"{number}.name", must))
        elif probe.name in names[:number]:
            found.append((f"{number}.name", f"'{probe.name}' is taken by another probe"))
        places = {"at": probe.at} if probe.to is None else {"at": probe.at, "to": probe.to}
        found += [(f"{number}.{key}", problem) for key, problem in outside(places, extents)]
        if probe.to is not None and probe.length == 0:
            found.append((f"{number}.to", "is where the line begins: leave it out for a point"))
    return found
