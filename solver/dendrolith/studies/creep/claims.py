"""What a pressed cell shows beside figure 6 of Cao et al. 2023, as rows of a table.

The paper gives no numbers for these figures: what can be compared is the shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dendrolith.core.constants import HOUR

HEADER = ("figure", "what the paper says", "what this cell shows", "agrees")
SHAPE, NOT = "shape", "not"
MPA, UM, MM = 1e6, 1e-6, 1e-3
SLIGHT = 0.1  # of the radius of a rod, a bulge beyond which nobody calls slight

Row = tuple[str, str, str, str]


def _agrees(holds: bool) -> str:
    return SHAPE if holds else NOT


def is_lifted(config: Any, series: Mapping[str, Any]) -> bool:
    """The rods of a press came to their pressure, and back.

    Args:
        config: input of the study `press`.
        series: its time series.
    """
    p = series["rod_pressure"] / config.pressure
    return bool(p.max() > 0.99 and abs(p[-1]) < 0.01)


def press_claims(config: Any, series: Mapping[str, Any]) -> list[Row]:
    """Of the press.

    Args:
        config: input of the study `press`.
        series: its time series.
    """
    bulge, remains = series["bore_displacement"].max(), series["bore_displacement"][-1]
    reached = series["rod_pressure"].max()
    said = (
        f"{reached / MPA:.0f} MPa are reached; the bore bulges by {bulge / UM:.0f} µm, "
        f"{remains / UM:.0f} µm remain"
    )
    row = ("6B", "pressing at 300 MPa leaves a slight bulge of the tube", said)
    return [(*row, _agrees(0 < remains < SLIGHT * config.radius))]


def charge_claims(config: Any, series: Mapping[str, Any]) -> Iterable[Row]:
    """Of stacking and charge.

    Args:
        config: input of the study `creep`.
        series: its time series.
    """
    time, p = series["time"] - config.frame.hold, series["stack_pressure"] / MPA
    h, slot = series["foil_thickness"] / UM, series["slot_length"] / MM
    locked, held = time >= 0, min(config.frame.hold, float(series["time"][-1]))
    lock = int(locked.argmax()) if locked.any() else len(time) - 1
    yield (
        "6C",
        "at 10 MPa lithium flows into the gap",
        f"in {held:g} s at {config.frame.pressure / MPA:g} MPa the slot fills from "
        f"{slot[0]:.3f} to {slot[lock]:.3f} mm",
        _agrees(slot[lock] > slot[0]),
    )
    if not locked.any():
        return  # nothing is charged yet
    low = lock + int(p[lock:].argmin())
    yield (
        "6F",
        "the pressure rises during the charge",
        f"{p[lock]:.2f} MPa at the locking, {p[low]:.2f} MPa after {time[low] / HOUR:.2f} h, "
        f"{p[-1]:.2f} MPa after {time[-1] / HOUR:.1f} h",
        _agrees(p[-1] > p[low]) + (", after a fall" if low > lock and p[-1] > p[low] else ""),
    )
    yield (
        "6G",
        "lithium flows deeper into the gap",
        f"the slot is filled over {slot[lock]:.3f} mm at the locking, {slot[-1]:.3f} mm at the end",
        _agrees(slot[-1] > slot[lock]),
    )
    yield (
        "2D",
        "less lithium at the rod (strip P3)",
        f"the foil has {h[lock]:.1f} µm at the locking, at least {h[lock:].min():.1f} µm, "
        f"{h[-1]:.1f} µm at the end",
        _agrees(h[-1] < h[lock]),
    )
