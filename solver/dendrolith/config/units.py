"""Text with a unit to SI. The only user of pint."""

from __future__ import annotations

import functools
import math
import re
from typing import Any

from dendrolith.core.errors import ConfigError


class UnitError(ValueError):
    """The text is not a number with a unit of the wanted dimension."""


# Plainly a product of powers: pint would evaluate whatever arithmetic it is given, 9^9^9^9 too.
_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_POWER = r"[A-Za-zµμΩ°%]+(?:\^?-?\d{1,2})?"
_TIMES = "(?:[ ]?[*·][ ]?|[ ])"  # never nothing: words that may fall apart anywhere take for ever
_PRODUCT = rf"{_POWER}(?:{_TIMES}{_POWER})*"
_UNIT = re.compile(rf"(?:1|{_PRODUCT})(?:[ ]?/[ ]?(?:{_POWER}|\({_PRODUCT}\)))*")
_TEXT = re.compile(rf"\s*({_NUMBER})\s*(.*?)\s*", re.DOTALL)
LONGEST_TEXT, LONGEST_UNIT = 80, 40
_RAISED = re.compile("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_PLAIN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
# Letters that mean something else than was probably meant, by the unit that is wanted.
_SLIPS = {
    ("C", "K"): "C is the coulomb: write degC",
    ("F", "K"): "F is the farad: write degF",
}
_CAPITALS = {"mpa": "MPa", "gpa": "GPa", "kpa": "kPa", "mv": "mV", "ma": "mA", "um": "um"}


def option_in_si(
    option: str, text: str, unit: str, *, above: float = -math.inf, at_least: float = -math.inf
) -> float:
    """A value of the command line in the SI unit `unit`.

    Args:
        option: as it is spelled, for messages.
        text: a number with a unit.
        unit: as of `to_si`.
        above: bound in it.
        at_least: bound in it.

    Raises:
        ConfigError: it cannot be read, is not finite, or breaks a bound.
    """
    try:
        value = to_si(text, unit)
    except UnitError as error:
        raise ConfigError(f"{option} '{text}' {error}") from None
    if not math.isfinite(value):
        raise ConfigError(f"{option} '{text}' is not a finite number")
    if value <= above:
        raise ConfigError(f"{option} '{text}' must be above {above:g} {unit}")
    if value < at_least:
        raise ConfigError(f"{option} '{text}' must be at least {at_least:g} {unit}")
    return value


@functools.cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(cache_folder=None)


def _unreadable(found: str, unit: str) -> str:
    """Why what stands behind a number is no unit."""
    if re.match(r"[,:]\d", found):
        return (
            "is not one number: write a decimal point, no thousands and no clock times, such as "
            f"'1.5 {unit}'"
        )
    return f"has an unreadable unit: write it like '{unit}'"


@functools.lru_cache(maxsize=4096)  # a sweep says most values many times
def to_si(text: str, unit: str) -> float:
    """Convert text such as ``"0.5 mA/cm^2"`` to a number in the SI unit `unit`.

    A power is written ``cm^2``, ``cm2``, ``cm²``, ``cm^-2``, ``cm-2`` or ``cm⁻²``. Where J/mol is
    wanted, an energy (``"0.35 eV"``) is that of one particle. Millipascal is asked back.

    Raises:
        UnitError: no number, no unit, unknown unit, another dimension, or a likely slip.
    """
    match = _TEXT.fullmatch(text) if len(text) <= LONGEST_TEXT else None
    if not match:
        raise UnitError(f"is not a number with a unit, for example '1 {unit}'")
    number, found = float(match.group(1)), match.group(2)
    if not found:
        raise UnitError(f"has no unit: write for example '{text.strip()} {unit}'")
    plain = _RAISED.sub(lambda raised: "^" + raised[0].translate(_PLAIN), found)
    if len(found) > LONGEST_UNIT or not _UNIT.fullmatch(plain):
        raise UnitError(_unreadable(found, unit))
    if unit == "Pa" and found == "mPa":
        raise UnitError(
            f"is in millipascal: write '{number:g} MPa' for megapascal, or '{number:g}e-3 Pa'"
        )
    import pint

    try:
        quantity = _registry().Quantity(number, _as_product(plain))
        if unit.endswith("/mol") and quantity.is_compatible_with("joule"):
            quantity *= _registry().Quantity("avogadro_constant")  # 0.35 eV, of a particle
        converted = quantity.to(_as_product(unit))
    except pint.DimensionalityError:
        raise UnitError(
            f"has the wrong dimension: '{found}' is not convertible to {unit}{_slip(found, unit)}"
        ) from None
    except Exception:
        raise UnitError(
            f"has an unknown unit '{found}': write it like '{unit}'{_slip(found, unit)}"
        ) from None
    return float(f"{converted.magnitude:.15g}")  # 100 um is 1e-4 m, not 9.999999999999999e-05


def _slip(found: str, unit: str) -> str:
    """What was probably meant, as the end of a message."""
    meant = _CAPITALS.get(found.lower())
    if meant and meant != found:
        return f"; did you mean {meant}?"
    return f": {_SLIPS[found, unit]}" if (found, unit) in _SLIPS else ""


def _as_product(unit: str) -> str:
    """Let a blank between units mean a product, digits a power; pint writes the ohm small."""
    unit = re.sub(r"(?<![A-Za-zµμ])([GMkmuµμ]?)Ohm(?![A-Za-z])", r"\1ohm", unit.replace("·", " "))
    unit = re.sub(r"(?<=[A-Za-zµμΩ°%])(?=-?\d)", "^", unit)
    return re.sub(r"(?<=[\w)])\s+(?=[A-Za-zµμΩ(])", "*", unit.replace("^", "**"))
