"""The study `press`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dendrolith.observables.show import (
    Chart,
    Number,
    Profile,
    Reading,
    Results,
    Show,
    Value,
    last,
    reduced,
)
from dendrolith.studies.ladder import Ladder, Refinement
from dendrolith.studies.press.schema import Config
from dendrolith.studies.study import Setup, Study

if TYPE_CHECKING:
    from mpi4py import MPI

PRESSURE = Chart(
    "Pressure",
    "pressure",
    "MPa",
    1e-6,
    (("rod_pressure [Pa]", "of the rods"), ("wall_pressure [Pa]", "on the bore")),
)
DENSITY = Chart(
    "Density",
    "relative density",
    "1",
    1.0,
    (
        ("pellet_density [1]", "mean"),
        ("least_density [1]", "least"),
        ("largest_density [1]", "largest"),
    ),
)
BULGE = Chart("Bore", "displacement", "µm", 1e6, (("bore_displacement [m]", "bore, largest"),))
BORE = Profile(
    "bore",
    "Gap between rod and bore",
    "height above the pellet",
    ("from [m]", "to [m]"),
    "gap [m]",
    (("gap [m]", "gap"),),
    ("pellet", "end of the tube"),
)
LIFTED = 0.01  # of the largest pressure: below it the rods press no more


def _remaining(run: Results) -> Value:
    """Displacement of the bore once the rods are lifted [µm]; None where they were not."""
    pressure = run.series.get("rod_pressure [Pa]")
    if pressure is None or not pressure.size or pressure[-1] > LIFTED * pressure.max():
        return None
    return last("bore_displacement [m]", 1e6)(run)


READINGS = (
    Reading("pressure", "rod_pressure [Pa]", "MPa", 1e-6),
    Reading("density", "pellet_density [1]"),
    Reading("bore", "bore_displacement [m]", "µm", 1e6),
)
OBSERVABLES = (
    Number("Largest pressure", "MPa", reduced("rod_pressure [Pa]", np.max, 1e-6)),
    Number("Density of the pellet", "1", last("pellet_density [1]")),
    Number("Largest displacement of the bore", "µm", reduced("bore_displacement [m]", np.max, 1e6)),
    Number("Displacement that remains", "µm", _remaining),
)


def ring_lines(config: Config, rows: list[dict[str, float]]) -> list[str]:
    """What of the pellet is beyond the rod, and whether its tube bears it."""
    rise = max(row["ring_rise [m]"] for row in rows)
    part = max(row["face_beyond_rod [1]"] for row in rows)
    lines = [f"  beyond the rod       {100 * part:.2g} % of the face, {rise * 1e6:.3g} µm above it"]
    end, peak = rows[-1], max(row["rod_pressure [Pa]"] for row in rows)
    if end["least_density [1]"] < config.powder.start_density:
        lines.append(
            f"  note: at {peak / 1e6:.4g} MPa powder has come loose: this tube does not bear the "
            f"pellet at {config.pressure / 1e6:.4g} MPa; give it a sleeve, a harder tube_set or a "
            "larger powder.critical_ratio"
        )
    return lines


class Press(Study):
    """Powder pressed to a pellet in a soft tube, and let go."""

    name, config = "press", Config
    legend: ClassVar[Mapping[str, str]] = {
        "mesh": "nodes of the displacement",
        "D in a rigid die": "relative density at the largest pressure where the wall does not move",
        "wall pressure there": "on a rigid wall; the tube must bear about that",
        "elastic limit": "pressure at which a long tube begins to yield",
        "collapse": "pressure that a long tube of small strain bears without hardening",
    }
    free = frozenset({"time.max_step", "time.max_change", "time.end"})
    fixed = ("powder", "tube", "sleeve", "radius", "fill_height", "mesh_size", "output.every")
    shows = Show(
        progress=READINGS,
        status=READINGS,
        charts={"mechanics": (PRESSURE, DENSITY, BULGE)},
        numbers={"key": OBSERVABLES},
        series=(PRESSURE, DENSITY),
        profiles=(BORE,),
    )

    def setup(self, config: Config, comm: MPI.Comm) -> Setup:
        """Mesh, solids, rods and observables."""
        from dendrolith.studies.press.build import build

        return build(config, comm)

    def numbers(self, config: Config) -> list[tuple[str, str]]:
        """What the powder would do in a rigid die, and what a long tube bears."""
        tube, a = config.tube, config.radius
        ratio = (tube.outer_radius / a) ** 2
        limit = tube.yield_stress / np.sqrt(3) * (1 - 1 / ratio)
        collapse = tube.yield_stress / np.sqrt(3) * np.log(ratio)
        return [
            ("D in a rigid die", f"{config.pressed_density:.4g}"),
            ("wall pressure there", f"{config.powder.wall_ratio * config.pressure / 1e6:.4g} MPa"),
            ("elastic limit", f"{limit / 1e6:.4g} MPa"),
            ("collapse", f"{collapse / 1e6:.4g} MPa"),
        ]

    def advice(self, config: Config) -> list[str]:
        """Why the pressure may not be reached."""
        return [
            "the tube may not bear the pellet: compare wall pressure and collapse in "
            "dendrolith check; give it a sleeve, a harder tube_set or a larger critical_ratio",
            "cells of the bore are distorted at the shoulder of the bulge: change mesh_size",
        ]

    def ladder(self, config: Config) -> Ladder:
        """Mesh and step together."""
        finer = {"mesh_size": 1.0, "time.max_change": 1.0, "time.max_step": 1.0}
        return Ladder(
            Refinement("h, dt", finer, order=1, ratio=2**0.5),
            held=("pressure", "radius"),
            observables=OBSERVABLES,
        )

    def summary(self, config: Config, rows: list[dict[str, float]]) -> list[str]:
        """What was reached, and what remains."""
        peak = max(row["rod_pressure [Pa]"] for row in rows)
        bulge = max(row["bore_displacement [m]"] for row in rows)
        return [
            f"  largest pressure     {peak / 1e6:.4g} MPa",
            f"  largest bulge        {bulge * 1e6:.4g} µm",
            *ring_lines(config, rows),
            *(reading.line(rows[-1]) for reading in READINGS),
        ]
