"""Declarations of input parameters: unit, meaning and admissible range, stated once.

A parameter is a dataclass field made by one of the functions below. The config reader, the
range check and the printed manual all read the same declaration.
"""

from __future__ import annotations

import dataclasses
import math
import operator
from collections.abc import Callable
from typing import Any

DIMENSIONLESS = "1"
LARGEST_COUNT = 2**63 - 1
# Sizes of a quantity in SI units beyond anything physical, and far enough from the largest and the
# smallest number of the machine that powers and products of some of them are still numbers.
SMALLEST, LARGEST = 1e-30, 1e30


@dataclasses.dataclass(frozen=True, slots=True)
class Declaration:
    """What is known of one parameter.

    Attributes:
        unit: SI unit; ``"1"`` for a pure number, empty for text, counts and flags.
        meaning: one phrase for the manual.
        above, at_least, below, at_most: bounds in SI (None: unbounded).
        choices: admissible words (empty: any).
        source: where the default, or without one the parameter, comes from; papers by their key in
            `bibliography`.
        sets: kind of the material sets that the words name; each fills in sections beside the key
            (empty: the words name no sets).
        is_file: the text names a file that must be there.
        zero_is_absence: what 0 would ask for is the section left out.
        repeats: key of the list that an entry ``repeat: 3`` of this list goes through three times
            (empty: no entry repeats).
    """

    unit: str
    meaning: str
    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None
    choices: tuple[str, ...] = ()
    source: str = ""
    sets: str = ""
    is_file: bool = False
    zero_is_absence: bool = False
    repeats: str = ""

    def violation(self, value: float) -> str | None:
        """Say which bounds `value` (SI) breaks, or None."""
        if not math.isfinite(value):
            return "must be a finite number"
        broken = [
            self._phrase(words, bound)
            for words, bound, holds in self._bounds()
            if not holds(value, bound)
        ]
        if not broken and value != 0 and not SMALLEST <= abs(value) <= LARGEST:
            broken = [self._phrase(f"between {SMALLEST:g} and", LARGEST) + " in size"]
        return f"must be {' and '.join(broken)}" if broken else None

    def range_in_words(self) -> list[str]:
        """The bounds, one phrase each; that of all whole numbers goes without saying."""
        return [
            self._phrase(words, bound)
            for words, bound, _ in self._bounds()
            if bound != LARGEST_COUNT
        ]

    def _phrase(self, words: str, bound: float) -> str:
        unit = "" if self.unit in ("", DIMENSIONLESS) else f" {self.unit}"
        return f"{words} {bound:g}{unit}"

    def _bounds(self) -> list[tuple[str, float, Callable[[float, float], bool]]]:
        bounds: list[tuple[str, float | None, Callable[[float, float], bool]]] = [
            ("above", self.above, operator.gt),
            ("at least", self.at_least, operator.ge),
            ("below", self.below, operator.lt),
            ("at most", self.at_most, operator.le),
        ]
        return [(words, bound, holds) for words, bound, holds in bounds if bound is not None]


def quantity(
    unit: str,
    meaning: str,
    *,
    default: Any = dataclasses.MISSING,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
    source: str = "",
    zero_is_absence: bool = False,
) -> Any:
    """Declare a number with a unit (``"1"``: dimensionless); the default is in SI."""
    declaration = Declaration(
        unit,
        meaning,
        above,
        at_least,
        below,
        at_most,
        source=source,
        zero_is_absence=zero_is_absence,
    )
    return dataclasses.field(default=default, metadata={"declaration": declaration})


def count(
    meaning: str,
    *,
    default: Any = dataclasses.MISSING,
    at_least: int,
    at_most: int = LARGEST_COUNT,
    zero_is_absence: bool = False,
) -> Any:
    """Declare a whole number, of 63 bits at most."""
    declaration = Declaration(
        "", meaning, at_least=at_least, at_most=at_most, zero_is_absence=zero_is_absence
    )
    return dataclasses.field(default=default, metadata={"declaration": declaration})


def choice(
    options: tuple[str, ...],
    meaning: str,
    *,
    default: Any = dataclasses.MISSING,
    source: str = "",
    sets: str = "",
) -> Any:
    """Declare one word out of several; with `sets` they name material sets of that kind."""
    declaration = Declaration("", meaning, choices=options, source=source, sets=sets)
    return dataclasses.field(default=default, metadata={"declaration": declaration})


def flag(meaning: str, *, default: bool) -> Any:
    """Declare a yes or no (``true`` or ``false``)."""
    return dataclasses.field(default=default, metadata={"declaration": Declaration("", meaning)})


def text(meaning: str, *, default: Any = dataclasses.MISSING) -> Any:
    """Declare free text."""
    return dataclasses.field(default=default, metadata={"declaration": Declaration("", meaning)})


def file(meaning: str, *, default: Any = dataclasses.MISSING) -> Any:
    """Declare the name of a file that the input needs; the reader finds it and gives its path."""
    declaration = Declaration("", meaning, is_file=True)
    return dataclasses.field(default=default, metadata={"declaration": declaration})


def section(meaning: str, *, default: Any = dataclasses.MISSING, source: str = "") -> Any:
    """Declare a nested section; with ``default=None`` its absence switches the physics off."""
    declaration = Declaration("", meaning, source=source)
    return dataclasses.field(default=default, metadata={"declaration": declaration})


def sequence(meaning: str, *, default: Any = dataclasses.MISSING, repeats: str = "") -> Any:
    """Declare a list of sections; `repeats`: the key beside ``repeat`` in an entry of cycles."""
    declaration = Declaration("", meaning, repeats=repeats)
    return dataclasses.field(default=default, metadata={"declaration": declaration})


def borrowed(
    kind: type, name: str, *, default: Any = dataclasses.MISSING, source: str | None = None
) -> Any:
    """Declare a field as another dataclass does, for a section that lays its keys flat.

    Args:
        kind: the dataclass that declares it.
        name: of its field.
        default: a default of its own (absent: that of the other class).
        source: of its own (absent: that of the other class).
    """
    field = next(field for field in dataclasses.fields(kind) if field.name == name)
    own = field.default if default is dataclasses.MISSING else default
    declaration = declaration_of(field)
    if source is not None:
        declaration = dataclasses.replace(declaration, source=source)
    return dataclasses.field(default=own, metadata={"declaration": declaration})


def declaration_of(field: dataclasses.Field[Any]) -> Declaration:
    """Return the declaration behind a dataclass field."""
    declaration = field.metadata["declaration"]
    assert isinstance(declaration, Declaration)
    return declaration


def dotted_name(section: str, key: str) -> str:
    """Name of a key as messages, overrides and the manual spell it; the top has no section."""
    return f"{section}.{key}" if section else key
