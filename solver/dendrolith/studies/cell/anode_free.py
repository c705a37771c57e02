"""A cell without a foil: where its lithium is, and the bridges that come and go.

    dq_i/dt = j,   dq_e/dt = G V′,   dq_p/dt, dq_r/dt, dq_s/dt, dq_d/dt by the laws
    q_a = q_i − q_p − q_r − q_s − q_d,   q_c = q_i − q_r,   I = j + G V′

The switches of the dendrites are events of the integrator (LSODA), which begins anew at each.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy.integrate import solve_ivp

from dendrolith.core.checkpoint_data import CheckpointData, numbers_of, set_numbers
from dendrolith.core.constants import FARADAY
from dendrolith.core.errors import SolverDiverged
from dendrolith.observables.base import Observable, StepView
from dendrolith.physics.dendrites import Dendrites
from dendrolith.schemes.report import Report
from dendrolith.studies.cell.schema import Config
from dendrolith.studies.cell_model import CellModel
from dendrolith.studies.reduced_cell import VOLTS, ReducedCell
from dendrolith.traces.stages.rule import NUMBERS, StageRule

FloatArray = npt.NDArray[np.float64]
Switch = Callable[[float, FloatArray], float]

RELATIVE, ABSOLUTE = 1e-8, 1e-6  # tolerances of the integrator, C/m²
MOST_SWITCHES = 100  # in one step
_CHARGES = (
    "ion_charge",
    "electronic_charge",
    "paths_charge",
    "reduced_charge",
    "interphase_charge",
    "dead_charge",
)


class AnodeFreeCell(ReducedCell):
    """Charges through separator and bridge, and the places of lithium.

    Args:
        model: of a cell with a collector.
        config: its input.

    Attributes:
        paths_charge, reduced_charge, interphase_charge, dead_charge: lithium in paths, lithium that
            reduced the counter electrode, in the interphase, and dead [C/m²].
        grows, bridged, opened: switches of the dendrites: they grow, bridge, are fed.
        charged, discharged: what passed at the terminals in this cycle [C/m²].
    """

    kept: ClassVar[tuple[str, ...]] = (
        *("time", "ionic", "leak", *_CHARGES),
        *("grows", "bridged", "opened", "charged", "discharged"),
    )
    follows_particles: ClassVar[bool] = False

    def __init__(self, model: CellModel, config: Config) -> None:
        self._config = config
        self.paths_charge = self.reduced_charge = self.interphase_charge = self.dead_charge = 0.0
        self.grows = self.bridged = self.opened = False
        self.charged = self.discharged = 0.0
        super().__init__(model)

    @property
    def lithium(self) -> float:
        """q_a [C/m²]."""
        return _dense(self._charges())

    @property
    def fraction(self) -> float:
        """Lithium fraction x of the counter electrode [1]."""
        return self.model.counter.fraction(self.ion_charge - self.reduced_charge)

    @property
    def swelling(self) -> float:
        """What both electrodes and the interphase have grown together [m]."""
        return self._swelling(self._charges())

    @property
    def coulombic_efficiency(self) -> float:
        """Charge out over charge in, of this cycle [1]; 0 while it is charged."""
        return self.discharged / self.charged if self.charged else 0.0

    def advance(self, dt: float) -> Report:
        """Advance by `dt` [s].

        Raises:
            SolverDiverged: no current does what is held, or the switches do not settle.
        """
        before, x, potential = self._charge, self.fraction, self.model.potential
        begins, end = self.model.begins, self.time + dt
        for part_end in [begins, end] if self.time < begins < end else [end]:
            self._march_to(part_end)
        self._mean = self._mean_of(before, dt)
        self._count(self._mean * dt)
        moved = abs(potential(self.fraction) - potential(x))
        return Report(max(abs(self.fraction - x), VOLTS * moved))

    def _count(self, passed: float) -> None:
        """Add a charge [C/m²] to its cycle; a charge after a discharge begins the next."""
        if passed > 0 and self.discharged > 0:
            self.charged = self.discharged = 0.0
        if passed > 0:
            self.charged += passed
        else:
            self.discharged -= passed

    def _charges(self) -> FloatArray:
        return np.array([getattr(self, name) for name in _CHARGES])

    def _swelling(self, q: FloatArray) -> float:
        model, interphase = self.model, self._config.interphase
        grown = model.plated_thickness(_dense(q) + q[5])
        if interphase is not None:
            grown += interphase.volume_change * q[4] / FARADAY
        return float(grown + model.counter.swelling(q[0] - q[3]))

    def _march_to(self, end: float) -> None:
        """Integrate to a time [s], anew from each switch."""
        conductance = self.model.conductance(self.time)
        for _ in range(MOST_SWITCHES):
            switches = self._switches()
            found = solve_ivp(
                lambda t, q: self._rates(q, conductance),
                (self.time, end),
                self._charges(),
                "LSODA",
                rtol=RELATIVE,
                atol=ABSOLUTE,
                events=[event for event, _ in switches] or None,
            )
            if found.status < 0 or not np.all(np.isfinite(found.y[:, -1])):
                raise SolverDiverged(
                    "the cell", f"its charges cannot be integrated: {found.message}"
                )
            for name, value in zip(_CHARGES, found.y[:, -1], strict=True):
                setattr(self, name, float(value))
            self.time = float(found.t[-1])
            if found.status == 0:
                self.time = end
                self._set_leak(conductance)
                return
            for (_, act), times in zip(switches, found.t_events, strict=True):
                if times.size:
                    act()
        raise SolverDiverged("the dendrites", f"bridge and open {MOST_SWITCHES} times in a step")

    def _rates(self, q: FloatArray, conductance: float) -> list[float]:
        """Derivatives of the charges [A/m²]."""
        config, lithium = self._config, _dense(q)
        x = self.model.counter.fraction(q[0] - q[3])
        dendrites, interphase = config.dendrites, config.interphase
        leak = conductance + self._bridge(q)
        j = self.model.ionic_current(self._stage, lambda _: x, leak, self.ionic, lithium)
        self.ionic = j
        _, electronic = self.model.terminals(j, x, leak, lithium)
        grown = reduced = reacts = dead = 0.0
        if dendrites is not None:
            reduced = dendrites.reduction(self.bridged, q[2])
            grown = dendrites.growth(j, self.grows)
            grown += dendrites.infiltration(self.bridged, self.opened) - reduced
        assert config.collector is not None
        dead = config.collector.stranded(j)
        if interphase is not None:
            covered = config.collector.coverage(lithium)
            reacts = interphase.current(q[4], covered, config.kinetics.temperature)
        return [j, electronic, grown, reduced, reacts, dead]

    def _bridge(self, q: FloatArray) -> float:
        dendrites = self._config.dendrites
        return 0.0 if dendrites is None else dendrites.bridge_conductance(self.bridged, q[2])

    def _set_leak(self, conductance: float) -> None:
        self.leak = conductance + self._bridge(self._charges())

    # ------------------------------------------------------------------ switches

    def _switches(self) -> list[tuple[Switch, Callable[[], None]]]:
        """Events that may come next: where each is zero, and what it does."""
        law = self._config.dendrites
        if law is None:
            return []
        onset, closing, opening = law.onset_charge, law.closing_charge, law.opening_charge
        found = [(_event(lambda q: _dense(q) - onset, rises=not self.grows), self._turn_growth)]
        level = opening if self.bridged else closing
        bridge = _event(lambda q: float(q[2]) - level, rises=not self.bridged)
        found.append((bridge, self._turn_bridge))
        if self.bridged and law.infiltration_current > 0:
            limit = self._limit(law)
            fed = _event(lambda q: self._rise(q) - limit, rises=not self.opened)
            found.append((fed, self._turn_feed))
        return found

    def _limit(self, law: Dendrites) -> float:
        return law.closing_pressure if self.opened else law.opening_pressure

    def _rise(self, q: FloatArray) -> float:
        """Δp [Pa]."""
        frame = self._config.frame
        assert frame is not None, "conflicts() comes first"
        return frame.locked_pressure(self._swelling(q), 0.0) - frame.pressure

    def _turn_growth(self) -> None:
        self.grows = not self.grows

    def _turn_bridge(self) -> None:
        self.bridged = not self.bridged
        law = self._config.dendrites
        fed = self.bridged and law is not None and law.infiltration_current > 0
        self.opened = fed and law is not None and self._rise(self._charges()) > law.opening_pressure

    def _turn_feed(self) -> None:
        self.opened = not self.opened


def _dense(q: FloatArray) -> float:
    """q_a [C/m²]."""
    return float(q[0] - q[2] - q[3] - q[4] - q[5])


def _event(distance: Callable[[FloatArray], float], *, rises: bool) -> Switch:
    """A terminal event of `solve_ivp` where a distance passes zero."""

    def event(time: float, q: FloatArray) -> float:
        return distance(q)

    event.terminal = True  # type: ignore[attr-defined]
    event.direction = 1.0 if rises else -1.0  # type: ignore[attr-defined]
    return event


class LithiumReadings(Observable):
    """Where the lithium is, and the stage of a soft short by the cell's own rates.

    Args:
        cell: what is read.
    """

    columns = (
        "lithium_dense [mol/m^2]",
        "lithium_infiltrated [mol/m^2]",
        "lithium_dead [mol/m^2]",
        "interphase_charge [C/m^2]",
        "reduction_charge [C/m^2]",
        "bridge_conductance [S/m^2]",
        "coulombic_efficiency [1]",
        "cell_stage [1]",
    )

    def __init__(self, cell: AnodeFreeCell) -> None:
        self._cell, self._rule = cell, StageRule()
        self._voltage, self._lithium = math.nan, 0.0

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """The present values."""
        cell, reading = self._cell, self._cell.read()
        charges = (cell.lithium, cell.paths_charge, cell.dead_charge)
        ratio = rate = math.nan
        current = reading.total if reading.mean is None else reading.mean
        if view.dt > 0 and current != 0:
            ratio = (cell.lithium - self._lithium) / (current * view.dt)
            rate = (reading.voltage - self._voltage) / view.dt
        label = self._rule.next(ratio, rate, current)
        self._voltage, self._lithium = reading.voltage, cell.lithium
        return (
            *(charge / FARADAY for charge in charges),
            cell.interphase_charge,
            cell.reduced_charge,
            cell.leak,
            cell.coulombic_efficiency,
            float(NUMBERS[label]),
        )

    def save(self) -> CheckpointData:
        """The step before, and the stages seen."""
        kept = numbers_of(self, ("_voltage", "_lithium"))
        return CheckpointData({**kept.numbers, **self._rule.save()})

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        set_numbers(self, ("_voltage", "_lithium"), data)
        self._rule.restore(data.numbers)
