"""The keys of a section, read from its dataclass: what each holds and how it is declared."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from dataclasses import dataclass
from typing import Any

from dendrolith.core.declare import Declaration, declaration_of


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a section.

    Attributes:
        name: as the input spells it.
        kind: type of its value, None aside; of a list the dataclass of its entries.
        listed: the value is a list of sections.
        field: of the dataclass.
    """

    name: str
    kind: Any
    listed: bool
    field: dataclasses.Field[Any]

    @property
    def is_section(self) -> bool:
        """The value has keys of its own, or is a list of such."""
        return dataclasses.is_dataclass(self.kind)

    @property
    def required(self) -> bool:
        """There is no default."""
        return self.field.default is dataclasses.MISSING

    @property
    def declaration(self) -> Declaration:
        """Unit, meaning, range and source."""
        return declaration_of(self.field)


@functools.cache
def keys_of(kind: Any) -> tuple[Key, ...]:
    """Keys of the dataclass of a section, in their order."""
    hints = typing.get_type_hints(kind)
    return tuple(_key(field, hints[field.name]) for field in dataclasses.fields(kind))


def _key(field: dataclasses.Field[Any], hint: Any) -> Key:
    kind = _without_none(hint)
    listed = typing.get_origin(kind) is tuple
    return Key(field.name, typing.get_args(kind)[0] if listed else kind, listed, field)


def _without_none(hint: Any) -> Any:
    """The type behind an optional one."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return next(arg for arg in typing.get_args(hint) if arg is not type(None))
    return hint
