"""What an input of a circuit can say."""

from __future__ import annotations

from dataclasses import dataclass

from dendrolith.control.stages import Stage
from dendrolith.core.declare import choice, quantity, section, sequence, text
from dendrolith.physics.circuit import Circuit
from dendrolith.schemes.timestep import TimeSteps
from dendrolith.studies.sections import Checkpointing, Output


@dataclass(frozen=True, slots=True)
class Start:
    """The cell at the start; its R||C elements are discharged."""

    state_of_charge: float = quantity("1", "q/Q", default=0.0, at_least=0, at_most=1)


@dataclass(frozen=True, slots=True)
class Config:
    """One run of a circuit."""

    circuit: Circuit = section("what lies between the terminals")
    control: tuple[Stage, ...] = sequence(
        "how the cell is driven: stages, one after another; '- repeat: 3' with 'stages: [...]' "
        "goes through those three times",
        repeats="stages",
    )
    time: TimeSteps = section("length of the run, and how the step is controlled")
    output: Output = section("what is written when")
    study: str = choice(("circuit",), "what is simulated", default="circuit")
    title: str = text("one line on the run", default="")
    start: Start = section("the cell at the start", default=Start())
    checkpoint: Checkpointing = section("what a killed run loses at most", default=Checkpointing())
