"""A disc of lithium that floats in the electrolyte finds its balance, whatever stress does to it.

Physics at its edges: a large eigenstrain, pressure as overpotential or driving force up to a
hundredfold, lithium that fills at once or hardly. Newton's method once gave up on each of these.
"""

import numpy as np
import pytest

from dendrolith import Simulation, load, march

UM = 1e-6
MIDDLE = (35 * UM, 30 * UM)
USUAL = {
    "foil": "10 um", "conductivity": "0.01 S/m", "mobility": "2e-11 m^2/s", "fill": 1.0,
    "energy": "0.5 J/m^2", "i_0": 100.0, "voltage": "30 mV", "resistance": "1e-5 Ohm m^2",
    "coupling": "driving_force", "right": "pressure", "chi": 100.0, "first_step": "1e-3 s",
    "radius": 8 * UM, "pressure": "0 MPa",
}  # fmt: skip
CASES = {
    "slow kinetics, fixed gap": {
        "foil": "2 um", "conductivity": "1 S/m", "mobility": "2e-13 m^2/s", "i_0": 1.0,
        "coupling": "overpotential", "right": "fixed_gap", "chi": 1.0, "radius": 4 * UM,
    },
    "driving force, hundredfold": {},
    "hardly anything fills": {
        "conductivity": "0.1 S/m", "mobility": "2e-12 m^2/s", "fill": 0.01, "energy": "0.1 J/m^2",
        "i_0": 0.1, "resistance": "1e-3 Ohm m^2", "right": "fixed_gap", "first_step": "1 s",
    },
    "overpotential, fast kinetics": {
        "conductivity": "0.1 S/m", "fill": 0.01, "energy": "0.1 J/m^2", "i_0": 3000.0,
        "voltage": "-30 mV", "resistance": "1e-3 Ohm m^2", "coupling": "overpotential",
        "right": "fixed_gap", "first_step": "1e-5 s", "radius": 4 * UM,
    },
    "under pressure": {
        "energy": "0.1 J/m^2", "i_0": 3000.0, "voltage": "-30 mV", "chi": 1.0,
        "resistance": "1e-3 Ohm m^2", "pressure": "50 MPa", "first_step": "1 s", "radius": 4 * UM,
    },
}  # fmt: skip


def cell(foil, conductivity, mobility, fill, energy, i_0, voltage, resistance, coupling, right, chi,
         first_step, radius, pressure):  # fmt: skip
    """A foil and a disc in 50 µm of stiff electrolyte, three steps of it."""
    settings = load({
        "geometry": {"lithium_thickness": foil, "electrolyte_thickness": "50 um",
                     "height": "60 um", "mesh_size": "1 um"},
        "materials": {"lithium_set": "Li", "electrolyte_set": "LPSCl", "electrolyte": {
            "young_modulus": "31 GPa", "ionic_conductivity": conductivity}},
        "lithium_metal": {"interface_width": "4 um", "capillary_mobility": mobility,
                          "fill_fraction": fill, "surface_energy": energy},
        "kinetics": {"exchange_current_density": f"{i_0} A/m^2"},
        "control": [{"voltage": voltage}],
        "electrodes": {"ionic_resistance": resistance, "electronic_resistance": resistance},
        "elasticity": {"pressure": pressure, "eigenstrain": 2.3e-3, "coupling": coupling,
                       "right": right, "stress_coupling": chi},
        "time": {"end": "1 s", "max_steps": 3, "first_step": first_step},
        "output": {"every": "1 s"},
    })  # fmt: skip
    simulation = Simulation(settings)
    xi = simulation.problem.state["xi"]
    lithium = xi.x.array.copy()
    x, y, _ = xi.function_space.tabulate_dof_coordinates().T
    outside = np.hypot(x - MIDDLE[0], y - MIDDLE[1]) - radius
    disc = 0.5 - 0.5 * np.tanh(2 * outside / settings.lithium_metal.interface_width)
    xi.x.array[:] = np.maximum(disc, lithium)
    return simulation


@pytest.mark.serial
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_finds_a_balance(case):
    with cell(**{**USUAL, **case}) as simulation:
        for step in march(simulation):
            row = simulation.measure(step)
            assert row["charge_error [1]"] < 1e-6
        assert step.number == 3 or step.time == pytest.approx(1.0)
        assert np.isfinite(simulation.problem.state["phi"].x.array).all()
