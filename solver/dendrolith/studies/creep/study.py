"""The study `creep`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from dendrolith.observables.show import Chart, Number, Profile, Reading, Show, last
from dendrolith.studies.creep.assumptions import assumed_values, model_lines
from dendrolith.studies.creep.schema import Config
from dendrolith.studies.ladder import Ladder, Refinement, step_powers
from dendrolith.studies.study import Setup, Study

if TYPE_CHECKING:
    from mpi4py import MPI

PRESSURE = Chart(
    "Pressure",
    "mean pressure",
    "MPa",
    1e-6,
    (("stack_pressure [Pa]", "finite elements"), ("network_pressure [Pa]", "network")),
)
FACE = Profile(
    "face_pressure",
    "Pressure on the electrolyte",
    "radius",
    ("from [m]", "to [m]"),
    "pressure [Pa]",
    (("pressure [Pa]", "pressure"),),
    ("axis", "edge"),
)
THICKNESS = Chart("Foil", "thickness", "µm", 1e6, (("foil_thickness [m]", "foil"),))
SLOT = Chart("Slot", "length", "mm", 1e3, (("slot_length [m]", "filled"),))
ROWS = Profile(
    "transmission",
    "Neutron transmission over that at the locking",
    "height above the electrolyte",
    ("from [m]", "to [m]"),
    "T/T0",
    (("through_axis [1]", "through the axis"), ("beside_rod [1]", "beside the rod")),
    ("electrolyte", "rod"),
)
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
    legend: ClassVar[Mapping[str, str]] = {
        "mesh": "cells across film and slot; 6 leave 0.3 % of the pressure",
        "plating speed": "thickness that the current plates in an hour",
        "network, p at": "pressure on the electrolyte by the network of film and slot",
    }
    free = frozenset({"time.max_step", "time.max_change"})
    fixed = ("cell", "mesh", "time.first_step", "output.every")
    shows = Show(
        progress=READINGS,
        status=READINGS,
        charts={"mechanics": (PRESSURE, THICKNESS, SLOT)},
        numbers={"key": OBSERVABLES},
        series=(PRESSURE, SLOT),
        profiles=(FACE, ROWS),
    )

    def describe(self, config: Config, ranks: int) -> list[str]:
        """Title, laws, and all that is assumed."""
        assumed = ", ".join(f"{key} {value}" for key, value in assumed_values(config))
        lines = [*super().describe(config, ranks), f"  assumed    {assumed}"]
        lines += [f"  model      {line}" for line in model_lines(config)]
        if ranks > 1:
            lines.append("  note: every rank computes the whole cell; one is as fast")
        return lines

    def size(self, config: Config) -> list[tuple[str, str]]:
        """Cells across film and slot."""
        return [("mesh", f"{config.mesh.across} cells across film and slot, each of 4 triangles")]

    def ladder(self, config: Config) -> Ladder:
        """Mesh and step together, and each apart; cells are halved evenly, the graded ones too."""
        finer: dict[str, Callable[[Any, float], Any]] = {
            "mesh.across": lambda count, s: round(count * s),
            "mesh.grading": lambda ratio, s: ratio ** (1 / s),
        }
        step = step_powers(config)
        return Ladder(
            Refinement("h, dt", step, order=2, ratio=1.5, changes=finer),
            apart=(
                Refinement("h", {}, order=2, ratio=1.5, changes=finer),
                Refinement("dt", step, order=2),
            ),
            held=("frame.stiffness", *(() if config.cell.gap.profile else ("cell.gap.width",))),
            observables=OBSERVABLES,
            notes=("Where walls and rod meet the flow is singular: the order of h may be lower.",),
        )

    def summary(self, config: Config, rows: list[dict[str, float]]) -> list[str]:
        """The end, and the lowest pressure."""
        lowest = min(rows, key=lambda row: row["stack_pressure [Pa]"])
        return [
            *(reading.line(rows[-1]) for reading in READINGS),
            f"  lowest pressure      {lowest['stack_pressure [Pa]'] / 1e6:.4g} MPa at "
            f"{lowest['time [s]']:.4g} s",
        ]

    def setup(self, config: Config, comm: MPI.Comm) -> Setup:
        """Mesh, flow, frame and observables."""
        from dendrolith.studies.creep.build import build

        return build(config, comm)

    def rehearse(self, config: Config) -> list[str]:
        """Refuse a closed gap."""
        from dendrolith.studies.creep.build import check_open

        check_open(config)
        return []

    def numbers(self, config: Config) -> list[tuple[str, str]]:
        """The course of pressure by the network model."""
        from dendrolith.studies.creep.estimate import preview_times
        from dendrolith.studies.creep.network import Network

        course = Network(config).run(preview_times(config))
        found = [("plating speed", f"{config.plating_speed * 3.6e9:.4g} um/h")]
        for t, p in zip(course.time, course.pressure, strict=True):
            found.append((f"network, p at {float(f'{t:.4g}'):g} s", f"{p / 1e6:.4g} MPa"))
        return found
