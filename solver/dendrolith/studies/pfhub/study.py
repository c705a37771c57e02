"""The study `pfhub`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from dendrolith.observables.show import Chart, Number, Reading, Show, last
from dendrolith.studies.ladder import Ladder, Refinement, last_values, step_powers
from dendrolith.studies.pfhub.schema import COMPOSITION, ROSENBROCK, STABILISED, Config
from dendrolith.studies.study import Setup, Study

if TYPE_CHECKING:
    from mpi4py import MPI

ENERGY = Chart(
    "Free energy",
    "free energy",
    "1",
    1.0,
    (("free_energy [1]", "total"), ("gradient_energy [1]", "gradient")),
)

KEY_NUMBERS = (
    Number("Free energy", "1", last("free_energy [1]")),
    Number("Gradient energy", "1", last("gradient_energy [1]")),
    Number("Mass", "1", last("mass [1]")),
)


class PFHub(Study):
    """PFHub benchmark 1: spinodal decomposition, periodic (1a) or without flux (1b)."""

    name, config = "pfhub", Config
    legend: ClassVar[Mapping[str, str]] = {
        "mesh": "pairs of triangles, and nodes",
        "interface width / h": "mesh sizes across an interface [1]; 3 resolve it",
    }
    free = frozenset({"time.max_step", "time.max_change", "time.error_tolerance"})
    fixed = ("geometry", "start", "time.first_step", "output.every")
    shows = Show(
        fields={"c": COMPOSITION},
        pictures=("c",),
        progress=(Reading("free energy", "free_energy [1]", "", digits=6),),
        status=(
            Reading("free energy", "free_energy [1]", "", digits=6),
            Reading("mass", "mass [1]", "", digits=12),
        ),
        charts={"energy": (ENERGY,)},
        numbers={"key": KEY_NUMBERS},
        series=(ENERGY,),
        lengths="",
    )

    def setup(self, config: Config, comm: MPI.Comm) -> Setup:
        """Mesh, composition and observables (collective)."""
        from dendrolith.studies.pfhub.build import build

        return build(config, comm)

    def size(self, config: Config) -> list[tuple[str, str]]:
        """Cells and nodes of the mesh."""
        across = config.geometry.counts[0]
        nodes = across**2 if config.geometry.periodic else (across + 1) ** 2
        return [("mesh", f"{across} x {across}, {nodes} nodes")]

    def numbers(self, config: Config) -> list[tuple[str, str]]:
        """What decides whether interfaces are resolved."""
        ratio = config.alloy.interface_width / config.geometry.mesh_size
        return [("interface width / h", f"{ratio:.3g} (3 or more)")]

    def ladder(self, config: Config) -> Ladder:
        """Mesh and step together, and each apart; the interface is physics here."""
        third = config.time.scheme == ROSENBROCK
        step = step_powers(config) | ({"time.error_tolerance": 3.0} if third else {})
        mesh = {"geometry.mesh_size": 1.0}
        return Ladder(
            Refinement("h, dt", mesh | step, order=2 if third else 1),
            apart=(Refinement("h", mesh, order=2), Refinement("dt", step, order=3 if third else 1)),
            held=("alloy.gradient_coefficient", "alloy.mobility", "geometry.side"),
            observables=last_values(self.shows),
        )

    def sources(self, config: Config) -> list[tuple[str, str]]:
        """Of finite elements and solvers, and of the steps."""
        scheme = {ROSENBROCK: "sandu1997", STABILISED: "eyre1998"}[config.time.scheme]
        return [*super().sources(config), (scheme, "steps")]

    def summary(self, config: Config, rows: list[dict[str, float]]) -> list[str]:
        """The energy at the end."""
        return [f"  free energy          {rows[-1]['free_energy [1]']:.6g}"]
