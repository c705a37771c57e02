"""Lithium that presses a crack open, against the closed form of one segment.

V/V_∞ = 1 − e^{−t/τ₁},  τ₁ = C/(g L (V_m/F)²),  p_∞ = F|η|/V_m
"""

import itertools

import numpy as np
import pytest
import ufl
from dolfinx import fem

from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.observables.nodal import metal_slope
from dendrolith.simulation import Simulation, march
from dendrolith.studies.register import load
from tests.studies import CONFIGS, run

pytestmark = pytest.mark.serial

CONFIG = CONFIGS / "fracture" / "lithium_in_crack.yaml"
PRESSURE, VOLUME = "lithium_pressure_max [Pa]", "opening_volume [m^2]"
LENGTH, INVENTORY = "crack_length [m]", "inventory_error [1]"
V_M, VOLTAGE, I_0, THRESHOLD = 1.309e-5, 1e-3, 1.0, 0.05
STATIC = ("damage.toughness=2000 J/m^2",)
RELAXATION = 0.02  # of V/V_∞
SAME = 1e-8  # between numbers of ranks; a jump of the crack multiplies round-off by 1000


def faces(simulation):
    """∫|∇m| over the segment: the length of the faces that react [m]."""
    state = simulation.problem.state
    volume = fem.assemble_vector(fem.form(ufl.TestFunction(state.scalar_space) * ufl.dx)).array
    xi, density = state["xi_middle"].x.array, state["front_density"].x.array
    in_segment = state["segment"].x.array > 0.5
    front = metal_slope(xi, THRESHOLD) / (1 - 2 * THRESHOLD) * density * in_segment
    return float(front @ volume)


@pytest.mark.slow  # a minute
def test_one_static_crack_relaxes_as_one_segment():
    """The ledger closes: charge and lithium agree to 1e-8 of what has passed."""
    found = []
    with Simulation(load(CONFIG, STATIC)) as simulation:
        for step in march(simulation):
            row = simulation.measure(step)
            found.append((row["time [s]"], row[PRESSURE], row[VOLUME], row[INVENTORY]))
            if step.number == 1:
                length = faces(simulation)
    t, p, V, inventory = np.array(found).T
    compliance = V[-1] / p[-1]
    conductance = I_0 * FARADAY / (GAS_CONSTANT * 298.15) * length
    tau = compliance / (conductance * (V_M / FARADAY) ** 2)
    limit = FARADAY * VOLTAGE / V_M
    later = t > 0.1 * tau
    assert later.sum() > 50
    np.testing.assert_allclose(p[later] / limit, 1 - np.exp(-t[later] / tau), rtol=RELAXATION)
    assert np.all(p <= limit)
    # two faces of 31 µm of straight slit and a round end of 13 µm, and foil within 2 ell
    assert length == pytest.approx(2 * 31e-6 + np.pi * 13e-6, rel=0.1)
    assert inventory[later].max() < 1e-8


# The crack begins to run within a few steps.
GROWING = (
    "kinetics.exchange_current_density=100 A/m^2",
    "damage.toughness=0.005 J/m^2",
    "solver.charge_tolerance=1e-9",
    "time.first_step=0.2 s",
    "time.max_step=0.5 s",
)


def test_only_what_a_shorter_step_avoids_counts_as_a_change_of_the_step():
    """Pressure jumps where a crack ran since the last step: a run that took that back gave up."""
    words = ("kinetics.exchange_current_density=100 A/m^2", "control.0.voltage=5 mV")
    with Simulation(load(CONFIG, (*words, "damage.toughness=0.1 J/m^2"))) as simulation:
        problem = simulation.problem
        problem.start(0.1)
        assert (report := problem.advance(0.1)).by == "damage"
        assert report.change > 0.05
        problem.accept()
        (damage,) = (block for block in problem.blocks if block.name == "damage")
        d, p = problem.state["d"], problem.state["lithium_pressure"].x.array
        before = p.max()
        x, y, _ = d.function_space.tabulate_dof_coordinates().T
        d.x.array[(abs(y - 24.5e-6) < 1e-6) & (x > 16e-6) & (x < 64e-6)] = 1.0  # 16 µm further
        assert damage.advance(1e-9).change < 1e-6
        assert abs(p.max() / before - 1) > 0.01  # the step of 1 ns alone: 1e-9


RESTS = (
    *STATIC,
    "kinetics.exchange_current_density=100 A/m^2",
    "control=[{voltage: 5 mV, until: {time: 0.1 s}}, {current: 0 A/m^2, until: {time: 1 s}}]",
    "time.first_step=0.1 s",
    "time.max_step=0.1 s",
)


def pressed(simulation):
    """Largest pressure of lithium [Pa]."""
    return simulation.problem.state["lithium_pressure"].x.array.max()


def test_the_first_step_of_a_rest_presses_no_further():
    """Its reaction is that of the rest: that of the stage before would press twice as much."""
    with Simulation(load(CONFIG, RESTS)) as simulation:
        p = [pressed(simulation) for _ in itertools.islice(march(simulation), 2)]
    assert p[0] > 0
    assert p[1] == pytest.approx(p[0], rel=0.01)


@pytest.mark.slow
def test_a_run_resumed_at_a_rest_goes_on_to_the_last_bit():
    config = load(CONFIG, RESTS)
    with Simulation(config) as simulation:
        steps = march(simulation)
        next(steps)
        kept = simulation.march.save()
        next(steps)
        whole = pressed(simulation)
    with Simulation(config) as again:
        again.march.restore(kept)
        again.march.step()
        assert pressed(again) == whole


@pytest.mark.slow
@pytest.mark.mpirun
def test_ranks_agree(tmp_path):
    few = (*GROWING, "time.max_steps=18")
    one, *others = (run(CONFIG, tmp_path / str(n), *few, ranks=n) for n in (1, 2, 3))
    assert one[LENGTH][-1] > one[LENGTH][0] + 2e-6
    for other in others:
        for name in (PRESSURE, LENGTH, VOLUME, "lithium_in_openings [mol/m^2]"):
            np.testing.assert_allclose(other[name], one[name], rtol=SAME)


@pytest.mark.slow
def test_a_run_resumed_while_the_crack_grows_writes_the_same(tmp_path):
    few = (*GROWING, "time.max_steps=18")
    run(CONFIG, tmp_path / "whole", *few)
    run(CONFIG, tmp_path / "parts", *GROWING, "time.max_steps=15")
    run(CONFIG, tmp_path / "parts", *few, more=("--resume", "auto"))
    whole, parts = (tmp_path / name / "timeseries.csv" for name in ("whole", "parts"))
    assert parts.read_bytes() == whole.read_bytes()


@pytest.mark.slow
def test_the_bound_of_the_literature_presses_at_once(tmp_path):
    mode = ("lithium_pressure.mode=equilibrium", "lithium_pressure.share=0.5")
    found = run(CONFIG, tmp_path, *mode, *STATIC, "time.max_steps=5")
    assert found[PRESSURE][0] == pytest.approx(0.5 * FARADAY * VOLTAGE / V_M, rel=0.02)


def test_what_presses_at_once_finds_its_equilibrium(tmp_path):
    """Where the volume grows changes as p comes; equilibrium looked once, and no step was taken."""
    mode = ("lithium_pressure.mode=equilibrium", "lithium_pressure.share=0.5")
    found = run(CONFIG, tmp_path, *mode, "control.0.voltage=3 mV", "time.max_steps=1")
    assert found[PRESSURE][0] == pytest.approx(0.5 * FARADAY * 3 * VOLTAGE / V_M, rel=0.02)


SLIT, HEIGHT, BETWEEN = 60.0, 120.0, 128.0  # µm


def resistance(h: float, *cracks: dict) -> float:
    """Of a cell for ions [Ω m²] on a mesh of `h` [µm], with ℓ = 5.5h."""
    given = {
        "geometry": {
            "lithium_thickness": "16 um",
            "electrolyte_thickness": f"{BETWEEN} um",
            "height": f"{HEIGHT} um",
            "mesh_size": f"{h} um",
        },
        "materials": {"lithium_set": "Li", "electrolyte_set": "LLZO"},
        "lithium_metal": {"interface_width": f"{4 * h} um", "capillary_mobility": "1e-12 m^2/s"},
        "kinetics": {"exchange_current_density": "1000 A/m^2"},
        "control": [{"voltage": "10 mV"}],
        "elasticity": {"eigenstrain": 0},
        "damage": {"toughness": "2.24 J/m^2", "length": f"{5.5 * h} um"},
        "cracks": {"void_conductivity": 1e-4},
        "seed_cracks": list(cracks),
        "time": {"end": "1 s", "max_steps": 1, "first_step": "0.1 ms"},
        "output": {"every": "1 s"},
    }
    with Simulation(load(given)) as simulation:
        (row,) = [simulation.measure(step) for step in march(simulation)]
    return 0.01 / row["ionic_current [A/m^2]"]


@pytest.mark.slow  # half a minute
def test_a_crack_across_the_current_blocks_what_a_slit_does():
    """ΔL = (2H/π) ln sec(πa/H) of a slit 2a across a strip of height H (Rayleigh); O(ℓ) on top."""
    longer = {}
    for h in (0.5, 1.0):
        place = 16 + BETWEEN / 2 + h / 2
        ends = ({"x": f"{place} um", "y": f"{(HEIGHT + way * SLIT) / 2} um"} for way in (-1, 1))
        sound = resistance(h)
        longer[h] = BETWEEN * (resistance(h, {"through": list(ends)}) / sound - 1)
    slit = 2 * HEIGHT / np.pi * np.log(1 / np.cos(np.pi * SLIT / 2 / HEIGHT))
    assert longer[1.0] > longer[0.5] > slit
    assert 2 * longer[0.5] - longer[1.0] == pytest.approx(slit, rel=0.05)
