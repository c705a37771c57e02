"""Cycles in a list of an input: an entry that stands for others, several times over.

    control:
      - repeat: 3
        stages:
          - current: 1 mA/cm^2
            until: {time: 10 min}
          - rest: 5 min

What reads the list finds its entries written out. Cycles may hold cycles.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from dendrolith.config.document import child, is_whole_number, quoted
from dendrolith.config.keys import Key, keys_of
from dendrolith.config.reader import Reader
from dendrolith.core.declare import count, dotted_name

REPEAT = "repeat"
MOST_ENTRIES = 1000  # of a list written out, as run directories keep it


@dataclass(frozen=True, slots=True)
class Cycle:
    """What an entry that repeats has beside its list."""

    repeat: int = count("times that the list is gone through", at_least=1, at_most=MOST_ENTRIES)


def keys_of_entry(key: Key) -> dict[str, Key]:
    """Keys that a section, or an entry of a list, may have, those of a cycle included."""
    known = {inner.name: inner for inner in keys_of(key.kind)}
    inner = key.declaration.repeats
    if inner:
        known |= {REPEAT: keys_of(Cycle)[0], inner: replace(key, name=inner, listed=True)}
    return known


def expand_repeats(kind: Any, node: Node, reader: Reader, dotted: str = "") -> None:
    """Write out the cycles in the lists of an input that may hold some.

    Args:
        kind: dataclass of a section.
        node: its part of the input; its lists are changed.
        reader: is told what is wrong.
        dotted: name of the section.
    """
    for key in keys_of(kind):
        value, name = child(node, key.name), dotted_name(dotted, key.name)
        if key.declaration.repeats and isinstance(value, SequenceNode):
            expander = _Expander(reader, key.declaration.repeats)
            value.value[:] = list(expander.entries(value, name))
        elif key.is_section and not key.listed and value is not None:
            expand_repeats(key.kind, value, reader, name)


class _Expander:
    """Writes out one list; `inner`: the key of the entries that repeat."""

    def __init__(self, reader: Reader, inner: str) -> None:
        self._reader, self._inner = reader, inner

    def entries(self, node: SequenceNode, dotted: str) -> Iterator[Node]:
        """The entries of a list, cycles written out; none of a cycle that is wrong."""
        for number, entry in enumerate(node.value):
            if child(entry, REPEAT) is None and child(entry, self._inner) is None:
                yield entry
            else:
                yield from self._cycle(entry, f"{dotted}.{number}")

    def _cycle(self, entry: MappingNode, dotted: str) -> list[Node]:
        """What a cycle stands for."""
        problems = len(self._reader.problems)
        inner, times = child(entry, self._inner), self._times(entry, dotted)
        strange = [key for key, _ in entry.value if key.value not in (REPEAT, self._inner)]
        for key in strange:
            place = dotted_name(dotted, quoted(key.value)[1:-1])
            self._reader.complain(key, place, f"stands beside {REPEAT}: put it into {self._inner}")
        if not isinstance(inner, SequenceNode) or not inner.value:
            cure = "give a list of what is repeated, each entry begins with '- '"
            self._reader.complain(entry, f"{dotted}.{self._inner}", cure)
            return []
        once = list(self.entries(inner, f"{dotted}.{self._inner}"))
        if len(once) * times > MOST_ENTRIES:
            many = f"makes {len(once) * times} entries, more than {MOST_ENTRIES}"
            self._reader.complain(entry, f"{dotted}.{REPEAT}", many)
        return once * times if len(self._reader.problems) == problems else []

    def _times(self, entry: MappingNode, dotted: str) -> int:
        """How often; 0 where that is wrong."""
        node = child(entry, REPEAT)
        if isinstance(node, ScalarNode) and is_whole_number(node) and len(node.value) < 9:
            times = int(node.value, 0)
            if times > 0:
                return times
        says = f"{quoted(node.value)} is no" if isinstance(node, ScalarNode) else "needs a"
        what = f"{says} whole number above 0, of times that {self._inner} are gone through"
        self._reader.complain(node or entry, f"{dotted}.{REPEAT}", what)
        return 0
