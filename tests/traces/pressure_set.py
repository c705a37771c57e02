"""Synthetic traces of current, pressure and voltage, with what is hidden in them.

Each is a run of `configs/cells/anode_free/soft_short.yaml` or of one of its controls, read by
instruments with noise, in a cell that is not quite that of the file:

    U    off by 10 mV, standard deviation: offset, slope and one wave over the window of x
    R    off by 20 %
    K    stiffens or softens: 5 % of the pressure rise of a full charge
    V, p noise of 0.5 mV and 2 kPa

The errors have another form than the draws of `traces/decouple`, which do not know them.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np

import dendrolith
from dendrolith.core.constants import FARADAY
from dendrolith.traces.signals import Signals

CONFIG = Path(__file__).parents[2] / "configs" / "cells" / "anode_free" / "soft_short.yaml"
NO_FEED = "dendrites.infiltration_current=0 A/m^2"
CONTROLS = {
    "soft short": (),
    "healthy": ("dendrites=null",),
    "weak infiltration": (
        "dendrites.infiltration_current=0.3 A/m^2", "dendrites.closing_pressure=0.33 MPa",
    ),
    "no infiltration": (NO_FEED,),
    "strong bridge": (NO_FEED, "dendrites.conductance=0.4 S/m^2"),
}  # fmt: skip
CURRENT, WINDOW, RISE = 0.5, (0.36, 0.92), 0.5e6  # A/m², of x, Pa


@functools.cache
def marched(name: str) -> dict[str, np.ndarray]:
    """Columns of the run of a control."""
    rows = []
    with dendrolith.Simulation(dendrolith.load(CONFIG, list(CONTROLS[name]))) as cell:
        for step in dendrolith.march(cell):
            rows.append({"time [s]": step.time, **cell.measure(step)})
    return {key.split(" [")[0]: np.array([row[key] for row in rows]) for key in rows[0]}


def truth(name: str, time: np.ndarray) -> dict[str, np.ndarray]:
    """Charges that are hidden, leaked or reduced, and buried, at times [C/m²]."""
    run, q = marched(name), CURRENT * time
    plated = FARADAY * np.interp(time, run["time"], run["lithium_dense"])
    taken = np.interp(time, run["time"], run["ion_charge"] - run["reduction_charge"])
    return {"hidden": q - plated, "leak": q - taken, "buried": taken - plated}


def trace(name: str, seed: int, *, interval: float = 10.0, wrong: float = 1.0) -> Signals:
    """A trace of a control, sampled at an interval [s]; `wrong`: size of the model's errors."""
    run, random = marched(name), np.random.default_rng(seed)
    time = np.arange(interval, run["time"][-1], interval)
    x, V, j, swelling = (
        np.interp(time, run["time"], run[key])
        for key in ("counter_fraction", "voltage", "ionic_current", "swelling")
    )
    z, phase = wrong * random.standard_normal(5), random.uniform(0, 2 * np.pi)
    place = (2 * x - sum(WINDOW)) / (WINDOW[1] - WINDOW[0])
    wave = np.sqrt(2) * np.sin(np.pi * place + phase)
    off = 0.010 * (z[0] + np.sqrt(3) * z[1] * place + wave * z[2]) / np.sqrt(3)
    rise = 0.3e12 * swelling
    p = 15e6 + rise * (1 + 0.05 * z[3] * rise / RISE)
    V = V + off + 0.2 * z[4] * 0.08 * j
    p += 2e3 * random.standard_normal(time.size)
    V += 0.5e-3 * random.standard_normal(time.size)
    return Signals(Path(name), time, np.full(time.size, CURRENT), p, V)
