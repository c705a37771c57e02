"""Text with a unit to SI. The only user of pint."""

from __future__ import annotations

import functools
import re
from typing import Any


class UnitError(ValueError):
    """The text is not a number with a unit of the wanted dimension."""


# Plainly a product of powers: pint would evaluate whatever arithmetic it is given, 9^9^9^9 too.
_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_POWER = r"[A-Za-zµμΩ°%]+(?:\^-?\d{1,2})?"
_TIMES = "(?:[ ]?[*·][ ]?|[ ])"  # never nothing: words that may fall apart anywhere take for ever
_PRODUCT = rf"{_POWER}(?:{_TIMES}{_POWER})*"
_UNIT = re.compile(rf"(?:1|{_PRODUCT})(?:[ ]?/[ ]?(?:{_POWER}|\({_PRODUCT}\)))*")
_TEXT = re.compile(rf"\s*({_NUMBER})\s*(.*?)\s*", re.DOTALL)
LONGEST_TEXT, LONGEST_UNIT = 80, 40


@functools.cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(cache_folder=None)


@functools.lru_cache(maxsize=4096)  # a sweep says most values many times
def to_si(text: str, unit: str) -> float:
    """Convert text such as ``"0.5 mA/cm^2"`` to a number in the SI unit `unit`.

    Where J/mol is wanted, an energy (``"0.35 eV"``) is that of one particle.

    Raises:
        UnitError: no number, no unit, unknown unit or another dimension.
    """
    match = _TEXT.fullmatch(text) if len(text) <= LONGEST_TEXT else None
    if not match:
        raise UnitError(f"is not a number with a unit, for example '1 {unit}'")
    number, found = float(match.group(1)), match.group(2)
    if not found:
        raise UnitError(f"has no unit: write for example '{text.strip()} {unit}'")
    if len(found) > LONGEST_UNIT or not _UNIT.fullmatch(found):
        raise UnitError(f"has an unreadable unit: write it like '{unit}'")
    import pint

    try:
        quantity = _registry().Quantity(number, _as_product(found))
        if unit.endswith("/mol") and quantity.is_compatible_with("joule"):
            quantity *= _registry().Quantity("avogadro_constant")  # 0.35 eV, of a particle
        converted = quantity.to(_as_product(unit))
    except pint.DimensionalityError:
        raise UnitError(
            f"has the wrong dimension: '{found}' is not convertible to {unit}"
        ) from None
    except Exception:
        raise UnitError(f"has an unknown unit '{found}': write it like '{unit}'") from None
    return float(f"{converted.magnitude:.15g}")  # 100 um is 1e-4 m, not 9.999999999999999e-05


def _as_product(unit: str) -> str:
    """Let a blank between units mean a product; pint writes the ohm small."""
    unit = re.sub(r"\bOhm\b", "ohm", unit.replace("·", " "))
    return re.sub(r"(?<=[\w)])\s+(?=[A-Za-zµμΩ(])", "*", unit.replace("^", "**"))
