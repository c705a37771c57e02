"""Impedance of saved states against closed forms, static slopes and the time domain."""

import dataclasses
import math

import numpy as np
import pytest
import ufl
from dolfinx import fem

from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.core.parallel import integral
from dendrolith.domain.place import Place
from dendrolith.observables.reference_input import ReferenceElectrode
from dendrolith.physics import electronic_potential, ionic_potential
from dendrolith.physics.counter_electrode import CounterElectrode
from dendrolith.physics.impedance import SmallSignal
from dendrolith.studies.plating.counter_side import CounterSide
from dendrolith.studies.plating.fields import ELECTRONIC, IONIC
from dendrolith.studies.plating.flat_front import flat_front_current
from dendrolith.studies.plating.response_terms import reacting_surface
from dendrolith.studies.plating.schema import Electrodes
from dendrolith.studies.plating.small_signal import LinearResponse
from dendrolith.studies.plating.terminals import counter_current
from dendrolith.traces.spectra.estimate import Choice, estimate
from dendrolith.traces.spectra.kramers_kronig import TOLERANCE, kk_residual
from dendrolith.traces.spectra.spectrum import spectrum_of
from tests.cases import DELTA, ELECTROLYTE, UM, Stepper, cell, config, disc, front
from tests.verification.tools import solve

pytestmark = pytest.mark.serial  # tests/unit has what ranks can change

PER_VOLT = FARADAY / (GAS_CONSTANT * 298.15)
FOIL, GAP = 20 * UM, 400 * UM
STRIP = {"geometry__lithium_thickness": FOIL, "geometry__electrolyte_thickness": GAP,
         "electrodes": Electrodes(ionic_resistance=2e-3)}  # fmt: skip
NO_STORAGE = SmallSignal(double_layer=0.0, relative_permittivity=0.0)
SPECIFIED = {  # 800 µm, 0.78 S/m, i₀ 100, C 0.1, 2e-3 Ω m² beside 1 F/m²
    10.0: 3.251474e-3 - 2.478351e-4j,
    100.0: 2.057953e-3 - 9.786100e-4j,
    1e3: 1.288627e-3 - 1.985773e-4j,
    1e6: 1.025649e-3 - 3.213691e-6j,
}


def planar(law, frequency, *, length, sigma, i_0, leak=0.0):
    """Z of a planar cell: electrolyte, front and counter electrode in series, a leak beside."""
    omega = 2 * math.pi * frequency
    bulk = length / (sigma + 1j * omega * law.permittivity)
    front = 1 / (i_0 * PER_VOLT + law.interface(omega))
    return 1 / (leak + 1 / (bulk + front + law.counter(omega, 2e-3)))


def closed_form(law, frequency, i_0, front_at, leak=ELECTROLYTE.electronic_conductivity / GAP):
    length, sigma = FOIL + GAP - front_at, ELECTROLYTE.ionic_conductivity
    return planar(law, frequency, length=length, sigma=sigma, i_0=i_0, leak=leak)


def off(found: complex, expected: complex) -> float:
    return abs(found / expected - 1)


@pytest.mark.parametrize("frequency", SPECIFIED)
def test_closed_form_has_the_specified_values(frequency):
    law = SmallSignal(counter_double_layer=1.0)
    found = planar(law, frequency, length=800e-6, sigma=0.78, i_0=100.0)
    assert off(found, SPECIFIED[frequency]) < 1e-6


COUNTERS = {
    0.0: {"counter_double_layer": 1.0, "double_layer_exponent": 0.9},
    0.3: {"counter_capacitance": 1e3, "counter_double_layer": 0.5, "counter_exponent": 0.8},
    0.5: {"diffusion_resistance": 1e-3, "diffusion_time": 0.3},
}


@pytest.mark.parametrize("place", COUNTERS)
def test_planar_cell_has_the_impedance_of_its_closed_form(place):
    """Wherever the front lies between the nodes, and whatever the counter electrode is."""
    law, at = SmallSignal(**COUNTERS[place]), FOIL + place * UM
    settings = config(**STRIP, kinetics__exchange_current_density=10.0)
    with LinearResponse(cell(settings, front(at)), law) as response:
        assert response.surface == pytest.approx(1.0, abs=1e-12)
        for frequency in (1e-3, 10.0, 1e3):
            expected = closed_form(law, frequency, 10.0, at)
            assert off(response.impedance(frequency), expected) < 5e-5
        # the double layer is charged ahead of the contour: less electrolyte by part of δ
        missing = closed_form(law, 1e6, 10.0, at) - response.impedance(1e6)
        assert 0.0 < missing.real * ELECTROLYTE.ionic_conductivity < 0.5 * DELTA


@pytest.mark.parametrize("kind", ["quadrilateral", "tetrahedron", "hexahedron"])
def test_every_cell_type_has_it(kind):
    """Nodes of the counter electrode meet across diagonals that conduct nothing themselves."""
    depth = None if kind == "quadrilateral" else 2 * UM
    settings = config(
        **STRIP | {"geometry__electrolyte_thickness": 40 * UM}, geometry__height=2 * UM,
        geometry__depth=depth, geometry__cell_type=kind, kinetics__exchange_current_density=10.0,
    )  # fmt: skip
    law, sigma = SmallSignal(counter_capacitance=1e3), ELECTROLYTE.ionic_conductivity
    with LinearResponse(cell(settings, front(FOIL)), law) as response:
        for frequency in (1e-3, 10.0):
            leak = ELECTROLYTE.electronic_conductivity / (40 * UM)
            expected = planar(law, frequency, length=40 * UM, sigma=sigma, i_0=10.0, leak=leak)
            assert off(response.impedance(frequency), expected) < 1e-3


def test_charge_transfer_alone():
    settings = config(**STRIP, kinetics__exchange_current_density=10.0)
    with LinearResponse(cell(settings, front(FOIL + 0.37 * UM)), NO_STORAGE) as response:
        Z = response.impedance(1.0).real
    R_ct = Z - (GAP - 0.37 * UM) / ELECTROLYTE.ionic_conductivity - 2e-3
    assert R_ct * 10.0 * PER_VOLT == pytest.approx(1.0, abs=5e-3)


@pytest.mark.parametrize("part", [0.25, 0.75])
def test_a_reference_tells_anode_from_counter_electrode(part):
    """Z_anode = RT/(F i₀) + x/σ at low frequency, and the rest is the counter electrode's."""
    at = ReferenceElectrode(Place(FOIL + part * GAP, 0.5 * UM))
    settings = config(**STRIP, kinetics__exchange_current_density=10.0, reference_electrode=at)
    with LinearResponse(cell(settings, front(FOIL)), NO_STORAGE) as response:
        Z = response.impedance(1.0)
        (anode,) = (share * Z for share in response.reference_shares())
    length = part * GAP / ELECTROLYTE.ionic_conductivity
    assert anode.real == pytest.approx(1 / (10.0 * PER_VOLT) + length, rel=5e-3)
    rest = (1 - part) * GAP / ELECTROLYTE.ionic_conductivity + 2e-3
    assert (Z - anode).real == pytest.approx(rest, rel=5e-3)


def test_dielectric_ends_the_spectrum():
    """ω → ∞: the permittivity short-circuits the electrolyte, Z → L/(iωε)."""
    law = SmallSignal(double_layer=1e3)
    settings = config(**STRIP | {"electrodes": Electrodes(ionic_resistance=0.0)})
    omega = 100 * ELECTROLYTE.ionic_conductivity / law.permittivity
    with LinearResponse(cell(settings, front(FOIL)), law) as response:
        Z = response.impedance(omega / (2 * math.pi))
    assert off(Z, GAP / (1j * omega * law.permittivity)) < 0.02


def finger(reach: float, half_width: float = 4 * UM):
    """ξ of a foil of 10 µm with a finger of that length on it, in the middle of 16 µm."""
    return lambda x: (
        0.5
        * (1 + np.tanh(2 / DELTA * np.maximum(
            10 * UM - x[0],
            np.minimum(half_width - np.abs(x[1] - 8 * UM), reach - x[0]),
        )))
    )  # fmt: skip


def fingered(reach: float, R_c: float = 1e-5, R_ct: float = 1e-5, **changes):
    settings = config(
        geometry__height=16 * UM,
        electrodes=Electrodes(electronic_resistance=R_c, ionic_resistance=R_ct), **changes,
    )  # fmt: skip
    return cell(settings, finger(reach))


def static_current(made, voltage: float) -> float:
    """The current of the cell whose lithium stands still, by Newton on its own forms [A/m]."""
    f, laws, m = made.f, made.laws, made.m
    test, right = ufl.TestFunction(f.phi.function_space), m.ds(made.domain.boundaries["right"])
    density, made.laws.voltage.value = fem.Function(f.scalar_space), voltage
    surface = reacting_surface(laws)
    density.x.array[: surface.size] = surface / made.nodal_volume.array
    density.x.scatter_forward()
    i = density * laws.transferred_at_rest(f.xi, f.phi)
    sigma = [laws.conductivity(f"{k}ic_conductivity", f.xi) for k in ("electron", "ion")]
    w, v = test[ELECTRONIC], test[IONIC]
    share = electronic_potential.contact_share(laws.lithium.fraction(f.xi))
    G = {k: 1 / R for k, R in made.resistances.items() if R > 0}
    G[ELECTRONIC] *= share
    residual = (
        electronic_potential.conduction(f.phi[ELECTRONIC], w, sigma_el=sigma[0]) * m.dx
        + ionic_potential.conduction(f.phi[IONIC], v, sigma_ion=sigma[1]) * m.dx
        + i * (w - v) * m.nodes
    )
    current, face = 0, m.nodes_of_side(made.domain.boundaries["right"])
    for law, U in zip(laws.counter_kinetics, laws.stored, strict=True):
        j = law.exchange_current_density * law.net_stripping(laws.voltage - f.phi[IONIC] - U, 1.0)
        residual -= j * v * face
        current += j * face
    for kind, conductance in G.items():
        into = conductance * (laws.voltage - f.phi[kind])
        residual -= into * test[kind] * right
        current += into * right
    solve(residual, f.phi, made.charge.bcs)
    return integral(fem.form(current))


@pytest.mark.parametrize("voltage", [0.0, 0.08])
def test_low_frequency_is_the_slope_of_static_solves(voltage):
    made = fingered(30 * UM)
    slope = static_current(made, voltage + 1e-3) - static_current(made, voltage - 1e-3)
    static_current(made, voltage)
    with LinearResponse(made, NO_STORAGE) as response:
        Z = response.impedance(1e-3)
    assert abs(Z.imag) < 1e-9 * Z.real
    assert Z.real * slope / (2e-3 * made.domain.area("right")) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("over", [0.02, 0.3])
def test_charge_transfer_of_the_counter_electrode_is_that_of_each_place(over):
    """Slope of static solves with Butler–Volmer kinetics there; j varies along the face."""
    x, counter = (
        0.5,
        CounterElectrode("NMC811", areal_capacity=3600.0, exchange_current_density=5e2),
    )
    poor = dataclasses.replace(ELECTROLYTE, ionic_conductivity=0.05)
    made = fingered(36 * UM, 1.0, counter_electrode=counter, materials__electrolyte=poor)
    (U,), (law,) = made.laws.stored, made.laws.counter_kinetics
    U.value, law.exchange_current_density.value = counter.open_circuit()(x), counter.exchange(x)
    V = float(U.value) + over
    slope = static_current(made, V + 1e-3) - static_current(made, V - 1e-3)
    static_current(made, V)
    eta = V - made.f.component(IONIC)[CounterSide(made.laws, made.domain).nodes] - float(U.value)
    assert np.ptp(eta) > 0.05 * eta.mean()
    held = dataclasses.replace(NO_STORAGE, counter_capacitance=1e30)
    with LinearResponse(made, held, x) as response:
        Z = response.impedance(1e-3)
        assert off(response.impedance(1e-3, directly=True), Z) < 1e-10
    assert Z.real * slope / (2e-3 * made.domain.area("right")) == pytest.approx(1.0, abs=1e-4)


def test_iterations_and_direct_solves_agree():
    with LinearResponse(fingered(30 * UM), SmallSignal(counter_double_layer=0.5)) as response:
        for frequency in (1e6, 1e3, 1.0):
            Z = response.impedance(frequency)
            assert response.iterations <= 40
            assert off(response.impedance(frequency, directly=True), Z) < 1e-10
        assert response.solver.fallback.uses == 0


def test_multigrid_of_the_preconditioner():
    """AMG instead of factors inside; floating lithium included."""
    settings = config(geometry__height=16 * UM, solver__linear="iterative")
    drop = disc((25 * UM, 0.0), 6 * UM)
    made = cell(settings, lambda x: np.maximum(front(10 * UM)(x), drop(x)))
    with LinearResponse(made, SmallSignal()) as response:
        for frequency in (1e6, 1e3, 1.0):
            Z = response.impedance(frequency)
            assert response.iterations <= 40
            assert off(response.impedance(frequency, directly=True), Z) < 1e-9


# ---------------------------------------------------------------------- bridges


def spectrum(made, law, name):
    with LinearResponse(made, law) as response:
        return spectrum_of(name, law.frequencies, [response.impedance(f) for f in law.frequencies])


@pytest.mark.parametrize(
    ("ratio", "storage", "within"),
    [
        (10.0, None, 0.02),
        pytest.param(1.0, None, 0.02, marks=pytest.mark.slow),
        pytest.param(30.0, None, 0.05, marks=pytest.mark.slow),
        pytest.param(1.0, 1e4, 0.02, marks=pytest.mark.slow),
        pytest.param(10.0, 1e4, 0.02, marks=pytest.mark.slow),
        pytest.param(30.0, 1e4, 0.05, marks=pytest.mark.slow),
    ],
)
def test_bridge_is_found_in_field_spectra(ratio, storage, within):
    """R_e of a finger that touches; both ends of the spectrum are those of a parallel resistor."""
    law = SmallSignal(
        points_per_decade=4, lowest_frequency=1e-2 if storage else 10.0,
        double_layer_exponent=0.9, counter_capacitance=storage,
    )  # fmt: skip
    reach = 60 * UM  # beyond the counter electrode
    before = spectrum(fingered(reach, R_c=1e6), law, "before")
    made = fingered(reach)
    m = made.laws.lithium.fraction(made.f.xi)
    right = made.m.ds(made.domain.boundaries["right"])
    contact = integral(fem.form(m * right)) / made.domain.area("right")
    R_e = ratio * before.impedance[int(np.argmin(np.abs(before.frequency - 10.0)))].real
    after = spectrum(fingered(reach, R_c=R_e * contact), law, "after")
    for place in (0, -1):
        expected = 1 / (1 / before.impedance[place] + 1 / R_e)
        assert off(after.impedance[place], expected) < 0.01
    assert max(kk_residual(s).max() for s in (before, after)) < TOLERANCE
    found = estimate([before, after], Choice() if storage else Choice(2, "none"))
    assert found.bridge.value == pytest.approx(R_e, rel=within)
    assert found.direct.value == pytest.approx(R_e, rel=5e-3)


def test_uniform_electronic_shunt():
    """σ_el of the electrolyte raised: a leak beside the rest."""
    leak, law = 0.2, NO_STORAGE
    electrolyte = ELECTROLYTE.__class__(1.0, leak, 22.1e9, 0.37)
    settings = config(**STRIP, materials__electrolyte=electrolyte)
    with LinearResponse(cell(settings, front(FOIL)), law) as response:
        Z = response.impedance(1.0)
    R_e = GAP / leak + 1e3 * settings.electrodes.electronic_resistance
    assert off(Z, closed_form(law, 1.0, 100.0, FOIL, leak=1 / R_e)) < 5e-3


# ---------------------------------------------------------------------- in time


@pytest.mark.parametrize(
    ("threshold", "at_once"), [(0.05, 1.039), pytest.param(0.2, 1.412, marks=pytest.mark.slow)]
)
def test_a_front_at_rest_reacts_faster_until_it_has_relaxed(threshold, at_once):
    """At t → 0 the kernel of a moving front acts on a profile at rest: ∫m′²dx/(1.5δ)."""
    settings = config(
        geometry__mesh_size=0.5 * UM, geometry__height=0.5 * UM,
        geometry__electrolyte_thickness=60 * UM, kinetics__exchange_current_density=10.0,
        lithium_metal__metal_threshold=threshold, voltage=1e-3, time__end=1e6,
        time__first_step=1e-6, time__min_step=1e-9,
    )  # fmt: skip
    stepper = Stepper(cell(settings, front(10 * UM)))
    resistance = 60 * UM + settings.electrodes.ionic_resistance
    expected = flat_front_current(1e-3, resistance, 10.0, 0.5, 298.15) * 0.5 * UM
    stepper.start(1e-6)
    currents = []
    for step in stepper.march():
        currents.append(counter_current(stepper.balance, IONIC) / expected)
        if step.time > 4 * settings.lithium_metal.relaxation_time:
            break
    assert currents[-1] == pytest.approx(1.0, abs=5e-3)
    assert currents[0] == pytest.approx(at_once, rel=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("voltage", [0.03, 0.12])
def test_charge_transfer_of_a_front_in_motion(voltage):
    """Steepened by its motion it has the R_ct of the sharp front, RT/(F i₀ cosh(Fη/2RT))."""
    i_0 = 1000.0
    settings = config(
        geometry__height=1 * UM, geometry__lithium_thickness=20 * UM,
        geometry__electrolyte_thickness=100 * UM, kinetics__exchange_current_density=i_0,
        lithium_metal__fill_fraction=0.05, voltage=voltage, time__end=1e6,
    )  # fmt: skip
    made = cell(settings, front(20 * UM))
    stepper = Stepper(made)
    stepper.start(1e-3)
    for step in stepper.march():
        if step.time > 8 * settings.lithium_metal.relaxation_time:
            break
    j = counter_current(stepper.balance, IONIC) / UM
    position = integral(fem.form(made.laws.lithium.fraction(made.f.xi) * made.m.nodes)) / UM
    slope = i_0 * PER_VOLT * math.sqrt(1 + (j / (2 * i_0)) ** 2)
    rest = (120 * UM - position) + settings.electrodes.ionic_resistance
    with LinearResponse(made, NO_STORAGE) as response:
        assert (response.impedance(1.0).real - rest) * slope == pytest.approx(1.0, abs=5e-3)
