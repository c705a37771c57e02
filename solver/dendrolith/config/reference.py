"""The manual of every key, from the declarations alone."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Iterator
from typing import Any

from dendrolith.config.keys import Key, keys_of
from dendrolith.config.reader import nearest
from dendrolith.core.bibliography import spelled_out
from dendrolith.core.declare import DIMENSIONLESS, Declaration, declaration_of, dotted_name
from dendrolith.core.errors import ConfigError

WIDTH = 96


def reference(kind: Any, section: str = "") -> str:
    """Say of every key what it means, its unit, range, default and source.

    Args:
        kind: dataclass of the input.
        section: dotted start of the keys wanted, for example ``"elasticity"``; empty: all.

    Raises:
        ConfigError: no key begins like that.
    """
    entries = [entry for entry in _entries(kind, "", 0) if entry.dotted.startswith(section)]
    if not entries:
        raise ConfigError(f"{section}: no key of that name{nearest(section, keys(kind))}")
    return "\n".join(line for entry in entries for line in entry.lines())


def keys(kind: Any) -> list[str]:
    """Dotted names of all sections and values."""
    return [entry.dotted for entry in _entries(kind, "", 0)]


def declarations(kind: Any, dotted: str = "") -> dict[str, Declaration]:
    """Declarations of all values by their dotted names; an entry of a list has the number 0.

    Args:
        kind: dataclass of a section or of the whole input.
        dotted: its name; the input has none.
    """
    found: dict[str, Declaration] = {}
    for key in keys_of(kind):
        name = dotted_name(dotted, key.name)
        if key.is_section:
            found |= declarations(key.kind, f"{name}.0" if key.listed else name)
        else:
            found[name] = key.declaration
    return found


@dataclasses.dataclass(frozen=True, slots=True)
class _Entry:
    """One section or value of the manual."""

    dotted: str
    depth: int
    declaration: Declaration
    facts: str

    def lines(self) -> list[str]:
        """Name and facts, the meaning, the source."""
        indent = "  " * self.depth
        head = f"{indent}{self.dotted.rsplit('.', 1)[-1]}: {self.facts}".rstrip(": ")
        texts = [self.declaration.meaning]
        if self.declaration.source:
            texts.append(f"Source: {spelled_out(self.declaration.source)}.")
        inner = indent + "    "
        wrapper = textwrap.TextWrapper(
            WIDTH,
            initial_indent=inner,
            subsequent_indent=inner,
            break_long_words=False,
            break_on_hyphens=False,
        )
        return [head, *(line for text in texts for line in wrapper.wrap(text))]


def _entries(kind: Any, dotted: str, depth: int) -> Iterator[_Entry]:
    for key in keys_of(kind):
        name = dotted_name(dotted, key.name)
        yield _Entry(name, depth, key.declaration, ", ".join(_facts(key)))
        if key.is_section:
            yield from _entries(key.kind, name, depth + 1)


def _facts(key: Key) -> list[str]:
    """Unit or kind, range and default, a few words each."""
    declaration, default = key.declaration, key.field.default
    if key.is_section:
        kind = "list of sections" if key.listed else "section"
        return [kind, "required" if key.required else "may be absent"]
    if declaration.choices:
        words = [" | ".join(declaration.choices)]
    elif key.kind is float:
        words = ["number" if declaration.unit == DIMENSIONLESS else declaration.unit]
    else:
        words = [{int: "whole number", bool: "true | false", str: "text"}[key.kind]]
        words = ["file"] if declaration.is_file else words
    words += declaration.range_in_words()
    if key.required:
        words.append("required")
    elif default not in (None, ""):
        words.append(f"default {default_text(key.field)}")
    return words


def default_text(field: dataclasses.Field[Any]) -> str:
    """The default of a value as the input file says it; a float with its unit."""
    default, unit = field.default, declaration_of(field).unit
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, float):
        return f"{default:g}" if unit == DIMENSIONLESS else f"{default:g} {unit}"
    return str(default) if default not in (None, "") else '""'
