"""What an input of the benchmark can say. Lengths have no unit; a second is the unit of time."""

from __future__ import annotations

from dataclasses import dataclass

from dendrolith.core.declare import borrowed, choice, flag, quantity, section, text
from dendrolith.core.sections import Section
from dendrolith.domain.extents import Box, BoxGeometry, FloatArray, too_many_nodes
from dendrolith.fields.table import Field
from dendrolith.physics.binary_alloy import BENCHMARK, BinaryAlloy
from dendrolith.schemes.timestep import TimeSteps
from dendrolith.studies.sections import Checkpointing, Output

COMPOSITION = Field("c", "c", "1", "composition", evolves=True, restarts=True)
STABILISED, ROSENBROCK = "stabilised", "rosenbrock"
FEWEST_CELLS = 3  # across sides that continue each other


@dataclass(frozen=True, slots=True)
class Square(BoxGeometry, Section):
    """The square of variants a and b."""

    mesh_size: float = quantity("1", "edge length h of the mesh", above=0)
    side: float = quantity("1", "side of the square", default=200.0, above=0, source=BENCHMARK)
    periodic: bool = flag(
        "opposite sides continue each other (variant a); else no flux (variant b)", default=True
    )
    cell_type: str | None = borrowed(Box, "cell_type")

    @property
    def length(self) -> float:
        """Extent along x [1]."""
        return self.side

    @property
    def height(self) -> float:  # type: ignore[override]
        """Extent along y [1]."""
        return self.side

    @property
    def depth(self) -> None:  # type: ignore[override]
        """None: there is no third dimension."""
        return None

    @property
    def joined_axes(self) -> tuple[int, ...]:
        """Both or none."""
        return (0, 1) if self.periodic else ()

    def folded(self, x: FloatArray) -> FloatArray:
        """Points (3, n), those of far sides moved to the near ones that continue them.

        The composition at the start is not periodic: one of two joined nodes must count.
        """
        places = x.copy()
        for axis in self.joined_axes:
            places[axis, x[axis] > self.side - self.mesh_size / 2] = 0.0
        return places

    def conflicts(self, config: object) -> list[tuple[str, str]]:
        """A cell must not be its own neighbour, and there are no more than a run can have."""
        if self.periodic and self.counts[0] < FEWEST_CELLS:
            return [("periodic", f"needs at least {FEWEST_CELLS} cells across")]
        return too_many_nodes(float(self.counts[0]) ** 2, "use a larger one")


@dataclass(frozen=True, slots=True)
class Ripples:
    """The composition at the start: c₀ and small waves.

    c = c₀ + ε [cos(0.105x) cos(0.11y) + (cos(0.13x) cos(0.087y))²
               + cos(0.025x − 0.15y) cos(0.07x − 0.02y)]
    """

    mean: float = quantity("1", "c_0", default=0.5, source=BENCHMARK)
    amplitude: float = quantity("1", "amplitude epsilon", default=0.01, source=BENCHMARK)


@dataclass(frozen=True, slots=True)
class Time(TimeSteps):
    """Length of the run, its steps and their scheme."""

    scheme: str = choice(
        (ROSENBROCK, STABILISED),
        "rosenbrock: third order, its error chooses the step; stabilised: first order, the energy "
        "falls at any step, max_change and max_step choose it",
        default=ROSENBROCK,
    )


@dataclass(frozen=True, slots=True)
class Config:
    """One run of the benchmark."""

    geometry: Square = section("the square and its mesh")
    time: Time = section("length of the run, and how the step is controlled")
    output: Output = section("what is written when")
    study: str = choice(("pfhub",), "what is simulated", default="pfhub")
    title: str = text("one line on the run", default="")
    alloy: BinaryAlloy = section(
        "free energy and mobility", default=BinaryAlloy(), source=BENCHMARK
    )
    start: Ripples = section("composition at the start", default=Ripples(), source=BENCHMARK)
    checkpoint: Checkpointing = section("what a killed run loses at most", default=Checkpointing())
