"""Linear stability of a flat front: growth rate and marginal wavelength (solver/theory.md §10)."""

import math

import numpy as np
import pytest
import ufl
from dolfinx import fem

from dendrolith.control.stages import Stage, Until
from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.core.parallel import integral
from dendrolith.studies.plating.fields import IONIC
from dendrolith.studies.plating.terminals import counter_current
from tests.cases import UM, Stepper, cell, config, lithium_in

T, I_0, SIGMA, J_0 = 298.15, 1000.0, 1.0, 300.0
DELTA, LITHIUM, GAP = 2 * UM, 8 * UM, 50 * UM
BEGIN, END = 1.5, 5.0  # s; the front finds its moving profile within some 1/(L_ξW) = 0.25 s


def corrugated(wavelength: float, current: float = J_0):
    """Half a wavelength of a front x = 8 µm + A cos(ky), A = λ/100, under a held current."""
    settings = config(
        geometry__lithium_thickness=LITHIUM, geometry__electrolyte_thickness=GAP,
        geometry__height=wavelength / 2, geometry__mesh_size=DELTA / 4,
        lithium_metal__interface_width=DELTA, lithium_metal__fill_fraction=0.05,
        lithium_metal__capillary_mobility=2e-12, kinetics__exchange_current_density=I_0,
        electrodes__ionic_resistance=1e-8, electrodes__electronic_resistance=1e-8,
        control=(Stage(current=current, until=Until(time=END)),), time__end=END,
        solver__linear="iterative", solver__charge_tolerance=1e-8, output__every=BEGIN,
    )  # fmt: skip
    k = 2 * math.pi / wavelength

    def xi(x):
        surface = LITHIUM + wavelength / 100 * np.cos(k * x[1])
        return 0.5 * (1 - np.tanh(2 * (x[0] - surface) / DELTA))

    return cell(settings, xi), k


def growth_rate(K: float, k: float, j: float, settings) -> float:
    """ω of a front under the current density j [1/s].

    The field in front of a crest is steeper by j/σ, and the capillary motion −L_ξκk²A carries
    charge as all lithium does: δj = K(jA − l_k F c_Li L_ξκ k²A)/(1 + K l_k).
    """
    lithium = settings.lithium_metal
    F_c = FARADAY * lithium.c_Li
    eta = 2 * GAS_CONSTANT * T / FARADAY * math.asinh(j / (2 * I_0))
    g_d = I_0 * FARADAY / (GAS_CONSTANT * T) * math.cosh(FARADAY * eta / (2 * GAS_CONSTANT * T))
    l_k = SIGMA / g_d
    return K * (j / F_c - l_k * lithium.capillary_mobility * k**2) / (1 + K * l_k)


def measured_and_predicted(wavelength: float) -> tuple[float, float]:
    """ω from the amplitude ∫m cos(ky), and the mean of the closed form over the same time."""
    made, k = corrugated(wavelength)
    split = Stepper(made)
    y = ufl.SpatialCoordinate(made.domain.mesh)[1]
    wave = ufl.cos(fem.Constant(made.domain.mesh, k) * y)
    form = fem.form(wave * made.laws.lithium.content(made.f.xi) * made.m.dx)
    c_Li, area = made.config.lithium_metal.c_Li, made.domain.area("right")
    times, amplitudes, rates = [], [], []
    for step in split.march():
        if step.time < BEGIN:
            continue
        position = lithium_in(made) / c_Li / area
        H = LITHIUM + GAP - position
        current = counter_current(split.balance, IONIC) / area
        times.append(step.time)
        amplitudes.append(integral(form))
        rates.append(growth_rate(k / math.tanh(k * H), k, current, made.config))
    measured = math.log(amplitudes[-1] / amplitudes[0]) / (times[-1] - times[0])
    return measured, float(np.trapezoid(rates, times) / (times[-1] - times[0]))


@pytest.mark.parametrize(
    "wavelength",
    [20 * UM, pytest.param(100 * UM, marks=pytest.mark.serial),
     pytest.param(200 * UM, marks=pytest.mark.slow)],
)  # fmt: skip
def test_growth_rate(wavelength):
    """Decay of short waves, growth of long ones, within 15 % over a decade of wavelengths."""
    measured, predicted = measured_and_predicted(wavelength)
    assert measured == pytest.approx(predicted, rel=0.15)


@pytest.mark.serial  # on ranks: the growth rate above
def test_marginal_wavelength():
    """The wavelength that neither grows nor decays, between 45 and 60 µm, within 10 %."""
    wavelengths = (45 * UM, 60 * UM)
    measured, predicted = zip(*map(measured_and_predicted, wavelengths), strict=True)
    assert measured[0] < 0 < measured[1]

    def zero(rates) -> float:
        first, second = wavelengths
        return first + (second - first) * rates[0] / (rates[0] - rates[1])

    assert zero(measured) == pytest.approx(zero(predicted), rel=0.1)
