"""The manual of every key, from the declarations alone."""

from __future__ import annotations

import dataclasses
import re
import textwrap
import typing
from collections.abc import Iterator
from typing import Any

from dendrolith.config.load import nearest, without_none
from dendrolith.core.bibliography import spelled_out
from dendrolith.core.declare import DIMENSIONLESS, Declaration, declaration_of, dotted_name
from dendrolith.core.errors import ConfigError
from dendrolith.studies.plating.schema import Config

WIDTH = 96


def reference(section: str = "") -> str:
    """Say of every key what it means, its unit, range, default and source.

    Args:
        section: dotted start of the keys wanted, for example ``"elasticity"``; empty: all.

    Raises:
        ConfigError: no key begins like that.
    """
    entries = [entry for entry in _entries(Config, "", 0) if entry.dotted.startswith(section)]
    if not entries:
        raise ConfigError([f"{section}: no key of that name{nearest(section, keys())}"])
    return "\n".join(line for entry in entries for line in entry.lines())


def keys() -> list[str]:
    """Dotted names of all sections and values."""
    return [entry.dotted for entry in _entries(Config, "", 0)]


def declarations() -> dict[str, Declaration]:
    """Declarations of all values by their dotted names; an entry of a list has the number 0."""
    return {
        re.sub(r"^(control|output\.probes)\.", r"\1.0.", entry.dotted): entry.declaration
        for entry in _entries(Config, "", 0)
        if not entry.is_section
    }


@dataclasses.dataclass(frozen=True, slots=True)
class _Entry:
    """One section or value of the manual."""

    dotted: str
    depth: int
    declaration: Declaration
    facts: str
    is_section: bool = False

    def lines(self) -> list[str]:
        """Name and facts, the meaning, the source."""
        indent = "  " * self.depth
        head = f"{indent}{self.dotted.rsplit('.', 1)[-1]}: {self.facts}".rstrip(": ")
        texts = [self.declaration.meaning]
        if self.declaration.source:
            texts.append(f"Source: {spelled_out(self.declaration.source)}.")
        inner = indent + "    "
        return [head, *(line for text in texts for line in textwrap.wrap(
            text, WIDTH, initial_indent=inner, subsequent_indent=inner, break_long_words=False,
            break_on_hyphens=False,
        ))]  # fmt: skip


def _entries(kind: Any, dotted: str, depth: int) -> Iterator[_Entry]:
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        name = dotted_name(dotted, field.name)
        inner, declaration = without_none(hints[field.name]), declaration_of(field)
        listed = typing.get_origin(inner) is tuple
        if listed:
            inner = typing.get_args(inner)[0]
        if not dataclasses.is_dataclass(inner):
            yield _Entry(name, depth, declaration, _facts(field, inner, declaration))
            continue
        words = ["list of sections" if listed else "section"]
        words.append("required" if field.default is dataclasses.MISSING else "may be absent")
        yield _Entry(name, depth, declaration, ", ".join(words), is_section=True)
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
    elif field.default is not None and field.default != "":
        words.append(f"default {default_text(field)}")
    return ", ".join(words)


def default_text(field: dataclasses.Field[Any]) -> str:
    """The default of a value as the input file says it; a float with its unit."""
    default, unit = field.default, declaration_of(field).unit
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, float):
        return f"{default:g}" if unit == DIMENSIONLESS else f"{default:g} {unit}"
    return str(default) if default not in (None, "") else '""'
