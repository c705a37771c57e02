"""Charge of the counter electrode from the voltage: U(q_c) + R [ċ + ω (I − ċ)] = V.

What is wrong at the start dies away within R (1 − ω) Q/|U′|. Backward Euler.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dendrolith.traces.decouple.cell_facts import CellFacts

FloatArray = npt.NDArray[np.float64]


def observed_charge(
    time: FloatArray, current: FloatArray, voltage: FloatArray, facts: CellFacts
) -> FloatArray:
    """(n,) charge that has been taken out [C/m²], by the cell file alone.

    Args:
        time: (n,) [s].
        current: (n,) I [A/m²].
        voltage: (n,) V [V].
        facts: of the cell.
    """
    x, potential = facts.table()
    share, resistance = np.array([[0.5]]), np.array([[facts.resistance]])
    width = facts.capacity * (x[0] - x[-1])
    found = observe(time, current, voltage, width, share, resistance, potential[None])
    return np.asarray(found[0])


def observe(
    time: FloatArray,
    current: FloatArray,
    voltage: FloatArray,
    width: float,
    share: FloatArray,
    resistance: FloatArray,
    curves: FloatArray,
) -> FloatArray:
    """(d, n) charge [C/m²] from the least U on: U + R [ċ + ω (I − ċ)] = V, step by step.

    Args:
        time: (n,) [s].
        current: (n,) I [A/m²].
        voltage: (n,) V [V].
        width: charge from the first to the last point of U [C/m²].
        share: (d, 1) ω [1].
        resistance: (d, 1) R [Ω m²].
        curves: (d, m) U at m charges, equally far apart.
    """
    V, steps = voltage, np.diff(time)
    d, last = curves.shape[0], curves.shape[1] - 1
    step, rows = width / last, np.arange(d)
    omega, R = share[:, 0], resistance[:, 0]
    at = np.argmin(np.abs(curves - (V[0] - resistance * current[0])), axis=1) * step
    found = np.empty((d, V.size))
    found[:, 0] = at
    for k, dt in enumerate(steps):
        inertia, ohmic = (1 - omega) * R / dt, omega * R * current[k + 1]
        before, at = at, at + current[k + 1] * dt
        for _ in range(3):  # Newton on lines between the points
            place = np.clip(at / step, 0.0, last - 1e-9)
            cell = place.astype(int)
            rise = curves[rows, cell + 1] - curves[rows, cell]
            potential = curves[rows, cell] + (at / step - cell) * rise
            excess = inertia * (at - before) + ohmic + potential - V[k + 1]
            at = at - excess / (inertia + np.maximum(rise, 1e-9) / step)
        found[:, k + 1] = at
    return found
