"""The study `creep`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dendrolith.observables.show import Chart, Number, Reading, Show, last
from dendrolith.studies.creep.schema import Config
from dendrolith.studies.study import Setup, Study

if TYPE_CHECKING:
    from mpi4py import MPI

PRESSURE = Chart("pressure", "mean pressure", "MPa", 1e-6, (("stack_pressure [Pa]", "on the rod"),))
THICKNESS = Chart("foil", "thickness", "µm", 1e6, (("foil_thickness [m]", "foil"),))
SLOT = Chart("slot", "length", "mm", 1e3, (("slot_length [m]", "filled"),))
READINGS = (
    Reading("pressure", "stack_pressure [Pa]", "MPa", 1e-6),
    Reading("foil", "foil_thickness [m]", "µm", 1e6, digits=5),
    Reading("slot", "slot_length [m]", "mm", 1e3),
)
OBSERVABLES = (
    Number("Pressure", "MPa", last("stack_pressure [Pa]", 1e-6)),
    Number("Thickness of the foil", "µm", last("foil_thickness [m]", 1e6)),
    Number("Filled slot", "mm", last("slot_length [m]", 1e3)),
)


class Creep(Study):
    """Lithium under a rod in a tube: stacking under a force, then charge in a locked frame."""

    name, config = "creep", Config
    free = frozenset({"time.max_step", "time.max_change"})
    fixed = ("cell", "mesh", "time.first_step", "output.every")
    shows = Show(
        progress=READINGS,
        status=READINGS,
        charts={"mechanics": (PRESSURE, THICKNESS, SLOT)},
        numbers={"key": OBSERVABLES},
        series=(PRESSURE, SLOT),
    )

    def setup(self, config: Config, comm: MPI.Comm) -> Setup:
        """Mesh, flow, frame and observables."""
        from dendrolith.studies.creep.build import build

        return build(config, comm)

    def numbers(self, config: Config) -> list[tuple[str, str]]:
        """The course of pressure by the network model."""
        from dendrolith.studies.creep.estimate import preview_times
        from dendrolith.studies.creep.network import Network

        course = Network(config).run(preview_times(config))
        found = [("plating speed", f"{config.plating_speed * 3.6e9:.4g} um/h")]
        for t, p in zip(course.time, course.pressure, strict=True):
            found.append((f"network, p at {t:.4g} s", f"{p / 1e6:.4g} MPa"))
        return found
