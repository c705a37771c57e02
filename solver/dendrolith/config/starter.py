"""A commented input file to start from: every key, with its meaning, choices and default.

The values are those of `starter.yaml`, the comments those of the declarations. What a first run
does not need is written as a comment, ``#key: value``: take the # away to use it.
"""

from __future__ import annotations

import dataclasses
import importlib.resources
import re
import textwrap
import typing
from collections.abc import Iterator
from typing import Any

from ruamel.yaml.nodes import Node, SequenceNode

from dendrolith.config.document import child, compose_text
from dendrolith.config.load import without_none
from dendrolith.config.reference import default_text
from dendrolith.core.declare import Declaration, declaration_of, dotted_name
from dendrolith.studies.plating.schema import Config

WIDTH = 100
COLUMN = 40  # where comments begin that fit beside their key
OPTIONAL = {
    "geometry.depth", "geometry.cell_type", "pores.ionic_conductivity_ratio",
    "pores.surface_mobility", "pores.evolution", "materials.electrolyte", "control.current",
    "control.rest", "control.until", "ion_transport", "arrhenius", "anisotropy", "noise",
    "output.probes",
}  # fmt: skip

_HEAD = """\
# Input of dendrolith. Numbers with a dimension are text with a unit (10 um, 0.5 mA/cm^2, 35 degC).
# A key or section behind # is not used: take the # away. A section that is absent switches its
# physics off. `dendrolith check FILE` says what the file means, `dendrolith reference` says more
# about every key.
"""


def starter() -> str:
    """The text of the file."""
    file = importlib.resources.files("dendrolith") / "studies" / "plating" / "starter.yaml"
    values = compose_text(file.read_text(encoding="utf-8"), "starter.yaml")
    return _HEAD + "\n".join(_section(Config, values, "", _Place(0, None))) + "\n"


@dataclasses.dataclass(frozen=True, slots=True)
class _Place:
    """Depth of a key, and the depth from which on it is commented out (None: it is used)."""

    depth: int
    off: int | None

    def line(self, text: str) -> str:
        """The text at its depth, behind # where it is not used."""
        if self.off is None:
            return "  " * self.depth + text
        return "  " * self.off + "#" + "  " * (self.depth - self.off) + text

    def deeper(self, *, used: bool) -> _Place:
        """The place of the keys below."""
        off = self.depth if self.off is None and not used else self.off
        return _Place(self.depth + 1, off)

    def here(self, *, used: bool) -> _Place:
        """This place, for a key that may not be used."""
        return _Place(self.depth, self.depth if self.off is None and not used else self.off)


def _section(kind: Any, node: Node | None, dotted: str, place: _Place) -> Iterator[str]:
    hints = typing.get_type_hints(kind)
    # at the top the title comes first, as in every file one reads
    for field in sorted(dataclasses.fields(kind), key=lambda f: not dotted and f.name != "title"):
        name = dotted_name(dotted, field.name)
        value = child(node, field.name) if node is not None else None
        inner, declaration = without_none(hints[field.name]), declaration_of(field)
        used = value is not None and name not in OPTIONAL
        if value is None and field.default is dataclasses.MISSING:
            continue  # a phase, all of it from its material set
        if not dataclasses.is_dataclass(inner) and not isinstance(value, SequenceNode):
            text = value.value if value is not None else default_text(field)
            yield from _key(f"{field.name}: {text}", declaration, place, place.here(used=used))
            continue
        if not dotted:
            yield ""
        yield from _prose(declaration.meaning, place)
        yield place.here(used=used).line(f"{field.name}:")
        below = place.deeper(used=used)
        if isinstance(value, SequenceNode):
            yield from _entries(typing.get_args(inner)[0], value, name, below)
        else:
            yield from _section(inner, value, name, below)


def _entries(kind: Any, node: SequenceNode, dotted: str, place: _Place) -> Iterator[str]:
    """A list: the dash stands before the first key of each entry."""
    inner = _Place(place.depth + 1, place.off)
    head = inner.line("")
    for entry in node.value:
        lines = list(_section(kind, entry, dotted, inner))
        first = next(
            k for k, line in enumerate(lines)
            if line.startswith(head) and not line[len(head) :].lstrip().startswith("#")
        )  # fmt: skip
        yield from lines[:first]
        yield head[:-2] + "- " + lines[first][len(head) :]
        yield from lines[first + 1 :]


def _key(text: str, declaration: Declaration, above: _Place, place: _Place) -> Iterator[str]:
    """The key with its comment, beside it or above, where the section is."""
    facts = [" | ".join(declaration.choices)] if declaration.choices else []
    # that a length is above 0 goes without saying
    facts += [words for words in declaration.range_in_words() if not re.search(r" 0( |$)", words)]
    comment = declaration.meaning + (f" ({', '.join(facts)})" if facts else "")
    line = place.line(text)
    if max(COLUMN, len(line) + 2) + len(comment) + 2 <= WIDTH:
        yield f"{line:{COLUMN - 2}}  # {comment}"
    else:
        yield from _prose(comment, above)
        yield line


def _prose(text: str, place: _Place) -> list[str]:
    indent = place.line("# ")
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)
