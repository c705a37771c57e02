"""Text with a unit: the ways in which people write it, and the slips that are asked back."""

import subprocess
from pathlib import Path

import pytest

from dendrolith.config.units import UnitError, to_si

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "text",
    ["0.5 mA/cm^2", "0.5 mA/cm2", "0.5 mA/cm²", "0.5 mA cm^-2", "0.5 mA cm-2", "0.5 mA·cm⁻²"],
)
def test_powers(text):
    assert to_si(text, "A/m^2") == 5.0


def test_powers_of_several_units():
    assert to_si("1e-18 m5/(J s)", "m^5/(J s)") == 1e-18
    assert to_si("2 mAh cm-2", "C/m^2") == 72000.0
    assert to_si("10 S cm⁻¹", "S/m") == 1000.0


@pytest.mark.parametrize(
    "text", ["2 mOhm m^2", "2 mΩ m²", "20 Ohm cm2", "2e-6 kOhm m^2", "2000 µOhm m2"]
)
def test_prefixes_of_the_ohm(text):
    assert to_si(text, "Ohm m^2") == 0.002


@pytest.mark.parametrize(
    ("text", "unit", "words"),
    [
        ("25 C", "K", "C is the coulomb: write degC"),
        ("77 F", "K", "F is the farad: write degF"),
        ("5 mPa", "Pa", "is in millipascal: write '5 MPa' for megapascal, or '5e-3 Pa'"),
        ("5 Mpa", "Pa", "did you mean MPa?"),
        ("1,5 um", "m", "write a decimal point"),
        ("5,000 A/m^2", "A/m^2", "no thousands"),
        ("1:30", "s", "no clock times"),
        ("1 m9999", "m", "unreadable unit"),
        ("1 m⁻⁻²", "m", "unreadable unit"),
        ("1 m²²²", "m", "unreadable unit"),
    ],
)
def test_slips_are_asked_back(text, unit, words):
    with pytest.raises(UnitError) as caught:
        to_si(text, unit)
    assert words in str(caught.value)


def test_millipascal_seconds_are_no_slip():
    assert to_si("3 mPa s", "Pa s") == 0.003


def test_help_of_the_environment_shows_no_source():
    done = subprocess.run([ROOT / "env.sh"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "./env.sh run CMD" in done.stdout
    assert "DENDROLITH_MIRROR" in done.stdout
    assert "set -euo" not in done.stdout
    assert "RECIPE" not in done.stdout
