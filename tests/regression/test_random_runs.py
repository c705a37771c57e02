"""Random valid inputs: none may give up."""

import logging

import numpy as np
import pytest
from mpi4py import MPI

from dendrolith.simulation import Simulation, march
from dendrolith.studies.plating.scales import Scales
from dendrolith.studies.register import load

pytestmark = [pytest.mark.serial, pytest.mark.slow]

RUNS, STEPS = 40, 120


def between(random: np.random.Generator, low: float, high: float) -> float:
    """Evenly distributed in its logarithm."""
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def an_input(seed: int) -> dict:
    """A small cell whose numbers are in the ranges that `check` accepts without a note."""
    random = np.random.default_rng(seed)
    while True:
        delta = between(random, 1.5, 4.0)  # µm
        h = delta / float(random.choice([4, 5]))
        mobility, i_0 = between(random, 5e-13, 2e-11), between(random, 30, 3e4)
        height = 60 * h
        nucleus = random.uniform(2, 4) * delta
        voltage = between(random, 0.02, 0.2)
        current = between(random, 50, 3000)
        stages = [
            [{"voltage": f"{voltage} V"}],
            [{"current": f"{current} A/m^2"}],
            [
                {"voltage": f"{voltage} V", "until": {"time": "0.5 s"}},
                {"voltage": f"{-voltage} V", "until": {"time": "0.3 s"}},
                {"voltage": f"{voltage} V"},
            ],
            [
                {"current": f"{current} A/m^2", "until": {"time": "0.5 s"}},
                {"rest": "0.1 s"},
                {"current": f"{current} A/m^2"},
            ],
        ]
        given = {
            "geometry": {
                "lithium_thickness": f"{12 * h} um",
                "electrolyte_thickness": f"{60 * h} um",
                "height": f"{height} um",
                "mesh_size": f"{h} um",
            },
            "protrusions": {"count": 1, "height": f"{nucleus} um", "width": f"{nucleus} um"},
            "materials": {
                "lithium_set": "Li",
                "electrolyte_set": str(random.choice(["LPSCl", "LLZO"])),
            },
            "lithium_metal": {
                "interface_width": f"{delta} um",
                "capillary_mobility": f"{mobility} m^2/s",
                "fill_fraction": 0.0715,
            },
            "kinetics": {"exchange_current_density": f"{i_0} A/m^2"},
            "control": stages[random.integers(len(stages))],
            "time": {"end": "1000 s"},
            "output": {"every": "1000 s"},
        }
        if random.random() < 0.5:
            given["elasticity"] = {
                "pressure": f"{random.uniform(1, 20)} MPa",
                "coupling": "overpotential",
                "stress_coupling": float(between(random, 1, 20)),
            }
        if not Scales.of(load(given)).warnings():
            return given


@pytest.mark.parametrize("seed", range(RUNS))
def test_a_valid_input_does_not_give_up(seed, caplog):
    """Nor does a linear solve ever fail."""
    caplog.set_level(logging.DEBUG, logger="dendrolith.schemes.march")
    with Simulation(load(an_input(seed)), MPI.COMM_SELF) as simulation:
        for step in march(simulation):
            assert step.report.number("fallback_solves") == 0
            if step.number == STEPS:
                break
    assert step.number == STEPS or step.finishes
    assert "LINEAR_SOLVE" not in caplog.text
