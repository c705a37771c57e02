"""The study `circuit`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from dendrolith.control.stages import CURRENT, VOLTAGE, inconsistent_stages
from dendrolith.observables.show import Chart, Reading, Show
from dendrolith.physics.circuit import Circuit
from dendrolith.studies.circuit.schema import Config
from dendrolith.studies.ladder import Ladder, Refinement, last_values, step_powers
from dendrolith.studies.study import Setup, Study
from dendrolith.studies.terminal_charts import CURRENTS, KEY_NUMBERS, TERMINALS, known_currents

if TYPE_CHECKING:
    from mpi4py import MPI

    from dendrolith.traces.shorts.path import KnownCurrents

VOLTAGES = Chart(
    "Voltage",
    "voltage",
    "V",
    1.0,
    (("voltage [V]", "cell"), ("open_circuit_voltage [V]", "open circuit")),
)
CHARGE = Chart("State of charge", "q/Q", "1", 1.0, (("state_of_charge [1]", "state of charge"),))
READINGS = (
    *TERMINALS,
    Reading("state of charge", "state_of_charge [1]", ""),
)


class CircuitStudy(Study):
    """A cell as a circuit with leakage, driven by the stages that drive a cell with a mesh."""

    name, config = "circuit", Config
    legend: ClassVar[Mapping[str, str]] = {
        "time of element": "resistance times capacitance; steps of a tenth of it resolve it",
        "time of self-discharge": "time in which leakage empties the full cell at rest",
    }
    free = frozenset({"time.max_step", "time.max_change"})
    fixed = ("circuit", "start", "control", "time.first_step", "output.every")
    shows = Show(
        progress=READINGS,
        status=READINGS,
        charts={"electrical": (VOLTAGES, CURRENTS, CHARGE)},
        series=(VOLTAGES, CURRENTS),
        numbers={"key": KEY_NUMBERS},
        signals={CURRENT: "electronic_current [A/m^2]", VOLTAGE: "voltage [V]"},
    )

    def setup(self, config: Config, comm: MPI.Comm) -> Setup:
        """Circuit, control and readings."""
        from dendrolith.studies.circuit.build import build

        return build(config, comm)

    def inconsistencies(self, config: Config) -> list[tuple[str, str]]:
        """Conflicts of the sections, and stages that make no sense."""
        stages = inconsistent_stages(config.control)
        return super().inconsistencies(config) + [(f"control{key}", why) for key, why in stages]

    def currents(self, config: Config) -> KnownCurrents:
        """All resistances in series are those of its ions."""
        return known_currents("open_circuit_voltage [V]", config.circuit.resistance)

    def numbers(self, config: Config) -> list[tuple[str, str]]:
        """Times of the elements and of self-discharge."""
        law = config.circuit
        found = [
            (f"time of element {k}", f"{e.resistance * e.capacitance:.4g} s")
            for k, e in enumerate(law.elements, start=1)
        ]
        if law.leakage_resistance is not None:
            found.append(("time of self-discharge", _self_discharge(law, law.leakage_resistance)))
        return found

    def summary(self, config: Config, rows: list[dict[str, float]]) -> list[str]:
        """The cell at the end."""
        return [reading.line(rows[-1]) for reading in READINGS]

    def ladder(self, config: Config) -> Ladder:
        """The step alone: there is no mesh."""
        return Ladder(
            Refinement("dt", step_powers(config), order=1),
            held=("circuit.series_resistance", "circuit.leakage_resistance"),
            observables=last_values(self.shows),
            notes=("A step is exact: what differs comes from where stages end.",),
        )

    def sources(self, config: Config) -> list[tuple[str, str]]:
        """None beyond those that the sections declare: there is no mesh and no linear system."""
        return []


def _self_discharge(law: Circuit, leakage: float) -> str:
    """U falls as e^{−t/τ} from U₁ to U₀, τ = (R_s + Σ R_k + R_l) dq/dU."""
    cell, resistance = law.open_circuit, law.resistance + leakage
    if cell.empty_voltage <= 0:
        return "endless: the voltage of the empty cell is not above 0"
    return f"{resistance / cell.slope * math.log(cell.full_voltage / cell.empty_voltage):.4g} s"
