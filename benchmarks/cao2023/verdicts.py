"""What fig. 4 of Cao et al. 2023 claims, as numbers with a criterion each, fixed before any run.

| row | 0 MPa | 5 MPa | 10 MPa |
|---|---|---|---|
| lithium in the electrolyte at the end | largest | between | ≤ 0.8 of that at 0 |
| dead part of it | ≤ 0.1 % | | ≥ 1 % |
| largest P_m in lithium | 2 MPa ± 25 % | | 12 MPa ± 25 % |
| mean volume strain of lithium | > 0 | | |
| preference for pore walls | ≤ 1: a tree | > 1: a network | |
| leakage | ≥ 100 floors at the end | | ≥ 2 excursions of ≥ 3 floors that come back |
| class | hard | | soft |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Series = Mapping[str, npt.NDArray[np.float64]]
CLASSES = ("none", "soft", "hard")
LEAVES, RETURNS = 3.0, 1.5  # floors at which an excursion begins, and ends
HARD = 100.0  # floors


def floor(current: npt.NDArray[np.float64]) -> float:
    """Leakage before anything happened: the median of the first tenth [A/m²]."""
    return float(np.median(current[: max(len(current) // 10, 1)]))


def excursions(time: npt.NDArray[np.float64], current: npt.NDArray[np.float64]) -> int:
    """Times that leakage rose to three running floors and came back below one and a half.

    The running floor is the median since it last was quiet, at most a tenth of the run long: the
    slow rise while the gap narrows is none.
    """
    count, raised, begin, window = 0, False, 0, 0.1 * (time[-1] - time[0])
    running = current[0]
    for n, value in enumerate(current):
        if raised:
            raised = value > RETURNS * running
            count, begin = count + (not raised), begin if raised else n
            continue
        recent = slice(max(begin, int(np.searchsorted(time, time[n] - window))), n + 1)
        running = float(np.median(current[recent]))
        raised = value >= LEAVES * running
    return count


def table(runs: Mapping[str, Series]) -> list[str]:
    """Markdown: a row for each claim, what each run shows, and whether the claim holds."""
    free, some, pressed = runs.values()
    rows = [row(name, read, holds, (free, some, pressed)) for name, read, holds in CLAIMS]
    head = ["| | " + " | ".join(runs) + " | claim holds |", "|---|---|---|---|---|"]
    return [*head, *rows]


Reading = Callable[[Series], Any]
Verdict = Callable[[Any, Any, Any], bool]


def row(name: str, read: Reading, holds: Verdict, runs: tuple[Series, ...]) -> str:
    """One of the table."""
    values = [read(series) for series in runs]
    verdict = "yes" if holds(*values) else "no"
    return f"| {name} | {' | '.join(map(shown, values))} | {verdict} |"


def shown(value: Any) -> str:
    """A value of the table."""
    if isinstance(value, tuple):
        return ", ".join(map(shown, value))
    return value if isinstance(value, str) else f"{value:.3g}"


def last(column: str, factor: float = 1.0) -> Reading:
    """The last value of a column."""
    return lambda series: factor * float(series[column][-1])


def dead_part(series: Series) -> float:
    """Per cent of the lithium in the electrolyte, at its largest."""
    return float(np.max(100 * series["dead_lithium"] / series["lithium_in_electrolyte"]))


def largest_pressure(series: Series) -> float:
    """P_m in lithium [MPa]."""
    return 1e-6 * float(np.max(series["pressure_in_lithium"]))


def leakage(series: Series) -> tuple[float, float]:
    """Lowest leakage of the last tenth in floors, and the number of excursions."""
    current, time = series["electronic_current"], series["time"]
    late = time >= time[-1] - 0.1 * (time[-1] - time[0])
    return float(current[late].min()) / floor(current), float(excursions(time, current))


def near(value: float, wanted: float) -> bool:
    """Within a quarter."""
    return abs(value / wanted - 1) <= 0.25


CLAIMS: tuple[tuple[str, Reading, Verdict], ...] = (
    (
        "lithium in the electrolyte at the end [mol/m²]",
        last("lithium_in_electrolyte"),
        lambda a, b, c: a > b > c and c <= 0.8 * a,
    ),
    ("dead part of it, largest [%]", dead_part, lambda a, b, c: a <= 0.1 and c >= 1.0),
    (
        "largest P_m in lithium [MPa]",
        largest_pressure,
        lambda a, b, c: near(a, 2.0) and near(c, 12.0),
    ),
    (
        "mean volume strain of lithium at the end [1]",
        last("volume_strain_in_lithium"),
        lambda a, b, c: a > 0,
    ),
    (
        "preference for pore walls at the end [1]",
        last("wall_preference"),
        lambda a, b, c: a <= 1.0 < b,
    ),
    (
        "leakage late in floors, excursions that came back",
        leakage,
        lambda a, b, c: a[0] >= HARD and c[0] < HARD and c[1] >= 2,
    ),
    (
        "class at the end",
        lambda series: CLASSES[int(series["short_circuit"][-1])],
        lambda a, b, c: a == "hard" and c == "soft",
    ),
    (
        "front width, largest [δ]",
        lambda series: float(np.nanmax(series["front_width"])),
        lambda a, b, c: max(a, b, c) <= 1.25,
    ),
)
