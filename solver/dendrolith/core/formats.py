"""Numbers, lengths and formulas as people read them."""

from __future__ import annotations

import math
import re
import unicodedata

_PREFIXES = "pnµm kMGT"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# Greek letters by their names, and what else a terminal spells out.
_SPELLED = {
    **{unicodedata.name(chr(code)).split()[-1].lower(): chr(code) for code in range(0x3B1, 0x3CA)},
    **{"lambda": "λ", "grad": "∇", "um": "µm", "Ohm": "Ω"},
}
_WORD = re.compile(rf"(?<![A-Za-z])({'|'.join(_SPELLED)})(?![A-Za-z])")


def format_number(value: float, digits: int = 4) -> str:
    """So many digits, with a power of ten where the number is small or very large."""
    if not math.isfinite(value):
        return str(value)
    if value == 0 or 1e-3 <= abs(value) < 1e6:
        text = f"{value:.{digits}g}"
        return (f"{value:.0f}" if "e" in text else text).replace("-", "−")
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    raised = str(int(exponent)).translate(_RAISED)
    return f"{float(mantissa):g} × 10{raised}".replace("-", "−")


def length_unit(extent: float) -> tuple[float, str]:
    """Factor from metres, and unit, for a domain of this extent [m].

    Micrometres serve from a tenth of one to a centimetre.
    """
    if extent >= 10.0:
        return 1.0, "m"
    if extent >= 1e-2:
        return 1e3, "mm"
    return (1e6, "µm") if extent >= 1e-7 else (1e9, "nm")


def in_um(length: float) -> str:
    """A length [m] in micrometres, as an input spells it."""
    return f"{1e6 * length:.6g} um"


def prefixed(size: float, unit: str) -> tuple[float, str]:
    """Factor and name of a unit in which a size in SI has one to three digits before the point.

    A unit that is no single letter or word, and mass, have no prefix, seconds none above one.
    """
    if not unit.isalpha() or unit == "kg" or not size or not math.isfinite(size):
        return 1.0, unit
    thousands = min(max(math.floor(math.log10(abs(size)) / 3 + 1e-9), -4), 4)
    if unit == "s" and thousands > 0:
        return 1.0, unit
    return 1e3**thousands, _PREFIXES[thousands + 4].strip() + unit


def with_prefix(value: float, unit: str) -> str:
    """A value in SI in the unit of `prefixed`."""
    factor, name = prefixed(value, unit)
    return f"{value / factor:.4g} {name}".rstrip()


def typeset(text: str) -> str:
    """Letters and powers as they are printed, for what the terminal spells out."""
    text = _WORD.sub(lambda found: _SPELLED[found.group()], text)
    return text.replace("^2", "²").replace("^3", "³").replace(" x ", " × ")
