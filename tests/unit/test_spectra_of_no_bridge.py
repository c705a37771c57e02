"""Spectra that show no bridge, or another one than was asked for; options that do nothing."""

import numpy as np
import pytest

from dendrolith.core.errors import ConfigError
from dendrolith.physics.equivalent_circuit import EquivalentCircuit
from dendrolith.traces.spectra.difference import direct_bridge
from dendrolith.traces.spectra.estimate import Choice, estimate
from dendrolith.traces.spectra.reading import read_spectrum
from dendrolith.traces.spectra.spectrum import ABSOLUTE, spectrum_of
from tests.unit.test_spectra import CELL, FREQUENCIES, R_INT, SCATTER, measured

pytestmark = pytest.mark.serial

ARCS = {"R_ion": 32.0, "R_1": 50.0, "Q_1": 2e-6, "n_1": 0.9, "R_2": 300.0, "Q_2": 0.05, "n_2": 1.0}
GAP = {"R_e": 20.0, "C_gap": 1e-4}


def scattered(circuit: EquivalentCircuit, values: dict[str, float]):
    """A spectrum of a circuit with 0.3 % of scatter."""
    Z = circuit.impedance(2 * np.pi * FREQUENCIES, values)
    draws = np.random.default_rng(7).standard_normal((2, Z.size))
    Z = Z * (1 + SCATTER / np.sqrt(2) * (draws[0] + 1j * draws[1]))
    return spectrum_of("cell", FREQUENCIES, Z, ABSOLUTE)


def test_two_arcs_without_a_bridge_are_no_evidence_of_one():
    """R_e is the whole of the resistance at rest, within 0.1 %: a note says what it rests on."""
    choice = Choice(1, "capacitance", is_bridged=True)
    found = estimate([scattered(EquivalentCircuit(2), ARCS)], choice)
    assert found.bridge.high < 390
    assert "is no evidence of a bridge" in found.notes[-1]


def test_a_bridge_that_is_whole_has_no_gap():
    """Scatter alone makes a capacitance of 272 F, 2.4 deviations off."""
    pair = [measured("before"), measured("after", R_e=R_INT)]
    found = estimate(pair, Choice(1, "capacitance", interrupted=True))
    assert "no gap is seen" in found.notes[-1]
    assert "divides the voltage" in str(found)


def test_a_bridge_that_ends_in_a_gap_divides_no_voltage():
    after = scattered(EquivalentCircuit(1, "capacitance", "gap"), {**CELL, **GAP})
    found = estimate([measured("before"), after], Choice(1, "capacitance", interrupted=True))
    assert "passes no steady current" in str(found)
    assert not found.notes
    assert direct_bridge(measured("before"), after) is None  # it is no resistance


def test_what_does_nothing_is_refused():
    one, two = [measured("a")], [measured("a"), measured("b", R_e=R_INT)]
    for spectra, choice, why in (
        (one, Choice(1, "none", interrupted=True), "--gap: needs a second spectrum, or --bridged"),
        (one, Choice(1, "none", own=("R_ion",)), "--free R_ion: needs the spectrum after"),
        (two, Choice(1, "none", is_bridged=True), "--bridged: is of one spectrum"),
    ):
        with pytest.raises(ConfigError, match=why):
            estimate(spectra, choice)


@pytest.mark.parametrize(("title", "cure"), [("-Im(Z)", "leave the minus"), ("Im(Z)", "let its")])
def test_the_cure_of_a_wrong_sign_is_for_this_title(tmp_path, title, cure):
    Z = measured("a").impedance
    values = Z.imag if title == "-Im(Z)" else -Z.imag
    rows = [
        f"{f:.6g},{re:.6g},{im:.6g}" for f, re, im in zip(FREQUENCIES, Z.real, values, strict=True)
    ]
    file = tmp_path / "a.csv"
    file.write_text("\n".join([f"freq [Hz],Re(Z) [Ohm],{title} [Ohm]", *rows]))
    with pytest.raises(ConfigError, match=cure):
        read_spectrum(file)


def test_a_cell_that_drifted_a_little_is_noted():
    """Of 2 % at the end of a sweep; bars of R_e did not hold it. Scatter alone has no note."""
    before, after = measured("before"), measured("after", R_e=5000.0)
    drift = 1 + 0.02 * np.linspace(0, 1, FREQUENCIES.size)
    moved = spectrum_of("after", FREQUENCIES, after.impedance * drift, ABSOLUTE)
    assert not estimate([before, after], Choice(1, "capacitance")).notes
    (note,) = estimate([before, moved], Choice(1, "capacitance")).notes
    assert "one cell does not fit both spectra" in note


def test_a_profile_begins_where_its_fit_ends():
    """A fit anew from another guess was a little better or worse there: a traceback of brentq."""
    f = FREQUENCIES[FREQUENCIES >= 0.1]
    circuit = EquivalentCircuit(1, "capacitance", "resistor")
    Z = circuit.impedance(2 * np.pi * f, {**CELL, "R_e": 1000.0})
    draws = np.random.default_rng(7)
    scatter = [2e-3 / np.sqrt(2) * draws.standard_normal(f.size) for _ in range(2)]
    alone = spectrum_of("after", f, Z * (1 + scatter[0] + 1j * scatter[1]), ABSOLUTE)
    bridge = estimate([alone], Choice(1, "capacitance", is_bridged=True)).bridge
    assert bridge.low < 1000.0 < bridge.high
