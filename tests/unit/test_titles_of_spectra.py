"""Titles of spectra as potentiostats write them."""

import numpy as np
import pytest

from dendrolith.core.errors import ConfigError
from dendrolith.traces.spectra.reading import read_spectrum
from dendrolith.traces.spectra.spectrum import AREAL

pytestmark = pytest.mark.serial

F = np.geomspace(1e5, 1e-2, 30)
Z = 30 + 50 / (1 + 2j * np.pi * F * 5e-3)


def wrote(tmp_path, titles, *columns, above=""):
    path = tmp_path / "spectrum.csv"
    rows = "\n".join(",".join(f"{x:.9g}" for x in row) for row in zip(*columns, strict=True))
    path.write_text(f"{above}{titles}\n{rows}\n", encoding="utf-8")
    return path


TITLES = {
    "a double prime as a quote": ("Frequency (Hz),Z' (Ohms),-Z\" (Ohms)", -1, ""),
    "the same behind a slash, below a note": ("Freq/Hz,Z'/ohm,Z\"/ohm", 1, "Init E (V) = 0\n\n"),
    "blanks": ("f (Hz),Re Z (Ohm),-Im Z (Ohm)", -1, ""),
    "words": ("Frequency / Hz,Real Part / Ohm,Imaginary Part / Ohm", 1, ""),
    "German": ("Frequenz [Hz],Realteil [Ohm],Imaginärteil [Ohm]", 1, ""),
}


@pytest.mark.parametrize("spelling", TITLES)
def test_titles(spelling, tmp_path):
    titles, sign, above = TITLES[spelling]
    found = read_spectrum(wrote(tmp_path, titles, F, Z.real, sign * Z.imag, above=above))
    np.testing.assert_allclose(found.impedance, Z, rtol=1e-6)


def test_an_angular_frequency_is_no_frequency(tmp_path):
    """A radian was one turn: all capacitances were 6.3 times too small, without a word."""
    titles = "Frequency (rad/s),Re(Z)/Ohm,Im(Z)/Ohm"
    found = read_spectrum(wrote(tmp_path, titles, 2 * np.pi * F, Z.real, Z.imag))
    np.testing.assert_allclose(found.frequency, F, rtol=1e-6)


def test_two_cells_side_by_side_are_asked_for(tmp_path):
    """The first was taken without a word; the same column twice is one."""
    titles = "f (Hz),Z' (Ohm),-Z'' (Ohm),Z' (Ohm),-Z'' (Ohm)"
    path = wrote(tmp_path, titles, F, Z.real, -Z.imag, 2 * Z.real, -2 * Z.imag)
    with pytest.raises(ConfigError, match="which is the real part"):
        read_spectrum(path)
    read_spectrum(wrote(tmp_path, titles, F, Z.real, -Z.imag, Z.real, -Z.imag))


def test_square_centimetres_behind_words_with_blanks(tmp_path):
    found = read_spectrum(wrote(tmp_path, "f (Hz),Re Z (Ω cm²),Im Z (Ω cm²)", F, Z.real, Z.imag))
    assert found.unit == AREAL
    np.testing.assert_allclose(found.impedance, 1e-4 * Z, rtol=1e-6)
