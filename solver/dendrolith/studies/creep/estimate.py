"""The preview of a charge by the network model, as text; builds no mesh."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dendrolith.studies.creep.network import Course, Network
from dendrolith.studies.creep.schema import Config, check_pressed

SHARES = (0.0, 1e-3, 0.01, 0.05, 0.25, 0.5, 0.75, 1.0)  # of the charge, where it is looked at


def preview_times(config: Config) -> npt.NDArray[np.float64]:
    """(8,) times of a preview [s]: from the locking of the frame to the end."""
    hold, end = config.frame.hold, config.time.end
    if end <= hold:
        return np.array([0.0, end])
    return hold + (end - hold) * np.array(SHARES)


def course_lines(config: Config, course: Course) -> list[str]:
    """The table of a course, a line each."""
    lines = ["         time   pressure   thickness   slot filled   plated"]
    lines.append("          [s]      [MPa]        [um]          [mm]     [um]")
    for t, p, h, L in zip(
        course.time, course.pressure, course.thickness, course.length, strict=True
    ):
        plated = 1e6 * config.plated(t)
        lines.append(f"  {t:11.5g} {p / 1e6:10.3f} {1e6 * h:11.2f} {1e3 * L:13.4f} {plated:8.3f}")
    return lines


def estimate(config: Config) -> str:
    """Pressure, thickness and filled slot of a charge, from the network.

    Raises:
        ConfigError: the slot is not pressed yet.
    """
    check_pressed(config)
    times = preview_times(config)
    course = Network(config).run(times)
    law, cell, frame = config.lithium, config.cell, config.frame
    sigma = law.unit_stress(cell.temperature)
    lines = [
        config.title or "lithium in a pressed cell",
        f"  network model: film and slot, {law.stress_equation}",
        f"  lithium: m {law.creep_exponent:g}, sigma_1 {sigma / 1e6:.4g} MPa s^n at "
        f"{cell.temperature:g} K",
        f"  frame: {frame.pressure / 1e6:g} MPa for {frame.hold:g} s, then "
        f"{1e-12 / frame.compliance:.4g} MPa/um; gap {1e6 * cell.mouth:.4g} um",
        f"  plating {1e6 * config.charge.current:g} uA: {config.plating_speed * 3.6e9:.4g} um/h",
        *course_lines(config, course),
    ]
    if np.isfinite(course.sealed):
        slope = frame.sealed_slope(float(course.thickness[-1]), cell.bulk_modulus)
        lines.append(
            f"  closed from {course.sealed:.4g} s on: {slope * 1e-12:.4g} MPa per um plated"
        )
    else:
        lines += _parts(config, Network(config), course)
    return "\n".join(lines)


def _parts(config: Config, network: Network, course: Course) -> list[str]:
    """Which part of the pressure is film, slot and edge at the end, and what the centre sees."""
    h, length = float(course.thickness[-1]), float(course.length[-1])
    parts = network.parts(h, length)
    whole = sum(parts.values())
    shares = ", ".join(f"{name} {100 * part / whole:.0f} %" for name, part in parts.items())
    return [
        f"  pressure at the end: {shares}",
        f"  film: the centre sees {config.lubrication().centre:.4g} of its mean",
    ]
