"""The values of one key: a list, or a range that is divided evenly; each remembers its place."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from dendrolith.config import document
from dendrolith.config.document import child, quoted
from dendrolith.config.keys import Key, keys_of
from dendrolith.config.load import STUDY
from dendrolith.config.reader import Reader, nearest, one_of
from dendrolith.config.repeat import keys_of_entry
from dendrolith.config.units import UnitError, to_si
from dendrolith.core.declare import DIMENSIONLESS, dotted_name

LINEAR, LOG = "linear", "log"
DIGITS = 12  # of the values of a range
MOST_VALUES = 100_000  # of one key

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of one key.

    Attributes:
        key: dotted.
        node: the value, its mark telling the place in the sweep file.
    """

    key: str
    node: Node

    @property
    def text(self) -> str:
        """The value as messages say it."""
        return quoted(self.node.value) if isinstance(self.node, ScalarNode) else "a section"


@dataclass(frozen=True, slots=True)
class Range:
    """Two ends of a range in the unit of its key, and how values lie between them."""

    low: float
    high: float
    spacing: str
    unit: str
    whole: bool
    node: Node

    def at(self, shares: FloatArray) -> FloatArray:
        """Values at shares (n,) from 0 to 1 of the way."""
        if self.spacing == LOG:
            ratio: FloatArray = self.low * (self.high / self.low) ** shares
            return ratio
        return self.low + (self.high - self.low) * shares

    def drawn(self, shares: FloatArray) -> FloatArray:
        """Values at shares (n,) drawn from [0, 1): whole numbers have equal parts of it each."""
        if not self.whole:
            return self.at(shares)
        low, high = sorted((self.low, self.high))
        drawn: FloatArray = np.floor(dataclasses.replace(self, low=low, high=high + 1).at(shares))
        return drawn

    def written(self, value: float) -> str:
        """A value as an input spells it."""
        if self.whole and value.is_integer():
            return f"{value:.0f}"
        unit = "" if self.unit in ("", DIMENSIONLESS) else f" {self.unit}"
        return f"{value:.{DIGITS}g}{unit}"


@dataclass(frozen=True, slots=True)
class Values:
    """Reads values out of a sweep file and collects problems.

    Attributes:
        reader: of the sweep file.
        config: dataclass of the input that is varied.
        files: values that name a file, each with where it is.
    """

    reader: Reader
    config: type
    files: dict[Node, str] = dataclasses.field(default_factory=dict)

    def complain(self, node: Node, dotted: str, problem: str) -> None:
        """Note a problem with the place of its node."""
        self.reader.complain(node, dotted, problem)

    def keyed(self, node: Node, where: str) -> Iterator[tuple[str, Node]]:
        """Known dotted keys of a mapping with their nodes; others are complained of."""
        if not isinstance(node, MappingNode) or not node.value:
            self.complain(node, where, "must name keys of the input, such as time.end")
            return
        seen: set[str] = set()
        for key, value in node.value:
            if str(key.value) in seen:
                self.complain(key, quoted(str(key.value))[1:-1], "appears twice")
            elif self.known(key):
                yield key.value, value
            seen.add(str(key.value))

    def known(self, key: Node) -> bool:
        """Does the input have such a key? Complains where it has not."""
        try:
            if not isinstance(key, ScalarNode):
                raise KeyError("must be a word")
            if key.value == STUDY:
                raise KeyError("cannot vary: make a sweep for each study")
            key_at(self.config, key.value)
        except KeyError as error:
            self.complain(key, quoted(str(key.value))[1:-1], str(error.args[0]))
            return False
        return True

    def entry(self, key: str, node: Node) -> Entry:
        """A value with its place, its files found beside the sweep file."""
        return Entry(key, self._placed(node, key_at(self.config, key)))

    def _placed(self, node: Node, key: Key | None = None) -> Node:
        """A copy of a node whose marks name the sweep file, and paths beside it are found."""
        source = document.place(node, self.reader.name)
        if isinstance(node, MappingNode):
            pairs = [(self._placed(k), self._placed(v)) for k, v in node.value]
            return document.mapping(pairs, source)
        if isinstance(node, SequenceNode):
            return document.sequence([self._placed(value) for value in node.value], source)
        assert isinstance(node, ScalarNode)
        text = str(node.value)
        if key is not None and not key.is_section and key.declaration.is_file:
            beside = Path(self.reader.name).parent / text
            if len(text) < 256 and beside.is_file():
                text = self.files[node] = str(beside.resolve())
        return document.scalar(text, source, is_text=bool(node.style))

    def all_of(self, key: str, node: Node) -> list[Entry]:
        """The values of a key: those of a list, or of ``{from, to, count}``."""
        if isinstance(node, SequenceNode):
            if not node.value:
                self.complain(node, key, "is an empty list: give values")
            return [self.entry(key, value) for value in node.value]
        if isinstance(node, MappingNode) and child(node, "from") is not None:
            return self._divided(key, node)
        cure = "must be a list, or {from: …, to: …, count: …}"
        self.complain(node, key, cure)
        return []

    def _divided(self, key: str, node: MappingNode) -> list[Entry]:
        found = self.range_of(key, node, ("from", "to", "count", "spacing"))
        number = self.number(node, key, "count", at_least=2)
        if found is None or number is None:
            return []
        shares: FloatArray = np.linspace(0.0, 1.0, number, dtype=np.float64)
        return self.written(key, found, found.at(shares))

    def written(self, key: str, over: Range, numbers: FloatArray) -> list[Entry]:
        """Numbers (n,) of a range as values of a key."""
        source = document.place(over.node, self.reader.name)
        texts = [over.written(float(value)) for value in numbers]
        return [Entry(key, document.scalar(text, source)) for text in texts]

    def range_of(self, key: str, node: Node, allowed: tuple[str, ...]) -> Range | None:
        """The range ``{from, to, spacing}`` of a key that holds numbers."""
        declared = key_at(self.config, key)
        if not isinstance(node, MappingNode):
            self.complain(node, key, "must be a range, {from: …, to: …}")
            return None
        if declared.kind not in (float, int):
            self.complain(node, key, "is no number: give a list")
            return None
        self.refuse_unknown(node, key, allowed)
        ends = [self._end(node, declared, f"{key}.{word}", word) for word in ("from", "to")]
        spacing = self._spacing(node, key)
        low, high = ends
        if low is None or high is None or not spacing:
            return None
        if low == high:
            self.complain(node, key, "begins where it ends")
            return None
        if spacing == LOG and min(low, high) <= 0:
            self.complain(node, key, "has an end that is not above 0: spacing log needs both")
            return None
        return Range(low, high, spacing, declared.declaration.unit, declared.kind is int, node)

    def _end(self, node: MappingNode, declared: Key, dotted: str, word: str) -> float | None:
        end, unit = child(node, word), declared.declaration.unit
        if not isinstance(end, ScalarNode):
            self.complain(end or node, dotted, "is missing" if end is None else "must be a number")
            return None
        found = quoted(end.value)
        if unit in ("", DIMENSIONLESS):
            value = float(end.value) if document.is_number(end) else math.nan
            if not math.isfinite(value):
                self.complain(end, dotted, f"{found} is not a plain number")
                return None
            if declared.kind is int and not value.is_integer():
                self.complain(end, dotted, f"{found} is not a whole number")
                return None
            return value
        try:
            return to_si(end.value, unit)
        except UnitError as error:
            self.complain(end, dotted, f"{found} {error}")
            return None

    def _spacing(self, node: MappingNode, key: str) -> str:
        spacing = child(node, "spacing")
        word = LINEAR if spacing is None else str(spacing.value)
        if spacing is not None and word not in (LINEAR, LOG):
            problem = f"{quoted(word)} is not {one_of(word, (LINEAR, LOG))}"
            self.complain(spacing, f"{key}.spacing", problem)
            return ""
        return word

    def number(
        self, node: MappingNode, where: str, word: str, *, at_least: int, default: int | None = None
    ) -> int | None:
        """A whole number of a block; None where it is missing or wrong."""
        found = child(node, word)
        dotted = dotted_name(where, word)
        most, words = MOST_VALUES, f"at most {MOST_VALUES}"
        if word != "count":
            most, words = MOST_VALUES + 2**62, "of 62 bits"
        if found is None:
            if default is None:
                self.complain(node, dotted, "is missing")
            return default
        if not document.is_whole_number(found) or not found.value.lstrip("+-").isdecimal():
            self.complain(found, dotted, f"{quoted(str(found.value))} is not a whole number")
        elif not at_least <= int(found.value[:20]) <= most:
            self.complain(found, dotted, f"must be at least {at_least} and {words}")
        else:
            return int(found.value)
        return None

    def refuse_unknown(self, node: MappingNode, where: str, allowed: tuple[str, ...]) -> None:
        """Complain of the keys that a block or a range does not have."""
        for key, _ in node.value:
            if key.value not in allowed:
                name = dotted_name(where, quoted(str(key.value))[1:-1])
                self.complain(key, name, f"unknown key{nearest(str(key.value), list(allowed))}")


def overlap(one: str, other: str) -> bool:
    """Is one dotted key the other, or inside it?"""
    short, long = sorted((one, other), key=len)
    return f"{long}.".startswith(f"{short}.")


def key_at(config: type, dotted: str) -> Key:
    """The key of an input by its dotted name; entries of a list have numbers from 0.

    Raises:
        KeyError: there is none; says so.
    """
    found: Key | None = None
    for word in dotted.split("."):
        if found is not None and found.listed:
            if not document.is_entry(word):
                raise KeyError(f"unknown key: number the entries of {found.name} from 0")
            found = dataclasses.replace(found, name=word, listed=False)
            continue
        if found is not None and not found.is_section:
            raise KeyError(f"unknown key: {found.name} is a value and has no keys")
        top = {key.name: key for key in keys_of(config)}
        known = top if found is None else keys_of_entry(found)
        if word not in known:
            raise KeyError(f"unknown key{nearest(word, list(known))}")
        found = known[word]
    assert found is not None  # a text has at least one word
    return found
