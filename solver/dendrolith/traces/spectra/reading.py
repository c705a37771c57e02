"""A spectrum from a table: a column of frequencies, a real and an imaginary one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from dendrolith.core.errors import ConfigError
from dendrolith.traces.columns import Table, read_table
from dendrolith.traces.spectra.spectrum import (
    ABSOLUTE,
    AREAL,
    ComplexArray,
    FloatArray,
    Spectrum,
    spectrum_of,
)
from dendrolith.traces.titles import PLACE, Column, fit_unit

FREQUENCY, REAL, IMAGINARY = "frequency", "real part", "imaginary part"
SPECTRUM = "a spectrum is a table with a frequency, a real and an imaginary part, titles with units"
LARGEST = 1e18  # [Ohm, Ohm m²]; the fit squares it
MINUS = ("-", "−")
LEAST = 12  # frequencies: a circuit of one arc and a bridge has five parameters
_NAMES = {
    FREQUENCY: re.compile(r"f|freq(uency)?\.?|frequenz|fr[eé]quence|频率"),
    REAL: re.compile(
        r"(re|real)_?\(?z?\)?|real(_?part|teil)|partie_réelle|z?_?(re|real|r)|z?_?prime|z[’'′]|impedance_real|z_?real.*|实部",
        re.I,
    ),
    IMAGINARY: re.compile(
        r"(im|imag|imaginary)_?\(?z?\)?|imag(inary_part|inärteil)|partie_imaginaire|z?_?(im|imag|i)|z?_?(double|d)_?prime"
        r"|z([’'′]{2}|[″\"])|impedance_imag(inary)?|z_?imag.*|虚部",
        re.I,
    ),
}
_UNIT = re.compile(
    r"(?P<name>.+?)\s*(?:\[(?P<in>[^\]]*)\]|\((?!-?[zZ]\))(?P<round>[^()]*)\)|/\s*(?P<behind>[^/].*))"
)
_COMPLEX = re.compile(r"\(?[-+]?[\d.]+(e[-+]?\d+)?\s*[-+]\s*[\d.]*(e[-+]?\d+)?\s*[ij]\)?", re.I)


def read_spectrum(path: Path) -> Spectrum:
    """The spectrum of a file; its name is that of the file.

    Raises:
        ConfigError: no such file, or it is no spectrum; says which column is absent.
    """
    try:
        table = read_table(path, {}, _titled, SPECTRUM)
    except ConfigError:
        if path.is_file():
            _refuse_complex_text(path)
        raise
    found = {kind: _column(table, kind) for kind in _NAMES}
    _refuse_complex(table)
    missing = [kind for kind, columns in found.items() if not columns]
    if missing:
        raise ConfigError(f"{path}: {_missing(missing)}; {table.listed()}")
    for kind, columns in found.items():
        _refuse_others(table, kind, columns)
    f, z, unit = _numbers(table, {kind: columns[0] for kind, columns in found.items()})
    good = np.isfinite(f) & np.isfinite(z)
    f, z = f[good], z[good]
    problem = _problem(f, z, minus=found[IMAGINARY][0].name.startswith(MINUS))
    if problem:
        raise ConfigError(f"{path}: {problem}")
    return spectrum_of(path.stem, f.tolist(), z.tolist(), unit)


def _column(table: Table, kind: str) -> list[Column]:
    """Columns of a kind by their titles."""
    pattern = _NAMES[kind]
    return [c for c in table.columns if pattern.fullmatch(c.name.lstrip("-−"))]


def _refuse_others(table: Table, kind: str, columns: list[Column]) -> None:
    """Refuse two columns of a kind that differ: cells side by side."""
    first, *rest = (table.values(column) for column in columns)
    if not all(np.array_equal(first, other, equal_nan=True) for other in rest):
        several = " and ".join(column.title for column in columns)
        raise ConfigError(f"{table.path}: {several}: which is the {kind}? Give each cell a file")


def _titled(_path: Path, title: str, _signals: Mapping[str, str]) -> Column:
    """A column by its title: name in small letters without blanks, unit in brackets or at a slash.

    What stands in brackets behind Re, Im and |Z| is no unit.
    """
    bare = PLACE.sub("", title).strip()
    match = _UNIT.fullmatch(bare)
    name, unit = (
        (match["name"], match["in"] or match["round"] or match["behind"] or "")
        if match
        else (bare, "")
    )
    unit = re.sub("[Oo]hms?", "ohm", unit.replace(".", " ")).strip()
    return Column(title, re.sub(r"\s+", "_", name.strip().casefold()), "", 0, 1.0, unit)


def _missing(kinds: list[str]) -> str:
    """What is absent, and the cure."""
    if kinds == [REAL] or kinds == [IMAGINARY]:
        return (
            f"has one branch only: no column of the {kinds[0]}. A circuit needs both: export "
            "Re(Z) and Im(Z), or −Im(Z)"
        )
    return f"has no column of the {' and of the '.join(kinds)}: name them frequency, Re(Z), Im(Z)"


def _refuse_complex(table: Table) -> None:
    """Refuse complex numbers in one cell."""
    for column in table.columns:
        cell = table.first_cell(column)
        if _COMPLEX.fullmatch(cell):
            raise ConfigError(f"{table.path}: column {column.title} holds {_apart(cell)}")


def _refuse_complex_text(path: Path) -> None:
    """Refuse a file whose lines have a frequency and a complex number, so no two numbers."""
    cells = re.split(r"[,;\t\n]", path.read_text(encoding="utf-8", errors="replace"))
    for cell in filter(_COMPLEX.fullmatch, map(str.strip, cells)):
        raise ConfigError(f"{path}: holds {_apart(cell)}")


def _apart(cell: str) -> str:
    return f"complex numbers ('{cell}'): write real and imaginary part as two columns"


def _numbers(table: Table, columns: dict[str, Column]) -> tuple[FloatArray, ComplexArray, str]:
    """Frequencies [Hz], impedances, and the unit of these."""
    units = {}
    for kind, column in columns.items():
        text = column.unit
        targets = ("Hz",) if kind == FREQUENCY else (ABSOLUTE, AREAL)
        fit = fit_unit(text, targets) if text else None
        if fit is not None and kind == FREQUENCY and "rad" in text:
            fit = (fit[0] / (2 * np.pi), fit[1])  # a radian is no number of turns
        if fit is None:
            said = f"'{text}' is no unit of it" if text else "its title names no unit"
            raise ConfigError(
                f"{table.path}: column {column.title}: {said}: write it like "
                f"{' or '.join(targets)}, in brackets, with a prefix if you like"
            )
        units[kind] = fit
    if units[REAL][1] != units[IMAGINARY][1]:
        raise ConfigError(
            f"{table.path}: the real part is in {units[REAL][1]}, the imaginary part in "
            f"{units[IMAGINARY][1]}: give both in one of them"
        )
    f, re_z, im_z = (units[kind][0] * table.values(columns[kind]) for kind in columns)
    if columns[IMAGINARY].name.startswith(MINUS):
        im_z = -im_z
    return f, re_z + 1j * im_z, units[REAL][1]


def _problem(f: FloatArray, z: ComplexArray, *, minus: bool) -> str:
    """Why these are no spectrum; empty where they are. `minus`: the title says −Im(Z)."""
    if len(f) < LEAST:
        return f"has {len(f)} frequencies: a circuit needs {LEAST} at least"
    if (f <= 0).any():
        return "has frequencies that are not above 0: leave the point at rest out"
    if len(np.unique(f)) < len(f):
        return "has frequencies that occur twice: give one sweep a file"
    if (z.imag > 0).mean() > 0.5:
        cure = "Im(Z) leave the minus of its title out" if minus else "−Im(Z) let its title say so"
        return (
            "has an imaginary part above 0 at most frequencies, as coils have: where the column "
            f"is {cure}"
        )
    if (z.real <= 0).any():
        return "has a real part that is not above 0: a cell at rest has none"
    if np.abs(z).max() > LARGEST:
        return f"has an impedance of {np.abs(z).max():.1g}, that of no cell: look at its unit"
    if f.max() < 10 * f.min():
        return "covers less than a decade of frequency"
    return ""
