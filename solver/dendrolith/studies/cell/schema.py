"""What an input of a whole cell can say."""

from __future__ import annotations

from dataclasses import dataclass

from dendrolith.config.materials import set_choice
from dendrolith.control.stages import Stage
from dendrolith.core.declare import choice, quantity, section, sequence, text
from dendrolith.core.sections import Section
from dendrolith.physics.bridge import Bridge
from dendrolith.physics.collector import Collector
from dendrolith.physics.counter_electrode import CounterElectrode
from dendrolith.physics.dendrites import Dendrites
from dendrolith.physics.frame import LockedFrame
from dendrolith.physics.interphase import Interphase
from dendrolith.physics.kinetics import ButlerVolmer
from dendrolith.schemes.timestep import TimeSteps
from dendrolith.studies.cell_sections import Interlayer, Lithium, Separator
from dendrolith.studies.sections import Checkpointing, Output


@dataclass(frozen=True, slots=True)
class Time(TimeSteps):
    """Length of the run and control of its step by charge and voltage."""

    max_change: float = quantity(
        "1",
        "change of x that a step aims at, or twice that of U in volts; above 1.5 times it is taken "
        "back",
        default=0.01,
        above=0,
        at_most=0.1,
    )
    max_step: float = quantity("s", "largest step", default=600.0, above=0)
    first_step: float = quantity("s", "first step", default=1.0, above=0)


@dataclass(frozen=True, slots=True)
class Config(Section):
    """One cell."""

    counter_electrode: CounterElectrode = section("counter electrode; what counter_set leaves out")
    kinetics: ButlerVolmer = section("charge transfer of lithium")
    separator: Separator = section("electrolyte between the electrodes")
    control: tuple[Stage, ...] = sequence(
        "how the cell is driven: stages, one after another; '- repeat: 3' with 'stages: [...]' "
        "goes through those three times",
        repeats="stages",
    )
    time: Time = section("length of the run, and how the step is controlled")
    output: Output = section("what is written when")
    study: str = choice(("cell",), "what is simulated", default="cell")
    title: str = text("one line on the run", default="")
    counter_set: str | None = set_choice(
        "counter", "material set of the counter electrode, with sources"
    )
    lithium_metal: Lithium = section("lithium electrode", default=Lithium())
    external_resistance: float = quantity(
        "Ohm m^2", "resistance R_s of the leads", default=0.0, at_least=0
    )
    bridge: Bridge | None = section("lithium through the separator (absent: none)", default=None)
    collector: Collector | None = section(
        "bare collector in place of a lithium foil (absent: a foil)", default=None
    )
    interlayer: Interlayer | None = section(
        "electrolyte between lithium and separator (absent: none)", default=None
    )
    interphase: Interphase | None = section(
        "reaction of plated lithium with the separator (absent: none)", default=None
    )
    dendrites: Dendrites | None = section(
        "lithium that bridges, is consumed and fed: stages of a soft short (absent: none)",
        default=None,
    )
    frame: LockedFrame | None = section("what presses on the stack (absent: nothing)", default=None)
    checkpoint: Checkpointing = section("what a killed run loses at most", default=Checkpointing())
