"""What is measured of a pressed cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dendrolith.observables.base import Observable, Row, StepView, Table
from dendrolith.studies.creep.charge import PressedLithium
from dendrolith.studies.creep.network import Network
from dendrolith.studies.creep.schema import Config

FACE = Table("face_pressure", ("time [s]", "from [m]", "to [m]", "pressure [Pa]"))
WALL = Table("wall_pressure", ("time [s]", "z [m]", "gap [m]", "pressure [Pa]"))
OUTLINE = Table("outline", ("time [s]", "r [m]", "z [m]"))


class Readings(Observable):
    """Pressure, foil and slot in every step; outline, pressure of face and bore at output times.

    Args:
        config: the input.
        cell: lithium.
    """

    columns: tuple[str, ...] = (
        "stack_pressure [Pa]",
        "foil_thickness [m]",
        "rod_travel [m]",
        "slot_length [m]",
        "plated_thickness [m]",
        "closing_speed [m/s]",
        "lithium_volume [m^3]",
        "volume_error [1]",
        "volume_correction [1]",
        "peak_flow_stress [Pa]",
        "resistance_factor [1]",
        "network_pressure [Pa]",
        "bore_displacement [m]",
    )
    tables = (FACE, WALL, OUTLINE)

    def __init__(self, config: Config, cell: PressedLithium) -> None:
        self._config, self._cell, self._height = config, cell, config.cell.slot_end
        if self._height is not None:
            self.columns = (*self.columns, "gap_filled [1]")

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """The present values."""
        cell, config = self._cell, self._config
        shape, plated = cell.shape, config.plated(cell.time)
        expected = cell.start_volume + shape.area * plated
        network = Network(config).run(np.array([cell.time]))
        return (
            cell.pressure,
            cell.h,
            cell.h - config.cell.foil_thickness,
            cell.length,
            plated,
            cell.closing,
            shape.volume,
            (shape.volume - expected) / (shape.area * config.cell.foil_thickness),
            cell.correction,
            cell.flow.peak_stress() * cell.stress_unit,
            cell.factor,
            float(network.pressure[0]),
            cell.wall.displacement,
            *(() if self._height is None else ((cell.h + cell.length) / self._height,)),
        )

    def rows(self, view: StepView) -> Mapping[str, Sequence[Row]]:
        """New rows at an output time."""
        if not view.milestone:
            return {}
        cell, unit = self._cell, self._config.cell.foil_thickness
        radius, pressure = cell.flow.floor_pressure()
        rod = cell.pressure if cell.is_closed else cell.flow.mean * cell.stress_unit
        radius, pressure = radius * unit, cell.pressure_of(pressure / cell.flow.mean, rod)
        means = (pressure[1:] + pressure[:-1]) / 2
        face = zip(radius, radius[1:], means, strict=False)
        shape = cell.shape
        z, share = cell.on_bore(cell.h, cell.length)
        wall_rows = zip(z, shape.bore.width(z), cell.pressure_of(share, rod), strict=True)
        inside = shape.bore.z[(shape.bore.z > 0) & (shape.bore.z < shape.rim)]
        wall = [(shape.radius + shape.bore.width_at(z), z) for z in (0.0, *map(float, inside))]
        outline = (
            (0.0, 0.0),
            *wall,
            *((float(r), float(z)) for r, z in shape.front_nodes[::-1]),
            (shape.radius, shape.thickness),
            (0.0, shape.thickness),
        )
        return {
            FACE.name: [(view.time, float(a), float(b), float(p)) for a, b, p in face],
            WALL.name: [(view.time, float(h), float(g), float(p)) for h, g, p in wall_rows],
            OUTLINE.name: [(view.time, r, z) for r, z in outline],
        }
