"""Potentials of counter electrodes, their inverse kinetics, and cells in closed form."""

import math

import numpy as np
import pytest
import ufl
from mpi4py import MPI
from scipy.integrate import solve_ivp

from dendrolith.control.stages import Stage
from dendrolith.core.errors import ConfigError
from dendrolith.physics.counter_electrode import CounterElectrode, Point
from dendrolith.physics.kinetics import loss_of
from dendrolith.physics.open_circuit_potential import FITS, nmc811, two_phases
from dendrolith.physics.particles import ROOTS, Particles
from dendrolith.schemes.march import March
from dendrolith.studies.cell.build import ReducedCell
from dendrolith.studies.cell_model import CellModel
from dendrolith.studies.register import load, study_of

pytestmark = pytest.mark.serial

C_20 = 142650 / 3600 / 20  # A/m²
BASE = {
    "study": "cell",
    "counter_electrode": {
        "potential": "NMC811", "areal_capacity": f"{196502 * (0.9084 - 0.27)!r} C/m^2",
        "rated_capacity": "142650 C/m^2", "charge_transfer_resistance": "0.01 Ohm m^2",
    },
    "kinetics": {"exchange_current_density": "10 A/m^2"},
    "separator": {"thickness": "800 um", "ionic_conductivity": "0.78 S/m"},
    "control": ["Charge at C/20 for 4.5 h"],
    "time": {"end": "100 h"}, "output": {"every": "1 h"},
}  # fmt: skip
LINEAR = {  # U = 3.8 V + q/(2.4e5 F/m²)
    "potential": "table", "charge_transfer_resistance": "0 Ohm m^2",
    "areal_capacity": "2.4e5 C/m^2", "initial_fraction": 0.5,
    "table": [{"fraction": 0.0, "potential": "4.3 V"}, {"fraction": 1.0, "potential": "3.3 V"}],
}  # fmt: skip


def marched(**changes):
    """Rows of a march, columns by name, and the config."""
    config = load({**BASE, **changes})
    setup = study_of(config).setup(config, MPI.COMM_SELF)
    readings = setup.observables[0]
    rows = []
    for step in March(setup.problem, config.time, config.output.every):
        rows.append((step.time, step.stage, *readings(None)))
    names = ("time", "stage", *(name.split(" [")[0] for name in readings.columns))
    return dict(zip(names, np.array(rows).T, strict=True)), config


@pytest.mark.parametrize(
    ("name", "x", "potential"),
    [
        ("NMC811", 0.9084, 3.5614), ("NMC811", 0.745, 3.6936), ("NMC811", 0.5, 3.9720),
        ("NMC811", 0.27, 4.2730), ("NCA", 0.41, 4.1127), ("NCA", 0.5, 3.9760),
        ("NCA", 0.9, 3.5533), ("lithium", 0.3, 0.0),
    ],
)  # fmt: skip
def test_published_potentials(name, x, potential):
    """As the papers' formulas give them, to 0.1 mV."""
    assert FITS[name](x) == pytest.approx(potential, abs=1e-4)


def test_slopes():
    """The derivative is exact; beyond the range the tangent goes on."""
    fit = FITS["NMC811"]
    assert fit.slope(0.745) == pytest.approx(-0.812, abs=1e-3)
    assert fit.slope(0.5) == pytest.approx(-1.263, abs=1e-3)
    for curve in (*FITS.values(), two_phases(1.55, 0.02)):
        for x in (0.015, 0.35, 0.6, 0.93):
            difference = (curve(x + 1e-6) - curve(x - 1e-6)) / 2e-6
            assert curve.slope(x) == pytest.approx(difference, rel=1e-6, abs=1e-8)
    assert fit(0.95) == pytest.approx(fit(0.9084) + fit.slope(0.9084) * (0.95 - 0.9084))


def test_two_phases_and_their_common_tangent():
    """LTO: plateau, solutions, and the area below U of a regular solution."""
    lto = two_phases(1.55, 0.02)
    assert lto(0.01) == pytest.approx(1.56599, abs=1e-5)
    assert lto(0.99) == pytest.approx(1.53401, abs=1e-5)
    assert lto(0.02) == lto(0.5) == lto(0.98) == 1.55
    assert lto(0.02 - 1e-9) == pytest.approx(1.55, abs=1e-8)


def test_formulas_take_arrays_and_expressions():
    x = np.array([0.3, 0.6])
    np.testing.assert_allclose(nmc811(x), [nmc811(0.3), nmc811(0.6)])
    assert float(nmc811(ufl.as_ufl(0.6))) == pytest.approx(nmc811(0.6), rel=1e-14)


@pytest.mark.parametrize("alpha", [0.01, 0.2, 0.5, 0.73, 0.99])
def test_the_loss_is_the_inverse_of_the_current(alpha):
    for s in (-40.0, -3.0, -1e-3, -1e-12, 1e-9, 0.5, 8.0, 60.0):
        ratio = math.expm1((1 - alpha) * s) - math.expm1(-alpha * s)
        assert loss_of(ratio, alpha) == pytest.approx(s, rel=1e-12)
    assert loss_of(0.0, alpha) == 0.0
    for ratio in (-0.4, -0.15, 0.15, 0.4):  # Newton's method goes far beyond 0 where alpha does
        s = loss_of(ratio, alpha)
        assert math.expm1((1 - alpha) * s) - math.expm1(-alpha * s) == pytest.approx(ratio)


def test_exchange_current_and_swelling():
    law = CounterElectrode(
        "NMC811", areal_capacity=1e5, exchange_current_density=3.0, molar_volume=1.6e-6
    )
    assert law.exchange(0.5) == pytest.approx(3.0)
    assert law.exchange(0.9) == pytest.approx(3.0 * 0.6)
    eta = law.overpotential(2.0, 0.9, 298.15)
    s = 96485.33212 * eta / (8.314462618 * 298.15)
    assert 1.8 * (math.exp(s / 2) - math.exp(-s / 2)) == pytest.approx(2.0)
    assert law.swelling(14400.0) == pytest.approx(-0.2388e-6, rel=1e-3)
    assert CounterElectrode("table", table=(Point(0.0, 4.0), Point(1.0, 3.0))).open_circuit()(
        0.25
    ) == pytest.approx(3.75)


def test_diffusion_in_particles():
    """The surface of a sphere at a steady flux lies jR/(5D) from its mean."""
    radius, diffusivity, c_max, flux, active, length = 5.22e-6, 4e-15, 63104.0, 1e-7, 0.665, 75.6e-6
    law = CounterElectrode(
        "NMC811", areal_capacity=c_max * 96485.33212 * active * length * (0.9084 - 0.27),
        diffusion_time=radius**2 / diffusivity,
    )  # fmt: skip
    current = 96485.33212 * flux * 3 * active * length / radius  # out of the particles
    moved = -flux * radius / (5 * diffusivity) / c_max
    assert law.surface(0.6, current) - 0.6 == pytest.approx(moved, rel=1e-9)
    slow = {**BASE["counter_electrode"], "diffusion_time": "6812.1 s"}
    (with_it, _), (without, _) = marched(counter_electrode=slow), marched()
    lost = with_it["voltage"][-1] - without["voltage"][-1]
    assert lost == pytest.approx(0.812 * 6812.1 * C_20 / (15 * 196502), rel=0.01)


def test_the_surface_of_a_sphere_in_time():
    """A half-space at first, a parabola in the end; in two parts as in one; gone after a rest."""
    tau, Q, j = 6812.1, 2e5, 3.0
    particles, rest = Particles(tau, Q), [0.0] * len(ROOTS)

    def surface(modes):
        memory, at_once = particles.surface(modes, 0.0)
        return memory - at_once * j

    for time in (50.0, 100.0, 200.0):
        whole, T = surface(particles.after(rest, j, time)), time / tau
        soon = -tau * j / (3 * Q) * (2 * math.sqrt(T / math.pi) - 2 * T)
        assert whole == pytest.approx(soon, rel=2 * T)
        parts = particles.after(particles.after(rest, j, time / 3), j, 2 * time / 3)
        assert surface(parts) == pytest.approx(whole, rel=1e-12)
    late = particles.after(rest, j, 2 * tau)
    assert surface(late) == pytest.approx(-tau * j / (15 * Q), rel=1e-9)
    assert max(map(abs, particles.after(late, 0.0, 2 * tau))) < 1e-15


def test_the_modes_are_those_of_a_sphere():
    assert ROOTS[:2] == pytest.approx((4.4934094579, 7.7252518369), rel=1e-10)
    assert all(math.tan(root) == pytest.approx(root, rel=1e-9) for root in ROOTS)
    assert sum(2 / root**2 for root in ROOTS) == pytest.approx(0.2, rel=0.06)


def test_charge_at_c_20():
    """x after 4.5 h to 1e-6 and V = U + I R to 0.1 mV; U at 10 h."""
    found, config = marched()
    x, voltage = found["counter_fraction"][-1], found["voltage"][-1]
    assert found["time"][-1] == 16200
    assert config.control[0].current == pytest.approx(C_20, rel=1e-12)
    assert x == pytest.approx(0.9084 - C_20 * 16200 / 196502, abs=1e-12)
    assert x == pytest.approx(0.74506, abs=5e-6)
    lost = C_20 * (8e-4 / 0.78 + 0.01) + 2 * 0.0256926 * math.asinh(C_20 / 20)
    assert voltage == pytest.approx(3.6936 + lost, abs=1e-4)
    assert CellModel(config).potential(0.9084 - C_20 * 36000 / 196502) == pytest.approx(
        3.9061, abs=1e-4
    )


@pytest.mark.parametrize(
    ("name", "potential", "capacity"),
    [("LTO", 1.55, "1e5 C/m^2"), ("Li-In", 0.62, "1e5 C/m^2"), ("Li", 0.0, None)],
)
def test_plateaus(name, potential, capacity):
    """Lithium comes from an electrode with a plateau: V is U_p and the losses of both kinetics."""
    counter = {"initial_fraction": 0.5} | ({"areal_capacity": capacity} if capacity else {})
    found, config = marched(
        counter_set=name, counter_electrode=counter, control=["Charge at 1 A/m^2 for 1 h"]
    )
    x, thermal = found["counter_fraction"][-1], 8.314462618 * 298.15 / 96485.33212
    law = config.counter_electrode
    exchange = law.exchange_current_density
    if capacity:
        assert x == pytest.approx(0.5 - 3600 / 1e5 * 0.998, rel=1e-9)
        exchange *= 2 * math.sqrt(x * (1 - x))
    lost = 8e-4 / 0.78 + 2 * thermal * (math.asinh(1 / 20) + math.asinh(1 / (2 * exchange)))
    assert found["voltage"][-1] == pytest.approx(potential + lost, abs=1e-9)
    if name == "Li":
        assert found["swelling"][-1] == pytest.approx(0.0, abs=1e-15)
        assert math.isinf(law.capacity)


def test_a_soft_short_is_an_exponential():
    """U → I R_e with τ = C (R_e + R); R = 0.02 Ω m² here is the separator's."""
    found, _ = marched(
        counter_electrode=LINEAR, kinetics={"exchange_current_density": "1e9 A/m^2"},
        separator={"thickness": "200 um", "ionic_conductivity": "0.01 S/m"},
        bridge={"contact_resistance": "1.2 Ohm m^2", "contact_fraction": 1.0},
        control=[{"current": "1.98 A/m^2", "until": {"time": "3600 s"}}],
    )  # fmt: skip
    current, R, R_e, tau = 1.98, 0.02, 1.2, 2.4e5 * 1.22
    U = current * R_e + (3.8 - current * R_e) * np.exp(-found["time"] / tau)
    np.testing.assert_allclose(found["open_circuit_potential"], U, atol=1e-7)
    np.testing.assert_allclose(found["voltage"], (U + current * R) * R_e / (R_e + R), atol=1e-7)
    assert U[-1] == pytest.approx(3.782599, abs=1e-6)
    assert found["voltage"][-1] == pytest.approx(3.759540, abs=1e-6)
    assert found["ionic_current"][-1] == pytest.approx(-1.152950, abs=1e-6)
    passed = found["ion_charge"][-1] + found["electronic_charge"][-1]
    assert passed == pytest.approx(1.98 * 3600, rel=1e-10)


def test_the_drop_when_a_bridge_closes():
    """The step is cut at that time: before it V = U + I R, at the end what the exponential says."""
    found, _ = marched(
        counter_electrode=LINEAR, kinetics={"exchange_current_density": "1e9 A/m^2"},
        separator={"thickness": "200 um", "ionic_conductivity": "0.01 S/m"},
        bridge={"contact_resistance": "1.2 Ohm m^2", "contact_fraction": 1.0, "begins": "1234 s"},
        control=[{"current": "1.98 A/m^2", "until": {"time": "3600 s"}}],
    )  # fmt: skip
    start = 3.8 + 1.98 * 1234 / 2.4e5
    U = 1.98 * 1.2 + (start - 1.98 * 1.2) * math.exp(-(3600 - 1234) / (2.4e5 * 1.22))
    assert found["open_circuit_potential"][-1] == pytest.approx(U, abs=1e-7)
    before = found["time"] <= 1234
    np.testing.assert_array_equal(found["electronic_current"][before], 0.0)
    np.testing.assert_allclose(
        found["voltage"][before], found["open_circuit_potential"][before] + 0.0396, atol=1e-8
    )


def test_the_step_is_of_second_order():
    """A leak moves x by 0.18 in 8, 16 and 32 steps, against another integrator."""
    config = load({**BASE, "bridge": {"contact_resistance": "1e-3 Ohm m^2"}})
    model = CellModel(config)
    rest, length, Q = Stage(rest=1.0), 1e3, config.counter_electrode.capacity

    def rate(_, q):
        x = 0.4 - q[0] / Q
        return [model.ionic_current(rest, lambda _: x, model.conductance(0.0), 0.0)]

    exact = solve_ivp(rate, (0, length), [0.0], method="LSODA", rtol=1e-11, atol=1e-9).y[0, -1]
    errors = []
    for steps in (8, 16, 32):
        cell = ReducedCell(model)
        cell.hold(rest)
        cell.ion_charge = begin = Q * (0.9084 - 0.4)
        for _ in range(steps):
            cell.advance(length / steps)
        errors.append(abs(cell.ion_charge - begin - exact))
    assert exact == pytest.approx(-0.18 * Q, rel=0.01)
    assert 3.5 < errors[0] / errors[1] < 4.6
    assert 3.5 < errors[1] / errors[2] < 4.6


def test_a_bridge_of_wires():
    """One wire of 43.5 nm across 800 µm in a cell of 0.317 cm² has 60.56 kΩ; two have half."""
    area = 3.1669e-5
    for count in (1, 2):
        wires = {"diameter": "43.5 nm", "count": f"{count / area!r} 1/m^2"}
        config = load({**BASE, "bridge": wires})
        model = CellModel(config)
        R_e = model.bridge_resistance(config.bridge)
        assert R_e / area * count == pytest.approx(60.56e3, rel=5e-3)
        assert model.conductance(0.0) == 1 / R_e
        (shown,) = [v for k, v in study_of(config).numbers(config) if k == "bridge resistance"]
        assert shown == f"{R_e:.4g} Ohm m^2"
    layer = {"thickness": "100 um", "ionic_conductivity": "0.1 S/m"}
    longer = CellModel(load({**BASE, "bridge": wires, "interlayer": layer}))
    assert longer.bridge_resistance(config.bridge) == pytest.approx(R_e * 900 / 800, rel=1e-12)
    for wrong in ({"diameter": "40 nm"}, {**wires, "contact_resistance": "1 Ohm m^2"}):
        with pytest.raises(ConfigError, match="bridge"):
            load({**BASE, "bridge": wrong})
