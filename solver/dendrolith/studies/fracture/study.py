"""The study `fracture`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dendrolith.observables.show import Chart, Number, Reading, Show, last, reduced
from dendrolith.physics.griffith import (
    bipolar_shape,
    centre_notch_stress,
    line_crack_compliance,
    line_crack_pressure,
)
from dendrolith.studies.fracture.schema import DAMAGE, DISPLACEMENT, Config
from dendrolith.studies.ladder import Ladder, Refinement, step_powers
from dendrolith.studies.study import Setup, Study

if TYPE_CHECKING:
    from mpi4py import MPI

STRESS, PRESSURE = "mean_stress [Pa]", "pressure [Pa]"
LOAD = Chart("Load", "mean stress", "MPa", 1e-6, ((STRESS, "mean stress"),))
PRESSED = Chart("Pressure", "pressure", "MPa", 1e-6, ((PRESSURE, "pressure in the crack"),))
TIP = Chart("Tip", "half-length", "µm", 1e6, (("crack_tip [m]", "tip of the crack"),))
ENERGY = Chart(
    "Energy", "energy", "J/m", 1.0,
    (
        ("work [J/m]", "work"),
        ("elastic_energy [J/m]", "elastic"),
        ("fracture_energy [J/m]", "fracture"),
    ),
)  # fmt: skip
PULLED = (
    Number("Largest mean stress", "MPa", reduced(STRESS, np.max, 1e-6)),
    Number("Mean stress", "MPa", last(STRESS, 1e-6)),
)
FILLED = (
    Number("Largest pressure", "MPa", reduced(PRESSURE, np.max, 1e-6)),
    Number("Pressure", "MPa", last(PRESSURE, 1e-6)),
)
ENERGIES = (
    Number("Work", "J/m", last("work [J/m]")),
    Number("Elastic energy", "J/m", last("elastic_energy [J/m]")),
    Number("Fracture energy", "J/m", last("fracture_energy [J/m]")),
)
READINGS = (
    Reading("mean stress", STRESS, "MPa", 1e-6),
    Reading("pressure", PRESSURE, "MPa", 1e-6),
    Reading("largest damage", "largest_damage [1]", "", digits=3),
)


class FractureStudy(Study):
    """A plate, with a central notch or without, pulled or pressed open until it breaks."""

    name, config = "fracture", Config
    legend: ClassVar[Mapping[str, str]] = {
        "mesh": "cells, or pairs of triangles, and nodes",
        "G_c on this mesh": "toughness that a crack on this mesh needs, a little above the input's",
        "strength sigma_c": "stress at which the plate breaks without a notch, on this mesh",
        "notch grows at": "stress on the plate at which Griffith's criterion lets the notch grow",
        "notch opens at": "pressure in the notch at which it grows in an infinite plate, p_c",
        "with a volume of": "what the notch holds then, 2 pi a^2 p_c/E' in an infinite plate",
        "a/ell": "half length of the notch over the length of damage [1]; 8 or more, or strength "
        "and not toughness decides",
    }
    free = frozenset({"time.max_step", "time.max_change", "time.jump_step", "staggering.sweeps"})
    fixed = ("geometry", "time.first_step", "output.every")
    shows = Show(
        fields={"d": DAMAGE, "u": DISPLACEMENT},
        pictures=("d",),
        progress=READINGS,
        status=READINGS,
        charts={"mechanics": (LOAD, PRESSED, TIP, ENERGY)},
        series=(LOAD, PRESSED, TIP, ENERGY),
        numbers={"key": (*PULLED, *FILLED, *ENERGIES)},
    )

    def setup(self, config: Config, comm: MPI.Comm) -> Setup:
        """Mesh, notch, blocks and observables (collective)."""
        from dendrolith.studies.fracture.build import build

        return build(config, comm)

    def size(self, config: Config) -> list[tuple[str, str]]:
        """Nodes of the mesh."""
        columns, rows = config.geometry.counts
        what = "pairs of triangles" if config.geometry.cell_type != "quadrilateral" else "cells"
        return [("mesh", f"{columns} x {rows} {what}, {(columns + 1) * (rows + 1)} nodes")]

    def numbers(self, config: Config) -> list[tuple[str, str]]:
        """Toughness on the mesh, strength, and the stress at which the notch grows."""
        plate, damage, modulus = config.geometry, config.damage, config.solid.plane_strain_modulus
        tough, used = damage.on_mesh(plate.mesh_size), damage.solved_on(plate.mesh_size)
        found = [
            ("G_c on this mesh", f"{tough:.4g} J/m^2"),
            ("strength sigma_c", f"{used.strength(modulus) / 1e6:.4g} MPa"),
        ]
        if plate.notch is not None:
            found += self._griffith(config, tough, plate.notch)
            found.append(("a/ell", f"{plate.notch / damage.length:.3g} (8 or more)"))
        return found

    def _griffith(self, config: Config, tough: float, a: float) -> list[tuple[str, str]]:
        """When a notch grows: stress on the plate, or pressure and volume in it."""
        modulus, loading = config.solid.plane_strain_modulus, config.loading
        stack = loading.stack_pressure or 0.0
        if loading.rate is not None:
            plate = config.geometry
            stress = centre_notch_stress(modulus, tough, a, plate.width - plate.centre)
            return [("notch grows at", f"{stress / 1e6:.4g} MPa (Griffith)")]
        if loading.bipolar and stack > 0:
            return []  # it closes the half that nothing presses open: no closed form
        if loading.bipolar:
            shape = math.sqrt(math.pi) * bipolar_shape()
            pressure = math.sqrt(modulus * tough / a) / shape
            return [("notch opens at", f"{pressure / 1e6:.4g} MPa at its end (Griffith)")]
        pressed = None if loading.pressed is None else min(loading.pressed, a)
        excess = line_crack_pressure(modulus, tough, a, pressed)
        volume = excess * line_crack_compliance(modulus, a)
        # K_I is linear: what closes all of the crack counts as p_c of all of it does
        pressure = excess * (1 + stack / line_crack_pressure(modulus, tough, a))
        found = [("notch opens at", f"{pressure / 1e6:.4g} MPa (Griffith)")]
        return found + ([("with a volume of", f"{volume:.4g} m^2")] if pressed is None else [])

    def ladder(self, config: Config) -> Ladder:
        """Mesh and step together, and each apart; the length of damage is held."""
        step = step_powers(config) | {"time.jump_step": 1.0}
        mesh = {"geometry.mesh_size": 1.0}
        pulled = config.loading.rate is not None
        load = "loading.rate" if pulled else "loading.volume_rate"
        return Ladder(
            Refinement("h, dt", mesh | step, order=1, ratio=2**0.5),
            apart=(Refinement("h", mesh, order=1), Refinement("dt", step, order=1)),
            held=("damage.toughness", "damage.length", "geometry.notch", load),
            observables=(*(PULLED if pulled else FILLED), *ENERGIES),
            notes=("The limit is that of this length of damage: it is held.",),
        )

    def summary(self, config: Config, rows: list[dict[str, float]]) -> list[str]:
        """The largest load."""
        pulled = config.loading.rate is not None
        column, what = (STRESS, "mean stress") if pulled else (PRESSURE, "pressure   ")
        peak = max(row[column] for row in rows)
        return [f"  largest {what}  {peak / 1e6:.4g} MPa"]
