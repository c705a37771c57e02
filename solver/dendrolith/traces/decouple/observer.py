"""Charge of the counter electrode from the voltage: U(q_c) + R(I) [ċ + ω (I − ċ)] = V.

R(I) is the loss at I over I: with slow kinetics that of 1C is a part of that of C/10. What is wrong
at the start dies away within R (1 − ω) Q/|U′|. Backward Euler.
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
    _, potential = facts.table()
    share, factor = np.array([[0.5]]), np.array([[1.0]])
    found = observe(time, current, voltage, facts, share, factor, potential[None])
    return np.asarray(found[0])


def observe(
    time: FloatArray,
    current: FloatArray,
    voltage: FloatArray,
    facts: CellFacts,
    share: FloatArray,
    factor: FloatArray,
    curves: FloatArray,
) -> FloatArray:
    """(d, n) charge [C/m²] from the least U on: U + R [ċ + ω (I − ċ)] = V, step by step.

    Args:
        time: (n,) [s].
        current: (n,) I [A/m²].
        voltage: (n,) V [V].
        facts: of the cell.
        share: (d, 1) ω [1].
        factor: (d, 1) R over that of the cell file [1].
        curves: (d, m) U at the m charges of the cell's table.
    """
    V, steps = voltage, np.diff(time)
    d, last = curves.shape[0], curves.shape[1] - 1
    x, rows = facts.table()[0], np.arange(d)
    step = facts.capacity * (x[0] - x[-1]) / last
    omega, R = share[:, 0], factor * facts.secant(current)
    at = np.argmin(np.abs(curves - (V[0] - R[:, :1] * current[0])), axis=1) * step
    found = np.empty((d, V.size))
    found[:, 0] = at
    for k, dt in enumerate(steps):
        inertia, ohmic = (1 - omega) * R[:, k + 1] / dt, omega * R[:, k + 1] * current[k + 1]
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
