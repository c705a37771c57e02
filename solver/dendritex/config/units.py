"""Text with a unit to SI. The only user of pint."""

from __future__ import annotations

import functools
import re
from typing import Any


class UnitError(ValueError):
    """The text is not a number with a unit of the wanted dimension."""


_NUMBER_AND_UNIT = re.compile(r"^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*$")
_UNIT_CHARACTERS = re.compile(r"^[A-Za-zµμΩ°%0-9\s^*/().\-]+$")


@functools.cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(cache_folder=None)


def to_si(text: str, unit: str) -> float:
    """Convert text such as ``"0.5 mA/cm^2"`` to a number in the SI unit `unit`.

    Where J/mol is wanted, an energy (``"0.35 eV"``) is that of one particle.

    Raises:
        UnitError: no number, no unit, unknown unit or another dimension.
    """
    match = _NUMBER_AND_UNIT.match(text)
    if not match:
        raise UnitError(f"is not a number with a unit, for example '1 {unit}'")
    number, found = float(match.group(1)), match.group(2)
    if not found:
        raise UnitError(f"has no unit: write for example '{text.strip()} {unit}'")
    if len(found) > 40 or not _UNIT_CHARACTERS.match(found):
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
    unit = re.sub(r"\bOhm\b", "ohm", unit)
    return re.sub(r"(?<=[\w)])\s+(?=[A-Za-zµμΩ(])", "*", unit.replace("^", "**"))
