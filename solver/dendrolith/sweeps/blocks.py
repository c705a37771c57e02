"""The blocks of a sweep file: each gives alternatives, a value for each of its keys."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from scipy.stats import qmc

from dendrolith.config import document
from dendrolith.config.document import child
from dendrolith.sweeps.axes import Entry, Values

Assignment: TypeAlias = tuple[Entry, ...]  # one value for each of some keys


def read_block(kind: str, node: Node, values: Values) -> tuple[Assignment, ...]:
    """The alternatives of a block; problems go to the reader of `values`."""
    return tuple(_READERS[kind](node, values))


def _fixed(node: Node, values: Values) -> list[Assignment]:
    """``set``: one value a key, for all points."""
    return [tuple(values.entry(key, value) for key, value in values.keyed(node, "set"))]


def _grid(node: Node, values: Values) -> list[Assignment]:
    """Every combination of the values of all keys; the last key changes first."""
    axes = [values.all_of(key, value) for key, value in values.keyed(node, "grid")]
    return list(itertools.product(*axes))


def _zip(node: Node, values: Values) -> list[Assignment]:
    """First with first, second with second: all keys have as many values."""
    axes = [(n, values.all_of(key, n)) for key, n in values.keyed(node, "zip")]
    first = axes[0][1] if axes else []
    for written, axis in axes:
        if axis and first and len(axis) != len(first):
            problem = f"needs as many values as {first[0].key}: {len(first)}, not {len(axis)}"
            values.complain(written, axis[0].key, problem)
    return list(zip(*(axis for _, axis in axes), strict=False))


def _list(node: Node, values: Values) -> list[Assignment]:
    """Points one by one."""
    if not isinstance(node, SequenceNode) or not node.value:
        values.complain(node, "list", "must be a list of points, '- {time.end: 5 s}' each")
        return []
    return [
        tuple(values.entry(key, value) for key, value in values.keyed(point, "list"))
        for point in node.value
    ]


def _section(
    where: str, node: Node, values: Values, allowed: tuple[str, ...]
) -> MappingNode | None:
    """A block that is a section; None where it is none. Unknown keys are complained of."""
    if isinstance(node, MappingNode):
        values.refuse_unknown(node, where, allowed)
        return node
    values.complain(node, where, f"must be a section with keys {', '.join(allowed)}")
    return None


def _latin_hypercube(node: Node, values: Values) -> list[Assignment]:
    """``count`` points, each range cut into as many parts with one point in each (scipy)."""
    where = "latin_hypercube"
    section = _section(where, node, values, ("count", "seed", "over"))
    if section is None:
        return []
    count = values.number(section, where, "count", at_least=2)
    seed = values.number(section, where, "seed", at_least=0)
    over = child(section, "over")
    if over is None:
        values.complain(section, f"{where}.over", "is missing: name keys with their ranges")
        return []
    spans = [
        (key, values.range_of(key, span, ("from", "to", "spacing")))
        for key, span in values.keyed(over, f"{where}.over")
    ]
    ranges = [(key, span) for key, span in spans if span is not None]
    if count is None or seed is None or not spans or len(ranges) < len(spans):
        return []
    sampler = qmc.LatinHypercube(len(ranges), rng=np.random.default_rng(seed))
    shares = sampler.random(count)
    columns = [
        values.written(key, span, span.drawn(shares[:, k])) for k, (key, span) in enumerate(ranges)
    ]
    return list(zip(*columns, strict=True))


def _seeds(node: Node, values: Values) -> list[Assignment]:
    """Whole numbers from ``first`` on, the same one for all ``keys``."""
    where = "seeds"
    section = _section(where, node, values, ("keys", "count", "first"))
    if section is None:
        return []
    count = values.number(section, where, "count", at_least=1)
    first = values.number(section, where, "first", at_least=0, default=1)
    keys = child(section, "keys")
    if not isinstance(keys, SequenceNode) or not keys.value:
        values.complain(keys or section, f"{where}.keys", "must be a list of keys, [pores.seed]")
        return []
    names = [key.value for key in keys.value if isinstance(key, ScalarNode) and values.known(key)]
    if count is None or first is None or len(names) < len(keys.value):
        return []
    source = document.place(keys, values.reader.name)
    return [
        tuple(Entry(name, document.scalar(str(number), source)) for name in names)
        for number in range(first, first + count)
    ]


_READERS: dict[str, Callable[[Node, Values], list[Assignment]]] = {
    "set": _fixed,
    "grid": _grid,
    "zip": _zip,
    "list": _list,
    "latin_hypercube": _latin_hypercube,
    "seeds": _seeds,
}
BLOCKS = tuple(kind for kind in _READERS if kind != "set")
