"""Steps of an experiment as text, and C-rates, written out as stages before the reader sees them.

    control:
      - Charge at C/20 until 4.2 V
      - Hold at 4.2 V until C/50
      - Rest for 1 hour
      - Discharge at 0.5 A/m^2 for 2 h or until 2.8 V
      - repeat 5

A stage may have ``current: C/20`` too. ``repeat 5`` goes through all entries above it five times.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from dendrolith.config.document import child, quoted
from dendrolith.config.keys import keys_of
from dendrolith.config.reader import LONGEST_TEXT, Reader
from dendrolith.config.repeat import MOST_ENTRIES
from dendrolith.config.units import UnitError, to_si

GRAMMAR = (
    "write 'Charge at C/20 until 4.2 V', 'Discharge at 0.5 A/m^2 for 2 h or until 2.8 V', "
    "'Hold at 4.2 V until C/50', 'Rest for 1 h', 'repeat 5' or a section"
)
Rate = Callable[[], float | None]
_RATE = re.compile(r"\s*([-+]?)\s*(\d+\.?\d*|\.\d+)?\s*C\s*(?:/\s*(\d+\.?\d*|\.\d+))?\s*")
_STEP = re.compile(
    r"\s*(charge|discharge|hold|rest)\b\s*(?:at\s+(.+?))?\s*(?:\b(for|until)\b(.*))?",
    re.IGNORECASE,
)
_REPEAT = re.compile(r"\s*repeat\s+(\d{1,8})\s*", re.IGNORECASE)
_CURRENT, _LIMIT = "current", "current_below"


def write_out_steps(kind: Any, root: Node, reader: Reader, rate: Rate) -> None:
    """Write out the steps and the C-rates in the lists of an input that may repeat.

    Args:
        kind: dataclass of the input.
        root: its nodes; the lists are changed.
        reader: is told what is wrong.
        rate: current density of 1C [A/m²]: None without a capacity, NaN of one that is wrong.
    """
    for key in keys_of(kind):
        entries = child(root, key.name)
        if key.declaration.repeats and isinstance(entries, SequenceNode):
            writer = _Writer(reader, rate, key.declaration.repeats)
            entries.value[:] = list(writer.entries(entries, key.name))


class _Writer:
    """Writes out one list; `inner`: the key of the entries that repeat."""

    def __init__(self, reader: Reader, rate: Rate, inner: str) -> None:
        self._reader, self._rate, self._inner = reader, rate, inner

    def entries(self, node: SequenceNode, dotted: str) -> Iterator[Node]:
        """The entries of a list as stages; none of a step that is wrong."""
        done: list[Node] = []
        for number, entry in enumerate(node.value):
            name = f"{dotted}.{number}"
            if isinstance(entry, MappingNode):
                done.append(self._stage(entry, name))
            elif isinstance(entry, ScalarNode):
                repeated = _REPEAT.fullmatch(entry.value[:LONGEST_TEXT])
                if repeated:
                    done = self._again(done, int(repeated[1]), entry, name)
                else:
                    done += self._step(entry, name)
            else:
                done.append(entry)
        return iter(done)

    def _again(self, done: list[Node], times: int, entry: Node, name: str) -> list[Node]:
        if times > 0 and 0 < len(done) * times <= MOST_ENTRIES:
            return done * times
        why = f"makes {len(done) * times} entries: 1 to {MOST_ENTRIES} may be"
        self._reader.complain(entry, name, why)
        return done

    def _stage(self, entry: MappingNode, name: str) -> MappingNode:
        """A stage with its C-rates as current densities, and those of a cycle."""
        inner, until = child(entry, self._inner), child(entry, "until")
        if isinstance(inner, SequenceNode):
            inner.value[:] = list(self.entries(inner, f"{name}.{self._inner}"))
        self._density_of(entry, _CURRENT, name)
        if isinstance(until, MappingNode):
            self._density_of(until, _LIMIT, f"{name}.until")
        return entry

    def _density_of(self, section: MappingNode, key: str, dotted: str) -> None:
        node = child(section, key)
        if isinstance(node, ScalarNode) and _is_rate(node.value):
            text = self._density(node, node.value, f"{dotted}.{key}")
            made = _text(text, node)
            section.value[:] = [(k, made if v is node else v) for k, v in section.value]

    def _density(self, node: Node, text: str, name: str) -> str:
        """A C-rate as text in A/m²; any other text as it is."""
        found = _RATE.fullmatch(text)
        if not found:
            return text
        sign, times, hours = found[1], float(found[2] or 1), float(found[3] or 1)
        one = self._rate()
        if one is None:
            why = (
                f"{quoted(text.strip())} needs a capacity: give a current density, such as 1 A/m^2"
            )
            self._reader.complain(node, name, why)
        if one is None or math.isnan(one):
            one = 1.0  # never used: what is wrong has been or will be said
        if hours == 0:
            self._reader.complain(node, name, f"{quoted(text.strip())} divides by zero")
            hours = 1.0
        return f"{sign}{one * times / hours!r} A/m^2"

    def _step(self, entry: ScalarNode, name: str) -> list[Node]:
        """The stage that a step of text stands for."""
        found = _STEP.fullmatch(entry.value[:LONGEST_TEXT])
        verb, at = (found[1].lower(), (found[2] or "").strip()) if found else ("", "")
        signed = verb != "hold" and at.startswith(("-", "+"))  # the verb has the sign
        if len(entry.value) > LONGEST_TEXT or not found or signed or bool(at) == (verb == "rest"):
            self._reader.complain(entry, name, f"{quoted(entry.value)} is no step: {GRAMMAR}")
            return []
        ends = f"{found[3]} {found[4].strip()}" if found[3] else ""
        until = self._limits(entry, verb, ends, name)
        if until is None:
            return []
        if verb == "rest":
            held = ("rest", until.pop("time", ""))
            if until or not held[1]:
                self._reader.complain(entry, name, f"a rest ends by its time: {GRAMMAR}")
                return []
        elif verb == "hold":
            held = ("voltage", at)
        else:
            density = self._density(entry, at, name)
            held = (_CURRENT, f"-{density}" if verb == "discharge" else density)
        made: list[tuple[ScalarNode, Node]] = [(_text(held[0], entry), _text(held[1], entry))]
        if until:
            inner = [(_text(key, entry), _text(value, entry)) for key, value in until.items()]
            made.append((_text("until", entry), _section(inner, entry)))
        return [_section(made, entry)]

    def _limits(self, entry: Node, verb: str, ends: str, name: str) -> dict[str, str] | None:
        """Keys of `until` and their values; None where a limit is none."""
        until: dict[str, str] = {}
        for part in filter(None, re.split(r"\s+or\s+", ends.strip())):
            word, _, value = part.strip().partition(" ")
            key = self._key(verb, word.lower(), value)
            if key is None or key in until:
                self._reader.complain(entry, name, f"{quoted(part)} is no end: {GRAMMAR}")
                return None
            until[key] = self._density(entry, value, name).strip()
        return until

    def _key(self, verb: str, word: str, value: str) -> str | None:
        """The condition that a limit is, by its unit."""
        if word == "for" and _is(value, "s"):
            return "time"
        if word != "until" or verb == "rest":
            return None
        if verb == "hold":
            return _LIMIT if _is_rate(value) or _is(value, "A/m^2") else None
        if _is(value, "V"):
            return "voltage_above" if verb == "charge" else "voltage_below"
        return "charge" if _is(value, "C/m^2") else None


def _is_rate(text: str) -> bool:
    return len(text) <= LONGEST_TEXT and _RATE.fullmatch(text) is not None


def _is(text: str, unit: str) -> bool:
    try:
        to_si(text.strip(), unit)
    except UnitError:
        return False
    return True


def _text(text: str, place: Node) -> ScalarNode:
    return ScalarNode("", text, start_mark=place.start_mark, end_mark=place.end_mark)


def _section(entries: Sequence[tuple[ScalarNode, Node]], place: Node) -> MappingNode:
    return MappingNode("", entries, start_mark=place.start_mark, end_mark=place.end_mark)
