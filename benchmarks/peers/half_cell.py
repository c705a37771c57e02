"""A half cell with NMC811 (Chen et al. 2020) at C/20 against PyBaMM's single-particle model.

    python3 -m venv /tmp/peer && /tmp/peer/bin/pip install pybamm
    /tmp/peer/bin/python benchmarks/peers/half_cell.py peer voltage.csv
    ./env.sh run python benchmarks/peers/half_cell.py compare voltage.csv

PyBaMM has an environment of its own. Both discharge from x = 0.27 for 20 h. The lithium electrode
has the same i₀; the electrolyte of the single-particle model has no resistance.
"""

from __future__ import annotations

import sys

import numpy as np

RATED, AREA, LITHIUM = 5.0, 0.1027, 10.0  # A h, m², A/m² (i₀)
CURRENT = RATED / 20 / AREA
LENGTH, RADIUS, ACTIVE, C_MAX, DIFFUSIVITY = 75.6e-6, 5.22e-6, 0.665, 63104.0, 4e-15
START, HOURS = 0.27, 20
FARADAY = 96485.33212


def peer(path: str) -> None:
    """Solve with PyBaMM and write time [s] and voltage [V]."""
    import pybamm

    values = pybamm.ParameterValues("Chen2020")
    values.update(
        {
            "Current function [A]": RATED / 20,
            "Exchange-current density for lithium metal electrode [A.m-2]": LITHIUM,
            "Lithium metal partial molar volume [m3.mol-1]": 1.3e-5,
            "Negative electrode conductivity [S.m-1]": 1.0776e7,
            "Negative electrode thickness [m]": 250e-6,
            "Negative electrode OCP [V]": 0.0,
            "Initial concentration in positive electrode [mol.m-3]": START * C_MAX,
            "Lower voltage cut-off [V]": 2.0,
            "Upper voltage cut-off [V]": 5.0,
        },
        check_already_exists=False,
    )
    model = pybamm.lithium_ion.SPM({"working electrode": "positive"})
    mesh = {"r_p": 200, "r_n": 20, "x_n": 20, "x_s": 20, "x_p": 20}
    solver = pybamm.IDAKLUSolver(rtol=1e-8, atol=1e-8)
    sim = pybamm.Simulation(model, parameter_values=values, var_pts=mesh, solver=solver)
    times = np.linspace(0, HOURS * 3600, 20 * HOURS + 1)
    solution = sim.solve([0, times[-1]], t_interp=times)
    table = np.column_stack([times, solution["Voltage [V]"](times)])
    np.savetxt(path, table, delimiter=",", header=f"PyBaMM {pybamm.__version__}")


def ours(*, diffusion: bool) -> tuple[np.ndarray, np.ndarray]:
    """Time [s] and voltage [V] of dendrolith."""
    import dendrolith

    per_x = C_MAX * FARADAY * ACTIVE * LENGTH
    exchange = 3.42e-6 * 1000**0.5 * 0.5 * C_MAX * 3 * ACTIVE / RADIUS * LENGTH
    counter = {
        "potential": "NMC811", "areal_capacity": f"{per_x * (0.9084 - 0.27)!r} C/m^2",
        "exchange_current_density": f"{exchange!r} A/m^2", "initial_fraction": START,
        "rated_capacity": f"{RATED * 3600 / AREA!r} C/m^2",
    }  # fmt: skip
    if diffusion:
        counter["diffusion_time"] = f"{RADIUS**2 / DIFFUSIVITY!r} s"
    config = dendrolith.load(
        {
            "study": "cell", "counter_electrode": counter,
            "kinetics": {"exchange_current_density": f"{LITHIUM} A/m^2"},
            "separator": {"thickness": "1 nm", "ionic_conductivity": "1 S/m"},
            "control": [f"Discharge at C/20 for {HOURS} h"],
            "time": {"end": "30 h"}, "output": {"every": "180 s"},
        }
    )  # fmt: skip
    with dendrolith.Simulation(config) as cell:
        rows = [(step.time, cell.measure(step)["voltage [V]"]) for step in dendrolith.march(cell)]
    time, voltage = np.array(rows).T
    return time, voltage


def compare(path: str) -> None:
    """Print the largest differences."""
    time, voltage = np.loadtxt(path, delimiter=",").T
    for diffusion in (False, True):
        at, here = ours(diffusion=diffusion)
        both = np.isin(np.round(time, 6), np.round(at, 6))
        there = voltage[both]
        here = here[np.isin(np.round(at, 6), np.round(time, 6))]
        gap, when = 1e3 * np.abs(here - there), time[both]
        word = "with" if diffusion else "without"
        above = when[gap > 2]
        print(f"{word} diffusion, {gap.size} times: first hour {gap[when <= 3600].max():.3f} mV, "
              f"then {gap[when > 3600].max():.4f} mV, mean {gap.mean():.3f} mV; last time above "
              f"2 mV {above[-1] if above.size else 0:.0f} s")  # fmt: skip


if __name__ == "__main__":
    {"peer": peer, "compare": compare}[sys.argv[1]](sys.argv[2])
