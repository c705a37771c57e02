"""Whole runs: the time and the charge to the end do not depend on the width of the interface."""

import numpy as np
import pytest

import dendrolith

CELL = {
    "geometry": {
        "lithium_thickness": "24 um",
        "electrolyte_thickness": "120 um",
        "height": "96 um",
        "mesh_size": "2 um",
    },
    "protrusions": {"count": 1, "height": "24 um", "width": "20 um"},
    "materials": {"lithium_set": "Li", "electrolyte_set": "LPSCl"},
    "lithium_metal": {
        "interface_width": "8 um",
        "capillary_mobility": "2.8e-12 m^2/s",
        "fill_fraction": 0.0715,
    },
    "kinetics": {"exchange_current_density": "3000 A/m^2"},
    "control": [{"voltage": "0.0525 V"}],
    "elasticity": {"pressure": "5 MPa", "coupling": "driving_force"},
    "time": {"end": "200 s"},
    "output": {"every": "1000 s"},
}
SMALL = [
    "geometry.electrolyte_thickness=48 um",
    "geometry.height=48 um",
    "protrusions.height=16 um",
    "control.0.voltage=21 mV",
]
PORES = (
    "pores={fraction: 0.1625, mean_diameter: 10 um, seed: SEED, access: blocked, "
    "walls: {wall_width: 5 um}}"
)


def arrival(width: float, mesh_size: float, height: float, *changes: str) -> tuple[float, float]:
    """Time [s] at which the tip reaches `height` [m], and what is plated then [mol/m²]."""
    sets = [f"lithium_metal.interface_width={width} um", f"geometry.mesh_size={mesh_size} um"]
    names = ("tip_height [m]", "time [s]", "lithium_plated [mol/m^2]")
    before: list[float] = []
    with dendrolith.Simulation(dendrolith.load(CELL, [*sets, *changes])) as simulation:
        for step in dendrolith.march(simulation):
            row = simulation.measure(step)
            now = [row[name] for name in names]
            if now[0] >= height:
                ends = list(zip(before, now, strict=True))
                time, plated = (float(np.interp(height, ends[0], end)) for end in ends[1:])
                return time, plated
            before = now
    raise AssertionError(f"the tip only came to {before[0]} m")


@pytest.mark.serial
def test_half_the_width_changes_little():
    """A finger of 20 µm in a small dense cell: δ 8 → 4 µm at δ/h = 4 changes less than 4 %."""
    coarse, fine = (arrival(*pair, 44e-6, *SMALL) for pair in ((8, 2), (4, 1)))
    assert coarse == pytest.approx(fine, rel=0.04)


@pytest.mark.slow
@pytest.mark.serial
@pytest.mark.parametrize(
    "changes",
    [
        [],
        [PORES.replace("SEED", "3")],
        [PORES.replace("SEED", "5")],
        [PORES.replace("SEED", "3"), "elasticity.pressure=0 MPa"],
        [PORES.replace("SEED", "3"), "elasticity.pressure=10 MPa"],
    ],
    ids=["dense", "pores", "other pores", "0 MPa", "10 MPa"],
)
def test_time_and_charge_converge(changes):
    """Within 4 % at δ 8, h 2 µm and 2 % at 4, 1 of those at 2.83, 0.707 µm; half an hour each."""
    coarse, middle, fine = (
        arrival(*pair, 118e-6, *changes) for pair in ((8, 2), (4, 1), (2.8284, 0.7071))
    )
    assert coarse == pytest.approx(fine, rel=0.04)
    assert middle == pytest.approx(fine, rel=0.02)
