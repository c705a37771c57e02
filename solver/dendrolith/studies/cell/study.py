"""The study `cell`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from dendrolith.config.document import child
from dendrolith.control.stages import CURRENT, VOLTAGE, inconsistent_stages
from dendrolith.core.constants import FARADAY
from dendrolith.observables.show import Chart, Reading, Show
from dendrolith.physics.bridge import Bridge
from dendrolith.studies.capacity import KEY, rated_current
from dendrolith.studies.cell.schema import Config
from dendrolith.studies.cell_model import CellModel
from dendrolith.studies.ladder import Ladder, Refinement, last_values, step_powers
from dendrolith.studies.study import Setup, Study
from dendrolith.studies.terminal_charts import CURRENTS, KEY_NUMBERS, TERMINALS, known_currents

if TYPE_CHECKING:
    from mpi4py import MPI
    from ruamel.yaml.nodes import MappingNode

    from dendrolith.traces.decouple.cell_facts import CellFacts
    from dendrolith.traces.shorts.path import KnownCurrents

NEAR = 2e-6  # of x [1]: an end of its range, located to 1e-6

VOLTAGES = Chart(
    "Voltage",
    "voltage",
    "V",
    1.0,
    (("voltage [V]", "cell"), ("open_circuit_potential [V]", "open circuit")),
)
FRACTION = Chart("Lithium", "lithium fraction x", "1", 1.0, (("counter_fraction [1]", "x"),))
CHARGES = Chart(
    "Charges",
    "charge",
    "C/m²",
    1.0,
    (("ion_charge [C/m^2]", "through ions"), ("electronic_charge [C/m^2]", "through metal")),
)
LOSSES = Chart(
    "Overpotentials",
    "overpotential",
    "mV",
    1e3,
    (("counter_overpotential [V]", "counter electrode"), ("anode_overpotential [V]", "lithium")),
)
LITHIUM = Chart(
    "Places of lithium",
    "lithium",
    "mol/m²",
    1.0,
    (
        ("lithium_dense [mol/m^2]", "dense"),
        ("lithium_infiltrated [mol/m^2]", "in paths"),
        ("lithium_dead [mol/m^2]", "dead"),
    ),
)
PRESSURE = Chart(
    "Stack pressure", "pressure of the stack", "MPa", 1e-6, (("cell_pressure [Pa]", "pressure"),)
)
STAGE = Reading(
    "stage of a short", "cell_stage [1]", words=("rest", "I", "II", "III", "IV", "discharge")
)
SWELLING = Chart("Swelling", "of both electrodes", "µm", 1e6, (("swelling [m]", "swelling"),))
READINGS = (
    *TERMINALS,
    Reading("x", "counter_fraction [1]", "", digits=5),
)


class CellStudy(Study):
    """Lithium, separator and counter electrode without a mesh, with a bridge that may close."""

    name, config = "cell", Config
    legend: ClassVar[Mapping[str, str]] = {
        "current of 1C": "rated capacity over one hour",
        "charge of x": "charge of the counter electrode between x = 0 and 1",
        "voltage at rest": "open-circuit potential at the start",
        "ionic resistance": "of the separator",
        "interlayer": "its ionic resistance",
        "pressure per charge": "of plated lithium less what the counter electrode shrinks by",
        "bridge resistance": "of electrons: contact resistance over contact fraction, or of wires",
        "plateau of stage": "current times bridge resistance: there the voltage stops rising; a "
        "value far below the voltage at rest is a hard short",
    }
    free = frozenset({"time.max_step", "time.max_change"})
    fixed = (
        "counter_electrode",
        "kinetics",
        "separator",
        "bridge",
        "collector",
        "interlayer",
        "interphase",
        "dendrites",
        "frame",
        "external_resistance",
        "control",
        "time.first_step",
        "output.every",
    )
    shows = Show(
        progress=READINGS,
        status=READINGS,
        charts={
            "electrical": (VOLTAGES, CURRENTS, FRACTION, CHARGES, LOSSES),
            "lithium": (LITHIUM, SWELLING, PRESSURE),
        },
        series=(VOLTAGES, CURRENTS, FRACTION),
        numbers={"key": KEY_NUMBERS},
        signals={CURRENT: "electronic_current [A/m^2]", VOLTAGE: "voltage [V]"},
    )

    def setup(self, config: Config, comm: MPI.Comm) -> Setup:
        """Cell, control and readings."""
        from dendrolith.studies.cell.build import build

        return build(config, comm)

    def rehearse(self, config: Config) -> list[str]:
        """Read the table of a bridge."""
        CellModel(config)
        return []

    def rated_current(self, root: MappingNode) -> float | None:
        """That of the counter electrode; it must be there, which the reader says."""
        return math.nan if child(root, KEY) is None else rated_current(root)

    def inconsistencies(self, config: Config) -> list[tuple[str, str]]:
        """Conflicts of the sections, and stages that make no sense."""
        stages = inconsistent_stages(config.control)
        driven = [k for k, stage in enumerate(config.control) if stage.current_density != 0]
        if config.collector and driven and (config.control[driven[0]].current or 0.0) < 0:
            stages.append((f".{driven[0]}", "discharges a bare collector: begin with a charge"))
        return super().inconsistencies(config) + [(f"control{key}", why) for key, why in stages]

    def currents(self, config: Config) -> KnownCurrents:
        """Those of the separator; an interlayer counts as some more of it."""
        separator = config.separator
        resistance = separator.resistance + (
            config.interlayer.resistance if config.interlayer else 0
        )
        return known_currents(
            "open_circuit_potential [V]",
            resistance,
            separator.leakage,
            config.kinetics.equilibrium_potential,
        )

    def cell_facts(self, config: Config) -> CellFacts:
        """Those of its layers and its frame."""
        from dendrolith.studies.cell.facts import facts_of

        return facts_of(config)

    def numbers(self, config: Config) -> list[tuple[str, str]]:
        """Capacity, rest and what a bridge does to each held current."""
        counter, bridge = config.counter_electrode, config.bridge
        rest = counter.open_circuit()(counter.start) - config.kinetics.equilibrium_potential
        found = [
            ("voltage at rest", f"{rest:.4f} V"),
            ("ionic resistance", f"{config.separator.resistance:.4g} Ohm m^2"),
        ]
        if counter.rated_current is not None:
            found.append(("current of 1C", f"{counter.rated_current:.4g} A/m^2"))
        if math.isfinite(counter.capacity):
            found.append(("charge of x", f"{counter.capacity:.6g} C/m^2"))
        if config.interlayer is not None:
            found.append(("interlayer", f"{config.interlayer.resistance:.4g} Ohm m^2"))
        if config.frame is not None:
            net = config.lithium_metal.molar_volume - counter.molar_volume
            slope = net / FARADAY / config.frame.compliance
            found.append(("pressure per charge", f"{slope:.4g} Pa m^2/C"))
        return found if bridge is None else [*found, *_of_bridge(config, bridge)]

    def summary(self, config: Config, rows: list[dict[str, float]]) -> list[str]:
        """The cell at the end, and what passed."""
        end = rows[-1]
        lines = [reading.line(end) for reading in READINGS]
        low, high = config.counter_electrode.limits
        x = end["counter_fraction [1]"]
        if config.counter_electrode.stores and not low + NEAR < x < high - NEAR:
            lines.append(f"  counter electrode    is at an end of its range, {low:g} to {high:g}")
        lines += _of_lithium(end)
        lines += [f"  {'charge ' + name:<20} {end[c]:.6g} C/m²" for c, name in CHARGES.curves]
        return lines

    def ladder(self, config: Config) -> Ladder:
        """The step alone, of second order: there is no mesh."""
        return Ladder(
            Refinement("dt", step_powers(config), order=2),
            held=("separator.thickness", "counter_electrode.areal_capacity"),
            observables=last_values(self.shows),
            notes=("A stage that ends at a limit ends within 1e-6 of it.",),
        )

    def sources(self, config: Config) -> list[tuple[str, str]]:
        """None beyond those that the sections declare: there is no mesh and no linear system."""
        return []


def _of_bridge(config: Config, bridge: Bridge) -> list[tuple[str, str]]:
    """R_e, and where it ends the rise of the voltage."""
    model = CellModel(config)
    if model.tables:
        return [("bridge resistance", str(table)) for table in model.tables]
    resistance = model.bridge_resistance(bridge)
    held = [(number, stage.current or 0.0) for number, stage in enumerate(config.control)]
    return [
        ("bridge resistance", f"{resistance:.4g} Ohm m^2"),
        *((f"plateau of stage {k}", f"{j * resistance:.4g} V") for k, j in held if j > 0),
    ]


def _of_lithium(end: dict[str, float]) -> list[str]:
    """Stage, efficiency and places of lithium without a foil; nothing with one."""
    if STAGE.column not in end:
        return []
    lines = [STAGE.line(end)]
    if end["coulombic_efficiency [1]"] > 0:
        lines.append(f"  {'coulombic efficiency':<20} {end['coulombic_efficiency [1]']:.2%}")
    for column, name in LITHIUM.curves:
        lines.append(f"  {'lithium ' + name:<20} {end[column] * FARADAY:.6g} C/m²")
    lines.append(f"  {'interphase':<20} {end['interphase_charge [C/m^2]']:.6g} C/m²")
    return lines
