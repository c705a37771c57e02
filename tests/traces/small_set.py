"""Small cells for one fault at a time: Li|Li and a full cell, half-cycle by half-cycle.

Each gives time [s], voltage [V] and current [A] of a cell without a short; a test puts one into it.
All random numbers come from fixed seeds; nothing is drawn from the classifier.
"""

from __future__ import annotations

import numpy as np

from tests.traces.circuit_set import Array

AMPERE, OHM = 5e-4, 120.0


def symmetric(
    halves: int = 12,
    samples: int = 60,
    *,
    ohm: float = OHM,
    step: float = 30.0,
    noise: float = 5e-3,
) -> tuple[Array, Array, Array]:
    """Li|Li, the current reversed at each half-cycle; the noise is a part of the voltage."""
    current = AMPERE * np.repeat(np.where(np.arange(halves) % 2, -1.0, 1.0), samples)
    rng = np.random.default_rng(halves + samples)
    voltage = ohm * current * (1 + noise * rng.normal(size=current.size))
    return step * np.arange(current.size), voltage, current


def full(
    halves: int = 6, samples: int = 100, *, rest: int = 0, hold: int = 0, seed: int = 3
) -> tuple[Array, Array, Array]:
    """A full cell, charge first; each charge may hold its voltage, each half-cycle may rest."""
    rng = np.random.default_rng(seed)
    volts, amps = [], []
    for half in range(halves):
        way = -1.0 if half % 2 else 1.0
        filled = np.linspace(0.02, 0.97, samples)[:: int(way)]
        rise = 0.12 * np.tanh(30 * (filled - 0.05)) - 0.03 * np.exp(-30 * (1 - filled))
        volts.append(3.45 + 0.75 * filled + rise + 0.05 * way)
        amps.append(np.full(samples, 1e-3 * way))
        if hold and way > 0:
            volts.append(np.full(hold, volts[-1][-1]))
            amps.append(1e-3 * np.exp(-np.arange(hold) / 10))
        if rest:
            volts.append(volts[-1][-1] - 0.02 * way * (1 - np.exp(-np.arange(rest) / 3.0)))
            amps.append(np.zeros(rest))
    voltage, current = np.concatenate(volts), np.concatenate(amps)
    voltage += 5e-4 * rng.normal(size=voltage.size)
    return 60.0 * np.arange(voltage.size), voltage, current
