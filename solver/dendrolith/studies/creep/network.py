"""The network model: film and slot as two resistances, without a mesh.

    ḣ = v_pl − V,  L̇ = A V/A_s,  V = (p/C(h, L))^m,  p = p₀ + k (h − h_lock)
    once the slot is full:  ḣ = v_pl/(1 + k h/K_Li),  V = 0

The ring of the gap beside the foil keeps its volume here: A_s ḣ is left out beside A ḣ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.integrate import solve_ivp

from dendrolith.core.errors import SolverDiverged
from dendrolith.physics.lubrication import Lubrication
from dendrolith.studies.creep.schema import Config

FloatArray = npt.NDArray[np.float64]

TOLERANCE = 1e-9  # relative, of thickness and length


@dataclass(frozen=True, slots=True)
class Course:
    """What the network finds at the times asked for.

    Attributes:
        time: (n,) [s].
        pressure: (n,) mean pressure on the rod [Pa].
        thickness: (n,) h of the foil [m].
        length: (n,) filled length L of the slot [m].
        sealed: time from which lithium cannot leave [s]; inf: never.
    """

    time: FloatArray
    pressure: FloatArray
    thickness: FloatArray
    length: FloatArray
    sealed: float


@dataclass(frozen=True, slots=True)
class _Stage:
    """A time in which the same law holds.

    Attributes:
        end: [s].
        plating: v_pl [m/s].
        pressure: p [Pa] at a thickness [m].
        stiffness: k [Pa/m]; 0 while the force is held.
    """

    end: float
    plating: float
    pressure: Callable[[float], float]
    stiffness: float


class Network:
    """The cell as a network.

    Args:
        config: the input.
        flow: closed forms; absent: corrected by finite elements.
    """

    def __init__(self, config: Config, flow: Lubrication | None = None) -> None:
        self._config, self._flow = config, flow or config.lubrication()
        gap = config.cell.gap
        top = np.inf if gap.height is None else gap.height
        self._longest = top - config.cell.foil_thickness  # of the filled slot
        self._sealed = 0.0 if gap.is_closed else np.inf

    def run(self, times: FloatArray) -> Course:
        """The whole course.

        Args:
            times: (n,) [s], rising, not before 0.

        Raises:
            SolverDiverged: the equations cannot be integrated.
        """
        config, frame = self._config, self._config.frame
        state = np.array([config.cell.foil_thickness, config.cell.gap.filled])
        found, pressure = np.empty((len(times), 2)), np.empty(len(times))
        begin, end = 0.0, max(float(times[-1]), frame.hold)
        held = _Stage(frame.hold, 0.0, lambda h: frame.pressure, 0.0)
        for number in range(2):
            stage = held if number == 0 else self._locked(end, float(state[0]))
            here = (times >= begin) & ((times < stage.end) | (number == 1))
            if stage.end > begin:
                found[here], state = self._integrate(begin, stage, state, times[here])
                pressure[here] = [stage.pressure(h) for h in found[here, 0]]
            elif here.any():  # the run ends where the frame is locked
                found[here], pressure[here] = state, frame.pressure
            begin = stage.end
        return Course(times, pressure, found[:, 0], found[:, 1], self._sealed)

    def _locked(self, end: float, h_lock: float) -> _Stage:
        """The charge in the locked frame."""
        frame = self._config.frame
        return _Stage(
            end,
            self._config.plating_speed,
            lambda h: frame.locked_pressure(h, h_lock),
            1 / frame.compliance,
        )

    def _integrate(
        self, begin: float, stage: _Stage, state: FloatArray, times: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Values (n, 2) of h and L at times of a stage, and at its end; a full slot closes."""
        found = np.empty((len(times), 2))
        while begin < stage.end:
            is_open = np.isinf(self._sealed)
            law = self._open_rates if is_open else self._sealed_rates
            step = self._solve(law, begin, stage, state, watch=is_open)
            reached = float(step.t[-1])
            here = (times >= begin) & (times <= reached)
            if here.any():
                found[here] = step.sol(times[here]).T
            begin, state = reached, step.y[:, -1]
            if step.status == 1:
                self._sealed = reached
        return found, state

    def _solve(
        self, law: Any, begin: float, stage: _Stage, state: FloatArray, *, watch: bool
    ) -> Any:
        """One integration, to the end of the stage or to a slot that is full."""

        def room(time: float, y: FloatArray, stage: _Stage) -> float:
            return float(self._longest - y[1])

        room.terminal = True  # type: ignore[attr-defined]
        found = solve_ivp(
            law, (begin, stage.end), state, method="LSODA", rtol=TOLERANCE, args=(stage,),
            atol=TOLERANCE * self._config.cell.foil_thickness, dense_output=True,
            events=room if watch and np.isfinite(self._longest) else None,
        )  # fmt: skip
        if found.status < 0:
            raise SolverDiverged("network", str(found.message))
        return found

    def _open_rates(self, time: float, y: FloatArray, stage: _Stage) -> tuple[float, float]:
        """ḣ and L̇ of a cell whose lithium can leave [m/s]."""
        flow, (h, length) = self._flow, y
        V = (stage.pressure(h) / flow.resistance(h, length)) ** self._config.lithium.creep_exponent
        return stage.plating - V, flow.area / flow.slot_area * V

    def _sealed_rates(self, time: float, y: FloatArray, stage: _Stage) -> tuple[float, float]:
        """ḣ and L̇ of a closed cell [m/s]."""
        squeezed = stage.stiffness * y[0] / self._config.cell.bulk_modulus
        return stage.plating / (1 + squeezed), 0.0
