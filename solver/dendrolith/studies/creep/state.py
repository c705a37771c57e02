"""Lithium in its frame at one moment: thickness, filled slot, bore and front, and its pressure."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from dendrolith.core.checkpoint_data import CheckpointData, numbers_of, set_numbers
from dendrolith.schemes.block import Block
from dendrolith.studies.creep.flow import Flow
from dendrolith.studies.creep.geometry import Shape
from dendrolith.studies.creep.moving_front import Plug, ShapedFront
from dendrolith.studies.creep.network import Network, Stage
from dendrolith.studies.creep.schema import SHAPED, Config
from dendrolith.studies.creep.tube import Wall

FloatArray = npt.NDArray[np.float64]

_KEPT = (
    "time",
    "h",
    "length",
    "h_lock",
    "length_lock",
    "start_volume",
    "is_locked",
    "factor",
    "closing",
    "sealed",
    "_followed",
    "_closed_at",
)


class LithiumState(Block):
    """Foil, ring and slot, and what they keep from step to step.

    Args:
        config: the input.

    Attributes:
        time: reached [s].
        h: thickness of the foil [m].
        length: L, of the filled slot beside the rod [m].
        h_lock: thickness at which the frame was locked [m].
        length_lock: L then [m].
        is_locked: the frame is locked, and the current flows.
        factor: κ, resistance of finite elements over that of the network [1].
        closing: V in the middle of the last step [m/s].
        sealed: time from which lithium cannot leave [s]; inf: not yet.
        correction: part of L by which the volume corrected the last step [1].
        wall: the bore, rigid or not.
        unit: h₀, what lengths of the flow are in units of [m].
        front: of lithium in the slot, a plug or not.
    """

    name = "lithium"

    def __init__(self, config: Config) -> None:
        self._config, self.unit = config, config.cell.foil_thickness
        self.wall = Wall(config)
        self._network = Network(config, ring=True)
        self.time, self.h, self.length = 0.0, self.unit, config.cell.gap.filled
        self.h_lock, self.length_lock = self.h, self.length
        self.is_locked = config.frame.hold == 0
        self.factor, self.closing, self.correction = 1.0, 0.0, 0.0
        self.sealed = math.inf
        self.front = Plug()
        self.flow = _flow_of(config, self.shape.scaled(self.unit))
        if config.cell.gap.front == SHAPED:
            self.front = ShapedFront(self.flow.front_lines)
        self.start_volume = self.shape.volume
        self._share: FloatArray = np.zeros(0)  # of p̄ on the bore, of the last solve, and its time
        self._share_time, self._followed, self._closed_at = 0.0, 0.0, 0.0
        self._accepted = self.save()

    # ------------------------------------------------------------------ as geometry

    @property
    def shape(self) -> Shape:
        """Where lithium is, in m."""
        return Shape(self.wall.bore, self.h, self.length, self.front.now)

    @property
    def locked_shape(self) -> Shape:
        """Where it was when the frame was locked, in m."""
        return Shape(self.wall.locked, self.h_lock, self.length_lock, self.front.locked)

    @property
    def stage(self) -> Stage:
        """What drives it now."""
        if self.is_locked:
            return Stage.locked(self._config, self.h_lock)
        return Stage.held(self._config)

    @property
    def pressure(self) -> float:
        """Mean on the rod [Pa]."""
        return self.stage.pressure(self.h)

    @property
    def stress_unit(self) -> float:
        """σ₁ (V/h₀)^n, what stresses of the flow are in units of [Pa]; 0 where nothing flows."""
        law = self._config.lithium
        sigma = law.unit_stress(self._config.cell.temperature)
        return float(sigma * (self.closing / self.unit) ** law.n)

    @property
    def is_closed(self) -> bool:
        """Nothing flows."""
        return self.closing == 0

    def on_bore(self, h: float, length: float) -> tuple[FloatArray, FloatArray]:
        """Height [m] and pressure over that on the rod [1] at nodes of the bore, of the last solve.

        Args:
            h: thickness of the foil [m].
            length: L [m].
        """
        return self.flow.on_bore(Shape(self.wall.bore, h, length, self.front.now))

    def pressure_of(self, share: npt.NDArray[Any], rod: float) -> FloatArray:
        """Pressure (n,) [Pa] where it was a share (n,) of that on the rod in the last flow.

        In a closed cell the differences of that flow stay, and what is added is everywhere the
        same: they fall as slowly as the m-th root of speeds.

        Args:
            share: pressure over that on the rod [1].
            rod: mean pressure on the rod [Pa].
        """
        if self.is_closed:
            return np.asarray(rod + self._closed_at * (share - 1))
        return np.asarray(rod * share)

    # ------------------------------------------------------------------ what is kept

    def lock(self) -> None:
        """Lock the frame at the present thickness, and switch the current on."""
        self.h_lock, self.length_lock, self.is_locked = self.h, self.length, True
        self.wall.locked = self.wall.bore
        self.front.lock()

    def reject(self) -> None:
        """Go back to the last accepted step."""
        self._take(self._accepted)

    def save(self) -> CheckpointData:
        """Thickness, length, what drives it, and the flow as a guess for the next."""
        kept = numbers_of(self, _KEPT)
        kept.numbers["sealed"] = None if math.isinf(self.sealed) else self.sealed
        kept.numbers["flow"] = self.flow.save()
        kept.numbers["share"] = [self._share_time, *map(float, self._share)]
        kept.numbers["mean"] = self.flow.mean
        parts = {"lithium": kept, "wall": self.wall.save()}
        return CheckpointData.join(parts | self.front.save())

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        self._take(data)
        self._accepted = self.save()

    def _take(self, data: CheckpointData) -> None:
        own = data.part("lithium")
        set_numbers(self, _KEPT, own)
        self.sealed = math.inf if self.sealed is None else self.sealed
        self.flow.restore(own.numbers["flow"])
        self._share_time, *share = own.numbers["share"]
        self._share, self.flow.mean = np.array(share), own.numbers["mean"]
        self.wall.restore(data.part("wall"))
        self.front.restore(data)
        self._network.follow(self.wall.bore)

    def close(self) -> None:
        """Free the PETSc objects."""
        self.flow.close()
        self.wall.close()


def _flow_of(config: Config, shape: Shape) -> Flow:
    """The flow at a shape, lengths in units of h₀."""
    wall = config.wall_friction
    return Flow(
        shape,
        config.lithium.n,
        across=config.mesh.across,
        ratio=config.mesh.grading,
        friction=None
        if wall is None
        else replace(wall, film=wall.film / config.cell.foil_thickness),
    )
