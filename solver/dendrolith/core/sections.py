"""The sections that an input holds: what each says of itself, and the walk over those present."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, TypeVar

from dendrolith.core.declare import dotted_name

Kind = TypeVar("Kind")


class Section:
    """A section that says what it means; an absent one is not asked.

    Attributes:
        equation: the law in one line, as its module shows it; empty: the section is no law.
        smooth: its rates are smooth in time.
        flat: it means something where nothing varies along the face.
        refused_keys: keys that it does not have, though users look for them: why, and the cure.
    """

    __slots__ = ()

    equation: ClassVar[str] = ""
    smooth: ClassVar[bool] = True
    flat: ClassVar[bool] = True
    refused_keys: ClassVar[Mapping[str, str]] = {}

    @property
    def split_only(self) -> bool:
        """Lithium moves beside the balances of charge, as the split alone can solve it."""
        return False

    def equations(self) -> list[tuple[str, str]]:
        """(name, equation) of what is solved with these values; a later one of a name replaces."""
        return []

    def solved(self) -> str:
        """A phrase for the list of what is solved; empty: it is not named there."""
        return ""

    def unknowns(self, dim: int) -> int:
        """Number of values a node in `dim` dimensions that its fields hold."""
        return 0

    def conflicts(self, config: Any) -> list[tuple[str, str]]:
        """Keys that contradict the rest of `config`: (key of this section, what is wrong)."""
        return []

    def notes(self, config: Any) -> list[str]:
        """Warnings before a run, one sentence each."""
        return []


def sections(part: Any, dotted: str = "") -> Iterator[tuple[str, Any]]:
    """All sections that are present, with their dotted names: `part` first, then those below it."""
    yield dotted, part
    for field in dataclasses.fields(part):
        value, name = getattr(part, field.name), dotted_name(dotted, field.name)
        if dataclasses.is_dataclass(value):
            yield from sections(value, name)
        elif isinstance(value, tuple):
            for number, entry in enumerate(value):
                yield from sections(entry, f"{name}.{number}")


def present(config: Any, kind: type[Kind]) -> list[Kind]:
    """The sections of a class that an input holds; empty where it is absent."""
    return [section for _, section in sections(config) if isinstance(section, kind)]


def speaking(config: Any) -> list[tuple[str, Section]]:
    """The sections that say what they mean, with their dotted names."""
    return [(name, found) for name, found in sections(config) if isinstance(found, Section)]


def conflicts(config: Any) -> list[tuple[str, str]]:
    """What the sections that are present find wrong: (dotted name of a key, what is wrong)."""
    return [
        (dotted_name(name, key), problem)
        for name, section in speaking(config)
        for key, problem in section.conflicts(config)
    ]
