"""A commented input file to start from: every key, with its meaning, choices and default.

A study gives the values as YAML, the comments are those of the declarations. What a first run does
not need is written as a comment, ``#key: value``: take the # away to use it. Those are the keys
without a value and those whose line ends in ``# optional``.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from dendrolith.config.document import compose_text
from dendrolith.config.keys import Key, keys_of
from dendrolith.config.reference import default_text
from dendrolith.core.declare import Declaration

WIDTH = 100
COLUMN = 40  # where comments begin that fit beside their key
OPTIONAL = "# optional"  # ends the line of a key that a first run does not need

_HEAD = """\
# Input of dendrolith. Numbers with a dimension are text with a unit (10 um, 0.5 mA/cm^2, 35 degC).
# A key or section behind # is not used: take the # away. A section that is absent switches its
# physics off. `dendrolith check FILE` says what the file means, `dendrolith reference` says more
# about every key.
"""


def starter(kind: Any, values: str) -> str:
    """The text of the file.

    Args:
        kind: dataclass of the input.
        values: YAML.
    """
    optional = {n for n, line in enumerate(values.splitlines()) if line.endswith(OPTIONAL)}
    writer = _Writer(frozenset(optional))
    root = compose_text(values, "starter.yaml")
    # the title comes first, as in every file one reads
    keys = sorted(keys_of(kind), key=lambda key: key.name != "title")
    lines: list[str] = []
    for key in keys:
        lines += writer.entry(key, root, _Place(0, None), is_top=True)
    return _HEAD + "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes sections; `optional`: numbers of the lines whose keys are written as comments."""

    optional: frozenset[int]

    def section(self, kind: Any, node: Node | None, place: _Place) -> Iterator[str]:
        """All keys of a section."""
        for key in keys_of(kind):
            yield from self.entry(key, node, place)

    def entry(
        self, key: Key, section: Node | None, place: _Place, *, is_top: bool = False
    ) -> Iterator[str]:
        """A key with its comment and what is below it."""
        written, value = _find(section, key.name)
        used = written is not None and written.start_mark.line not in self.optional
        if value is None and key.required:
            return  # a phase, all of it from its material set
        if not key.is_section or (key.listed and value is None):
            text = value.value if value is not None else default_text(key.field)
            yield from _key(f"{key.name}: {text}", key.declaration, place, place.here(used=used))
            return
        if is_top:
            yield ""
        yield from _prose(key.declaration.meaning, place)
        yield place.here(used=used).line(f"{key.name}:")
        below = place.deeper(used=used)
        if isinstance(value, SequenceNode):
            yield from self._entries(key.kind, value, below)
        else:
            yield from self.section(key.kind, value, below)

    def _entries(self, kind: Any, node: SequenceNode, place: _Place) -> Iterator[str]:
        """A list: the dash stands before the first key of each entry."""
        inner = _Place(place.depth + 1, place.off)
        head = inner.line("")
        for entry in node.value:
            lines = list(self.section(kind, entry, inner))
            first = next(n for n, line in enumerate(lines) if _begins_with_key(line, head))
            yield from lines[:first]
            yield head[:-2] + "- " + lines[first][len(head) :]
            yield from lines[first + 1 :]


def _find(section: Node | None, name: str) -> tuple[Node | None, Node | None]:
    """Node of a key and of its value; None where they are not given."""
    if isinstance(section, MappingNode):
        for key, value in section.value:
            if key.value == name:
                return key, value
    return None, None


def _begins_with_key(line: str, head: str) -> bool:
    return line.startswith(head) and not line[len(head) :].lstrip().startswith("#")


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
