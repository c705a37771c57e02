"""Spectra: the test of Kramers and Kronig, circuits and what they cannot tell, filaments, files."""

import json

import numpy as np
import pytest

from dendrolith.cli import main
from dendrolith.core.errors import ConfigError
from dendrolith.physics.equivalent_circuit import EquivalentCircuit
from dendrolith.traces.spectra.difference import direct_bridge
from dendrolith.traces.spectra.estimate import Choice, estimate
from dendrolith.traces.spectra.filament import Filament, surface_factor
from dendrolith.traces.spectra.fitting import Interval
from dendrolith.traces.spectra.kramers_kronig import MEASURED, TOLERANCE, kk_residual
from dendrolith.traces.spectra.reading import read_spectrum
from dendrolith.traces.spectra.size import size_of
from dendrolith.traces.spectra.spectrum import ABSOLUTE, AREAL, spectrum_of

pytestmark = pytest.mark.serial

CELL = {"R_ion": 32.0, "R_1": 50.0, "Q_1": 2e-6, "n_1": 0.9, "C_chi": 5.0}
R_INT = 82.0
FREQUENCIES = np.geomspace(1e6, 1e-3, 55)
SCATTER = 3e-3


def measured(name: str, end: str = "capacitance", seed: int = 1, **bridge: float):
    """A spectrum with 0.3 % of scatter."""
    circuit = EquivalentCircuit(1, end, "resistor" if bridge else "none")
    Z = circuit.impedance(2 * np.pi * FREQUENCIES, {**CELL, **bridge})
    draws = np.random.default_rng([seed, len(name)]).standard_normal((2, Z.size))
    Z = Z * (1 + SCATTER / np.sqrt(2) * (draws[0] + 1j * draws[1]))
    return spectrum_of(name, FREQUENCIES, Z, ABSOLUTE)


# ---------------------------------------------------------------------- Kramers and Kronig


@pytest.mark.parametrize("R_e", [1.0, 100.0, 1e4, 1e6])
def test_circuits_obey_kramers_and_kronig(R_e):
    Z = EquivalentCircuit(1, "capacitance", "resistor").impedance(
        2 * np.pi * FREQUENCIES, {**CELL, "R_e": R_e}
    )
    assert kk_residual(spectrum_of("circuit", FREQUENCIES, Z)).max() < TOLERANCE / 10


def test_what_is_not_causal_is_seen():
    Z = EquivalentCircuit(1).impedance(2 * np.pi * FREQUENCIES, CELL)
    off = Z.real * np.where(FREQUENCIES < 1, 1.02, 1.0) + 1j * Z.imag
    assert kk_residual(spectrum_of("drift", FREQUENCIES, off)).max() > MEASURED


# ---------------------------------------------------------------------- circuits


@pytest.mark.parametrize("ratio", [1.0, 3.0, 30.0])
def test_bridge_between_two_spectra(ratio):
    """Scatter of 0.3 % leaves 0.3, 0.4 and 3 % of R_e, and the interval holds it."""
    R_e = ratio * R_INT
    found = estimate([measured("before"), measured("after", R_e=R_e)], Choice(1, "capacitance"))
    assert found.bridge.low < R_e < found.bridge.high
    assert found.bridge.value == pytest.approx(R_e, rel=0.005 if ratio < 10 else 0.05)
    assert found.interior == pytest.approx(R_INT, rel=2e-3)
    assert found.direct.low < R_e < found.direct.high
    assert found.direct.value == pytest.approx(R_e, rel=0.005 if ratio < 10 else 0.05)


def test_difference_of_spectra_with_other_frequencies():
    before = measured("before")
    part = spectrum_of("before", FREQUENCIES[::2], before.impedance[::2], ABSOLUTE)
    found = direct_bridge(part, measured("after", R_e=R_INT))
    assert found.value == pytest.approx(R_INT, rel=0.01)


@pytest.mark.slow
def test_interval_holds_the_truth_as_often_as_it_says():
    R_e, held = 10 * R_INT, 0
    for seed in range(40):
        pair = [measured("before", seed=seed), measured("after", seed=seed, R_e=R_e)]
        bridge = estimate(pair, Choice(1, "capacitance")).bridge
        held += bridge.low < R_e < bridge.high
    assert held >= 34  # 38 are expected; fewer than 34 once in a hundred times


def test_no_bridge_has_a_bound():
    found = estimate(
        [measured("before"), measured("after", R_e=3e5 * R_INT)], Choice(1, "capacitance")
    )
    assert found.bridge.high == np.inf
    assert found.bridge.low > 100 * R_INT
    assert "no bridge is seen" in str(found)
    with pytest.raises(ConfigError, match="one bound only"):
        size_of(found.bridge, ABSOLUTE, Filament(length=8e-4), None, None)


def test_one_spectrum_needs_storage():
    after = measured("after", R_e=R_INT)
    found = estimate([after], Choice(1, "capacitance", is_bridged=True))
    assert found.bridge.value == pytest.approx(R_INT, rel=0.1)
    with pytest.raises(ConfigError, match="three numbers for four"):
        estimate([after], Choice(1, "none", is_bridged=True))


def test_what_cannot_be_told_apart_is_refused():
    """A bridged cell without storage looks like another cell without a bridge."""
    pair = [measured("before", "none"), measured("after", "none", R_e=R_INT)]
    free = Choice(1, "none", ("R_ion", "R_1", "Q_1"))
    with pytest.raises(ConfigError, match=r"cannot tell .*R_e.* apart"):
        estimate(pair, free)


def test_a_cell_that_changed_is_noted():
    after = measured("after", R_e=R_INT)
    other = spectrum_of("after", FREQUENCIES, after.impedance - 5.0, ABSOLUTE)
    found = estimate([measured("before"), other], Choice(1, "capacitance"))
    assert any("--free R_ion" in note for note in found.notes)


def test_an_interrupted_bridge():
    Z = EquivalentCircuit(1, "capacitance", "gap").impedance(
        2 * np.pi * FREQUENCIES, {**CELL, "R_e": 20.0, "C_gap": 1e-6}
    )
    after = spectrum_of("after", FREQUENCIES, Z, ABSOLUTE)
    found = estimate([measured("before"), after], Choice(1, "capacitance", interrupted=True))
    assert found.bridge.value == pytest.approx(20.0, rel=0.01)
    assert found.best.values["C_gap"] == pytest.approx(1e-6, rel=0.02)


def test_leads_are_taken_off():
    """Half of R_int in series makes R_e of a weak bridge (1 + 1/2)² times as large."""
    circuits = (EquivalentCircuit(1), EquivalentCircuit(1, bridge="resistor"))
    R_e, r, pair = 30 * R_INT, 0.5 * R_INT, []
    for name, circuit in zip(("before", "after"), circuits, strict=True):
        Z = r + circuit.impedance(2 * np.pi * FREQUENCIES, {**CELL, "R_e": R_e})
        pair.append(spectrum_of(name, FREQUENCIES, Z, ABSOLUTE))
    choice = Choice(1, "none")
    bare = estimate([spectrum.without(r) for spectrum in pair], choice)
    assert bare.bridge.value == pytest.approx(R_e, rel=1e-3)
    assert estimate(pair, choice).bridge.value == pytest.approx(2.25 * R_e, rel=0.1)
    with pytest.raises(ConfigError, match="--leads 100"):
        pair[0].without(100.0)


@pytest.mark.slow
def test_the_circuit_is_found():
    found = estimate([measured("before")], Choice())
    assert found.best.parts[0].circuit == EquivalentCircuit(1, "capacitance")


def test_the_interior_is_that_beside_the_bridge():
    """Where the bridge has changed R_ion, R_e is compared with the new one."""
    after = EquivalentCircuit(1, "capacitance", "resistor")
    Z = after.impedance(2 * np.pi * FREQUENCIES, {**CELL, "R_ion": 96.0, "R_e": 82.0})
    spectra = [measured("before"), spectrum_of("after", FREQUENCIES, Z, ABSOLUTE)]
    found = estimate(spectra, Choice(1, "capacitance", ("R_ion",)))
    assert found.interior == pytest.approx(96.0 + CELL["R_1"], rel=0.02)


@pytest.mark.parametrize("scatter", [0.0, 1.0])
def test_an_arc_that_does_not_close_is_no_resistance(scatter):
    """A cell that blocks by a constant phase, as electrodes without storage do: R_int is R_ion."""
    omega, R_e = 2j * np.pi * FREQUENCIES, 1e3
    before = CELL["R_ion"] + 1 / (5e-3 * omega**0.95)
    pair = []
    for name, Z in (("before", before), ("after", 1 / (1 / before + 1 / R_e))):
        noise = measured(name).impedance / measured(name, seed=2).impedance
        pair.append(spectrum_of(name, FREQUENCIES, Z * noise**scatter, ABSOLUTE))
    found = estimate(pair, Choice(1, "none"))
    assert found.interior == pytest.approx(CELL["R_ion"], rel=0.01)
    assert "leaks beside the cell" in str(found)


# ---------------------------------------------------------------------- filaments


@pytest.mark.parametrize(
    ("specularity", "diameter", "ratio"),
    [
        (0.0, 1, 11.99), (0.0, 3, 4.721), (0.0, 10, 2.086), (0.0, 30, 1.323), (0.0, 100, 1.0851),
        (0.0, 1000, 1.0079), (0.5, 1, 5.027), (0.5, 3, 2.431), (0.5, 10, 1.446), (0.5, 30, 1.144),
    ],
)  # fmt: skip
def test_resistivity_of_thin_wires(specularity, diameter, ratio):
    wire = Filament(length=8e-4, specularity=specularity)
    assert wire.resistivity_ratio(1e-9 * diameter) == pytest.approx(ratio, rel=5e-4)


def test_limits_of_the_integrals():
    wire = Filament(length=8e-4)
    thick = 1 + 0.75 * wire.mean_free_product / wire.resistivity / 1e-4
    assert wire.resistivity_ratio(1e-4) == pytest.approx(thick, rel=1e-7)
    # thin: σ/σ₀ → d/λ
    thin = wire.mean_free_product / wire.resistivity / 1e-11
    assert wire.resistivity_ratio(1e-11) == pytest.approx(thin, rel=0.01)
    # thin with a mirror as surface: σ/σ₀ → (d/λ)(1 + p)/(1 − p), also where p^m hardly falls
    for p in (0.5, 0.9, 0.99):
        assert surface_factor(1e-7, p) == pytest.approx(1e-7 * (1 + p) / (1 - p), rel=1e-3)
    grains = Filament(length=8e-4, reflection=0.3)
    assert grains.resistivity_ratio(1e-4) == pytest.approx(
        thick + 1.5 * 0.3 / 0.7 * (thick - 1) / 0.75, rel=1e-6
    )


def test_a_soft_short_is_nanometres_thin():
    """60.56 kΩ across 800 µm: one wire of 43.5 nm, or more and thinner ones."""
    wire = Filament(length=8e-4)
    assert wire.diameter(60.56e3, 1) == pytest.approx(43.5e-9, rel=1e-3)
    assert wire.diameter(1e8, 1) == pytest.approx(2.34e-9, rel=2e-3)
    bulk = Filament(length=8e-4, mean_free_product=1e-30)
    for resistance, nanometres in ((10, 3074), (1e3, 307), (1e5, 30.7), (1e8, 0.97)):
        assert bulk.diameter(resistance, 1) == pytest.approx(1e-9 * nanometres, rel=3e-3)
    for count in (1.0, 100.0, 1e4):
        d = bulk.diameter(1e3, count)
        assert 1e3 * bulk.charge(d, count) == pytest.approx(bulk.invariant(), rel=1e-9)
    found = estimate([measured("before"), measured("after", R_e=R_INT)], Choice(1, "capacitance"))
    size = size_of(found.bridge, ABSOLUTE, wire, None, 6.27e-5)
    few, many = wire.counts(size.resistance, 1e-9, 1e-7)
    assert wire.diameter(size.resistance, few) == pytest.approx(1e-7)
    assert f"{few:.3g} to {many:.3g} filaments of the whole length" in str(size)
    assert size.as_dict()["diameter"][0] > 1e-7  # one alone would be thicker than 100 nm


def test_a_lifetime_of_what_is_known_per_area_needs_the_area():
    """The lithium of a square centimetre is not what the current of a cell dissolves."""
    wire, whole, area, current = Filament(length=8e-4), 3e4, 0.32e-4, 6.3e-5
    of_cell = size_of(Interval(whole, 2e4, 4e4), ABSOLUTE, wire, None, current)
    each = Interval(area * whole, area * 2e4, area * 4e4)
    known = size_of(each, AREAL, wire, area, current)
    assert known.as_dict()["lifetime"] == pytest.approx(of_cell.as_dict()["lifetime"])
    with pytest.raises(ConfigError, match="give --area for a lifetime"):
        size_of(each, AREAL, wire, None, current)


# ---------------------------------------------------------------------- files


def table(header: str, *, real: float = 1.0, imaginary: float = 1.0, rows: int = 55) -> str:
    spectrum = measured("file")
    lines = [
        f"{f:.8g},{real * z.real:.8g},{imaginary * z.imag:.8g}"
        for f, z in zip(spectrum.frequency[:rows], spectrum.impedance[:rows], strict=True)
    ]
    return "\n".join([header, *lines]) + "\n"


@pytest.mark.parametrize(
    ("header", "real", "imaginary"),
    [
        ("freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm", 1.0, -1.0),
        ("Frequency (kHz),Z' (kOhm),Z'' (kOhm)", 1e-3, 1e-3),
        ("Freq [Hz],Zreal [mOhm],Zimag [Ohm]", 1e3, 1.0),
        ("frequency [Hz],impedance_real [Ohm],impedance_imaginary [Ohm]", 1.0, 1.0),
    ],
)
def test_titles_and_units(tmp_path, header, real, imaginary):
    path = tmp_path / "file.csv"
    text = table(header, real=real, imaginary=imaginary)
    if "kHz" in header:
        head, *lines = text.splitlines()
        moved = [
            f"{float(line.partition(',')[0]) / 1e3},{line.partition(',')[2]}" for line in lines
        ]
        text = "\n".join([head, *moved])
    path.write_text(text, encoding="utf-8")
    found, expected = read_spectrum(path), measured("file")
    assert found.impedance == pytest.approx(expected.impedance, rel=1e-6)
    assert found.frequency == pytest.approx(expected.frequency, rel=1e-6)


# Gamry's own files begin each line with a tab, and there # is the unit of a number, no comment.
OF_GAMRY = {
    "plain": ("Pt\tTime\tFreq\tZreal\tZimag", "#\ts\tHz\tohm\tohm", "{k}\t{k}\t{f}\t{re}\t{im}"),
    "own": (
        "\tPt\tFreq\tZreal\tZimag\tZphz", "\t#\tHz\tohm\tohm\t°", "\t{k}\t{f}\t{re}\t{im}\t0",
    ),
}  # fmt: skip


@pytest.mark.parametrize("layout", OF_GAMRY)
def test_units_in_a_line_of_their_own(layout, tmp_path):
    """As Gamry writes them: tabs, and what is no spectrum above and beside."""
    expected, path = measured("file"), tmp_path / "file.dta"
    *titles, row = OF_GAMRY[layout]
    rows = zip(expected.frequency, expected.impedance, strict=True)
    lines = [row.format(k=k, f=f, re=z.real, im=z.imag) for k, (f, z) in enumerate(rows)]
    path.write_text("\n".join(["ZCURVE\tTABLE", *titles, *lines]), encoding="latin-1")
    assert read_spectrum(path).impedance == pytest.approx(expected.impedance, rel=1e-9)


def test_chinese_titles_in_their_encoding(tmp_path):
    expected, path = measured("file"), tmp_path / "file.csv"
    rows = zip(expected.frequency, expected.impedance, strict=True)
    lines = ["频率(Hz),实部(Ω),虚部(Ω)", *(f"{f},{z.real},{z.imag}" for f, z in rows)]
    path.write_text("\n".join(lines), encoding="gb18030")
    assert read_spectrum(path).impedance == pytest.approx(expected.impedance, rel=1e-9)


def test_decimal_commas(tmp_path):
    expected, path = measured("file"), tmp_path / "file.csv"
    rows = zip(expected.frequency, expected.impedance, strict=True)
    lines = ["Frequenz [Hz];Z' [Ohm];-Z'' [Ohm]"]
    lines += [f"{f:.9g};{z.real:.9g};{-z.imag:.9g}".replace(".", ",") for f, z in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert read_spectrum(path).impedance == pytest.approx(expected.impedance, rel=1e-7)


BAD = {
    "nothing": ("freq/Hz,Re(Z)/Ohm,Im(Z)/Ohm\n", "a spectrum is a table"),
    "one branch": (table("freq/Hz,Re(Z)/Ohm,phase/deg"), "has one branch only"),
    "other branch": (table("freq/Hz,|Z|/Ohm,Im(Z)/Ohm"), "has one branch only"),
    "no names": (table("a,b,c"), "no column of the frequency"),
    "unit": (table("freq/Hz,Re(Z)/V,Im(Z)/Ohm"), "is no unit of it"),
    "no unit": (table("freq/Hz,Re(Z),Im(Z)"), "names no unit"),
    "two units": (table("freq/Hz,Re(Z) [Ohm cm^2],Im(Z) [Ohm]"), "in one of them"),
    "few": (table("freq/Hz,Re(Z)/Ohm,Im(Z)/Ohm", rows=8), "has 8 frequencies"),
    "sign": (table("freq/Hz,Re(Z)/Ohm,Im(Z)/Ohm", imaginary=-1.0), "as coils have"),
    "huge": (table("freq/Hz,Re(Z)/Ohm,Im(Z)/Ohm", real=1e300), "look at its unit"),
    "negative": (table("freq/Hz,Re(Z)/Ohm,Im(Z)/Ohm", real=-1.0), "not above 0"),
    "complex": (
        "freq/Hz,Z/Ohm,n\n" + "\n".join(f"{f:g},{f:g}-2.5e-1j,{f:g}" for f in range(1, 30)),
        "complex numbers",
    ),
    "complex alone": (
        "freq/Hz,Z/Ohm\n" + "\n".join(f"{f:g},{f:g}-2.5e-1j" for f in range(1, 30)),
        "complex numbers",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_get_one_message(tmp_path, case):
    text, message = BAD[case]
    path = tmp_path / "bad.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_spectrum(path)
    assert len(caught.value.problems) == 1
    assert message in caught.value.problems[0]
    assert caught.value.problems[0].startswith(str(path))


def test_command(tmp_path, capsys):
    for name, bridge in (("before", {}), ("after", {"R_e": R_INT})):
        spectrum = measured(name, **bridge)
        rows = zip(spectrum.frequency, spectrum.impedance, strict=True)
        lines = ["freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm", *(f"{f},{z.real},{-z.imag}" for f, z in rows)]
        (tmp_path / f"{name}.csv").write_text("\n".join(lines), encoding="utf-8")
    files = [str(tmp_path / f"{name}.csv") for name in ("before", "after")]
    fixed = ("--arcs", "1", "--end", "capacitance", "--length", "800 um")
    picture = tmp_path / "fit.png"
    assert main(["spectra", *files, *fixed, "--json", "--plot", str(picture)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["bridge_resistance"] == pytest.approx(R_INT, rel=0.01)
    assert said["filaments"][0]["diameter"][0] == pytest.approx(1.08e-6, rel=0.02)
    assert picture.stat().st_size > 10_000
    assert main(["spectra", *files, "--area", "1 cm^2"]) == 2
    assert "give their --length" in capsys.readouterr().err
    assert main(["spectra", *files, "--length", "800"]) == 2
    refused = capsys.readouterr().err
    assert refused.count("error:") == 1
    assert "no unit" in refused
