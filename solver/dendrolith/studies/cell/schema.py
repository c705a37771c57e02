"""What an input of a whole cell can say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

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
from dendrolith.studies.sections import Checkpointing, Output


@dataclass(frozen=True, slots=True)
class Separator(Section):
    """The electrolyte between lithium and counter electrode."""

    equation: ClassVar[str] = "V = U(x) − E_eq + η_c + η_a + j L/σ,  I = j + G V"

    thickness: float = quantity("m", "thickness L", above=0)
    ionic_conductivity: float = quantity("S/m", "ionic conductivity sigma", above=0)
    electronic_conductivity: float = quantity(
        "S/m", "electronic conductivity: leakage at all times", default=0.0, at_least=0
    )

    @property
    def resistance(self) -> float:
        """L/σ [Ω m²]."""
        return self.thickness / self.ionic_conductivity

    @property
    def leakage(self) -> float:
        """Electronic conductance [S/m²]."""
        return self.electronic_conductivity / self.thickness

    def equations(self) -> list[tuple[str, str]]:
        """The voltage of the cell."""
        return [("cell", self.equation)]


@dataclass(frozen=True, slots=True)
class Interlayer:
    """A second electrolyte, between lithium and separator."""

    thickness: float = quantity("m", "its thickness", above=0)
    ionic_conductivity: float = quantity("S/m", "its ionic conductivity", above=0)

    @property
    def resistance(self) -> float:
        """L/σ [Ω m²]."""
        return self.thickness / self.ionic_conductivity


@dataclass(frozen=True, slots=True)
class Lithium:
    """The metal of the other electrode: a foil that never runs out, or what is plated."""

    molar_volume: float = quantity(
        "m^3/mol",
        "molar volume V_m",
        default=1.3148e-5,
        above=0,
        source="6.941 g/mol over 0.528 g/cm^3",
    )


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
