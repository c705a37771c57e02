"""The values of an input by dotted key, as runs are compared by them."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dendrolith.core.declare import DIMENSIONLESS, declaration_of, dotted_name

PRESENT = "present"


@dataclass(frozen=True, slots=True)
class InputValue:
    """One value of an input.

    Attributes:
        key: dotted; entries of a list are numbered from 0.
        value: in SI; `PRESENT` for a section, a digest of its content for a file.
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
            declaration = declaration_of(field)
            unit = "" if declaration.unit == DIMENSIONLESS else declaration.unit
            yield InputValue(name, digest(value) if declaration.is_file else value, unit)


def values(config: Any) -> dict[str, Any]:
    """Dotted key → value in SI."""
    return {entry.key: entry.value for entry in input_values(config)}


def digest(path: str) -> str:
    """The first digits of a sha256 of a file, by which copies are alike; or why there is none."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]
    except OSError as error:
        return f"{path}: {error.strerror}"
