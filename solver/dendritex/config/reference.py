"""The manual of every key, from the declarations alone."""

from __future__ import annotations

import dataclasses
import textwrap
import typing
from collections.abc import Iterator
from typing import Any

from dendritex.config.load import without_none
from dendritex.config.schema import Config
from dendritex.declare import DIMENSIONLESS, Declaration, declaration_of

WIDTH = 96


def reference(section: str = "") -> str:
    """Say of every key what it means, its unit, range and default.

    Args:
        section: dotted start of the keys wanted, for example ``"elasticity"``; empty: all.
    """
    entries = [entry for entry in _entries(Config, "", 0) if entry.dotted.startswith(section)]
    return "\n".join(line for entry in entries for line in entry.lines())


def keys() -> list[str]:
    """Dotted names of all sections and values."""
    return [entry.dotted for entry in _entries(Config, "", 0)]


@dataclasses.dataclass(frozen=True, slots=True)
class _Entry:
    """One section or value of the manual."""

    dotted: str
    depth: int
    declaration: Declaration
    facts: str

    def lines(self) -> list[str]:
        """Name and facts, then the meaning."""
        indent = "  " * self.depth
        head = f"{indent}{self.dotted.rsplit('.', 1)[-1]}: {self.facts}".rstrip(": ")
        text = textwrap.fill(
            self.declaration.meaning, WIDTH, initial_indent=indent + "    ",
            subsequent_indent=indent + "    ",
        )  # fmt: skip
        return [head, text]


def _entries(kind: Any, dotted: str, depth: int) -> Iterator[_Entry]:
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        name = f"{dotted}.{field.name}" if dotted else field.name
        inner, declaration = without_none(hints[field.name]), declaration_of(field)
        listed = typing.get_origin(inner) is tuple
        if listed:
            inner = typing.get_args(inner)[0]
        if not dataclasses.is_dataclass(inner):
            yield _Entry(name, depth, declaration, _facts(field, inner, declaration))
            continue
        words = ["list of sections" if listed else "section"]
        words.append("required" if field.default is dataclasses.MISSING else "may be absent")
        yield _Entry(name, depth, declaration, ", ".join(words))
        yield from _entries(inner, name, depth + 1)


def _facts(field: dataclasses.Field[Any], kind: Any, declaration: Declaration) -> str:
    """Unit or kind, range and default of a value, in a few words."""
    if declaration.choices:
        words = [" | ".join(declaration.choices)]
    elif kind is float:
        words = ["number" if declaration.unit == DIMENSIONLESS else declaration.unit]
    else:
        words = [{int: "whole number", bool: "true | false", str: "text"}[kind]]
    words += declaration.range_in_words()
    if field.default is dataclasses.MISSING:
        words.append("required")
    elif isinstance(field.default, bool):
        words.append(f"default {str(field.default).lower()}")
    elif field.default is not None and field.default != "":
        words.append(f"default {field.default:g}" if kind is float else f"default {field.default}")
    return ", ".join(words)
