"""The network model: film and slot as two resistances, without a mesh.

    ḣ = v_pl − V,  L̇ = A V/A_s,  V = (p/C(h, L))^m,  p = p₀ + k (h − h_lock)
    once the slot is full:  ḣ = (v_pl − Ẇ/A)/(1 + k h/K_Li),  V = 0
    a bore that gives way makes room at the rate Ẇ:  L̇ = (A V − Ẇ)/A_s

The ring of the gap beside the foil keeps its volume here: A_s ḣ is left out beside A ḣ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.integrate import solve_ivp
from scipy.interpolate import PchipInterpolator

from dendrolith.core.errors import SolverDiverged
from dendrolith.physics.lubrication import Lubrication
from dendrolith.studies.creep.bore import Bore
from dendrolith.studies.creep.schema import Config

FloatArray = npt.NDArray[np.float64]

TOLERANCE = 1e-9  # relative, of thickness and length
TOO_FAST = (
    "film and slot change too fast to be followed: look at units of pressure, current and sizes"
)
PIECES = 2000  # of a slot whose width changes


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
class Stage:
    """What drives the cell: a held force, or the charge in a locked frame.

    Attributes:
        plating: v_pl [m/s].
        pressure: p [Pa] at a thickness [m].
        stiffness: k [Pa/m]; 0 while the force is held.
    """

    plating: float
    pressure: Callable[[float], float]
    stiffness: float

    @classmethod
    def held(cls, config: Config) -> Stage:
        """The stacking: p₀, no current."""
        return cls(0.0, lambda h: config.frame.pressure, 0.0)

    @classmethod
    def locked(cls, config: Config, h_lock: float) -> Stage:
        """The charge in a frame that was locked at a thickness [m]."""
        frame = config.frame
        return cls(
            config.plating_speed,
            lambda h: frame.locked_pressure(h, h_lock),
            1 / frame.compliance,
        )


class Network:
    """The cell as a network.

    Args:
        config: the input.
        flow: closed forms; absent: corrected by finite elements.
        ring: the ring of the gap beside the foil follows the foil: L̇ = A V/A_s − ḣ.

    Attributes:
        sealed: time from which lithium cannot leave [s]; inf: not yet.
    """

    def __init__(
        self, config: Config, flow: Lubrication | None = None, *, ring: bool = False
    ) -> None:
        self._config, self._flow, self._ring = config, flow or config.lubrication(), ring
        self.follow(config.cell.bore)
        self.sealed = 0.0 if config.cell.is_closed else np.inf

    def follow(self, bore: Bore, widening: float = 0.0) -> None:
        """The slot is that of another bore, which makes room at a rate [m³/s]."""
        self._bore, self._widening = bore, widening
        self._along = self._resistance_along()

    def run(self, times: FloatArray) -> Course:
        """The whole course from the start.

        Args:
            times: (n,) [s], rising, not before 0.

        Raises:
            SolverDiverged: the equations cannot be integrated.
        """
        config, hold = self._config, self._config.frame.hold
        state = np.array([config.cell.foil_thickness, config.cell.gap.filled])
        found, pressure = np.empty((len(times), 2)), np.empty(len(times))
        before = times < hold
        stage = Stage.held(config)
        found[before], state = self.integrate(0.0, hold, stage, state, times[before])
        pressure[before] = config.frame.pressure
        stage, end = Stage.locked(config, float(state[0])), max(float(times[-1]), hold)
        found[~before], _ = self.integrate(hold, end, stage, state, times[~before])
        pressure[~before] = [stage.pressure(h) for h in found[~before, 0]]
        return Course(times, pressure, found[:, 0], found[:, 1], self.sealed)

    def resistance(self, h: float, length: float) -> float:
        """C(h, L) [Pa (s/m)^n]."""
        return sum(self.parts(h, length).values())

    def parts(self, h: float, length: float) -> dict[str, float]:
        """Parts of C(h, L) by film, slot and edge [Pa (s/m)^n]."""
        mouth = self._flow
        if self._along is None:
            slot = mouth.slot(length)
        else:
            mouth = replace(mouth, gap=self._bore.width_at(h))
            slot = float(self._along(h + length) - self._along(h))
        return {"film": mouth.film(h), "slot": slot, "edge": mouth.edge(h)}

    def _resistance_along(self) -> Any:
        """∫ of the resistance of the slot over the height, where its width changes."""
        z, gap = self._bore.z, self._bore.gap
        if len(z) == 1:
            return None
        fine = np.linspace(0.0, max(z[-1], 2 * self._config.cell.foil_thickness), PIECES)
        each = [replace(self._flow, gap=g).slot(1.0) for g in np.interp(fine, z, gap)]
        return PchipInterpolator(fine, each, extrapolate=True).antiderivative()

    def integrate(
        self,
        begin: float,
        end: float,
        stage: Stage,
        state: FloatArray,
        times: FloatArray,
        factor: float = 1.0,
    ) -> tuple[FloatArray, FloatArray]:
        """Values (n, 2) of h and L at times of a stage, and at its end; a full slot closes.

        Args:
            begin: of the stage [s].
            end: of it [s].
            stage: what drives the cell.
            state: h and L at its begin [m].
            times: (n,) within the stage [s].
            factor: of C(h, L).

        Raises:
            SolverDiverged: the equations cannot be integrated.
        """
        found = np.tile(state, (len(times), 1))
        while begin < end:
            is_open = begin < self.sealed
            law = self._open_rates if is_open else self._sealed_rates
            step = self._solve(law, (begin, end), state, (stage, factor), watch=is_open)
            reached = float(step.t[-1])
            here = (times >= begin) & (times <= reached)
            if here.any():
                found[here] = step.sol(times[here]).T
            begin, state = reached, step.y[:, -1]
            if step.status == 1:
                self.sealed = reached
        return found, state

    def _solve(
        self, law: Any, span: tuple[float, float], state: FloatArray, arguments: Any, *, watch: bool
    ) -> Any:
        """One integration, to the end of the span or to a slot that is full."""
        height, h0 = self._config.cell.slot_end, self._config.cell.foil_thickness

        def room(time: float, y: FloatArray, stage: Stage, factor: float) -> float:
            front = float(y[1]) + (float(y[0]) if self._ring else h0)
            return (height or np.inf) - front

        room.terminal = True  # type: ignore[attr-defined]
        try:
            found = solve_ivp(
                law,
                span,
                state,
                method="LSODA",
                rtol=TOLERANCE,
                atol=TOLERANCE * h0,
                args=arguments,
                dense_output=True,
                events=room if watch and height is not None else None,
            )
        except ValueError as error:  # of steps that no longer change the time
            raise SolverDiverged("network", f"{TOO_FAST} ({error})") from None
        if found.status < 0:
            raise SolverDiverged("network", str(found.message))
        return found

    def _open_rates(
        self, time: float, y: FloatArray, stage: Stage, factor: float
    ) -> tuple[float, float]:
        """Rates of h and L of a cell whose lithium can leave [m/s]."""
        # a trial of the integrator may overshoot
        h, length = max(float(y[0]), 1e-12), max(float(y[1]), 0.0)
        resistance = factor * self.resistance(h, length)
        V = (stage.pressure(h) / resistance) ** self._config.lithium.creep_exponent
        thickens = stage.plating - V
        area = self._bore.area_at(h + length)
        rises = self._flow.area / area * V - self._widening / area
        return thickens, rises - (thickens if self._ring else 0.0)

    def _sealed_rates(
        self, time: float, y: FloatArray, stage: Stage, factor: float
    ) -> tuple[float, float]:
        """Rates of h and L of a closed cell [m/s]."""
        squeezed = stage.stiffness * y[0] / self._config.cell.bulk_modulus
        thickens = (stage.plating - self._widening / self._flow.area) / (1 + squeezed)
        return thickens, -thickens if self._ring else 0.0
