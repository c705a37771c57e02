"""The values of an input by dotted key, as runs are compared by them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dendrolith.core.declare import DIMENSIONLESS, declaration_of, dotted_name

PRESENT = "present"


@dataclass(frozen=True, slots=True)
class InputValue:
    """One value of an input.

    Attributes:
        key: dotted; entries of a list are numbered from 0.
        value: in SI; `PRESENT` for a section.
        unit: SI; empty for pure numbers, words and sections.
    """

    key: str
    value: Any
    unit: str = ""


def input_values(part: Any, dotted: str = "") -> Iterator[InputValue]:
    """All values of a config, or of a section of it, that are there."""
    for field in dataclasses.fields(part):
        value, name = getattr(part, field.name), dotted_name(dotted, field.name)
        if dataclasses.is_dataclass(value):
            yield InputValue(name, PRESENT)
            yield from input_values(value, name)
        elif isinstance(value, tuple) and all(map(dataclasses.is_dataclass, value)):
            for number, entry in enumerate(value):
                yield from input_values(entry, f"{name}.{number}")
        elif value is not None:
            unit = declaration_of(field).unit
            yield InputValue(name, value, "" if unit == DIMENSIONLESS else unit)


def values(config: Any) -> dict[str, Any]:
    """Dotted key → value in SI."""
    return {entry.key: entry.value for entry in input_values(config)}
