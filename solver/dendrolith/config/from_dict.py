"""A dict to the nodes of a document, so that the reader treats it as it treats a file.

A str is text, as in quotes; an int, a float and a bool are what YAML calls by that name.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from ruamel.yaml.nodes import MappingNode, Node

from dendrolith.config.document import (
    LARGEST_COUNT,
    LARGEST_DEPTH,
    mapping,
    quoted,
    scalar,
    sequence,
)
from dendrolith.core.declare import dotted_name
from dendrolith.core.errors import ConfigError

NAME = "input"  # stands for the file in messages
_MOST_DIGITS = 4000  # Python refuses to write some more
_LONGEST_PATH = 200  # characters of a path in a message


def compose_dict(values: Mapping[Any, Any]) -> MappingNode:
    """Nodes of a dict: str, int, float, bool, None, dicts and lists of them.

    Raises:
        ConfigError: it holds something else; lists every problem.
    """
    composer = _Composer()
    root = composer.section(values, "", 1)
    if composer.problems:
        raise ConfigError(*(f"{NAME}: {problem}" for problem in composer.problems))
    return root


class _Composer:
    """Makes nodes and collects problems."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._count = 0

    def section(self, values: Mapping[Any, Any], dotted: str, depth: int) -> MappingNode:
        """A mapping; entries that cannot be read are left out."""
        return mapping(list(self._entries(values, dotted, depth)), NAME)

    def _entries(
        self, values: Mapping[Any, Any], dotted: str, depth: int
    ) -> Iterator[tuple[Node, Node]]:
        for key, value in values.items():
            if type(key) is not str:
                found = f"{_brief(key)} is {_kind(key)}"
                self._complain(dotted, f"a key must be a str; {found}")
                continue
            name = dotted_name(dotted, quoted(key)[1:-1])
            node = self._node(value, name, depth)
            if node is not None:
                yield scalar(key, NAME, is_text=True), node

    def _node(self, value: Any, dotted: str, depth: int) -> Node | None:
        """Any value; None where there is no node for it."""
        self._count += 1
        if depth > LARGEST_DEPTH:
            _refuse(dotted, f"is nested more than {LARGEST_DEPTH} deep: not an input")
        if self._count > LARGEST_COUNT:
            _refuse(dotted, f"has more than {LARGEST_COUNT} entries before it: not an input")
        if isinstance(value, Mapping):
            return self.section(value, dotted, depth + 1)
        if isinstance(value, list | tuple):
            inner = [self._node(v, f"{dotted}.{n}", depth + 1) for n, v in enumerate(value)]
            return sequence([node for node in inner if node is not None], NAME)
        if type(value) is str:
            return scalar(value, NAME, is_text=True)
        try:
            return scalar(_spelled(value), NAME)
        except ValueError as error:
            self._complain(dotted, str(error))
            return None

    def _complain(self, dotted: str, problem: str) -> None:
        self.problems.append(f"{dotted}: {problem}" if dotted else problem)


def _refuse(dotted: str, problem: str) -> NoReturn:
    """End at once: a dict without end has more problems than anybody can list."""
    where = dotted if len(dotted) <= _LONGEST_PATH else dotted[:_LONGEST_PATH] + "..."
    raise ConfigError(f"{NAME}: {where}: {problem}")


def _spelled(value: Any) -> str:
    """A value as YAML spells it.

    Raises:
        ValueError: YAML has no such value.
    """
    if value is None:
        return "null"
    if type(value) is bool:
        return str(value).lower()
    if type(value) is int:
        if value.bit_length() > 3 * _MOST_DIGITS:
            raise ValueError("has too many digits")
        return str(value)
    if type(value) is float:
        if not math.isfinite(value):
            raise ValueError(f"{value} is not a finite number")
        return repr(value)
    raise ValueError(_cure(value))


def _cure(value: Any) -> str:
    kind = _kind(value)
    if kind.startswith("numpy.") and getattr(value, "ndim", None) == 0:
        return f"is a {kind}: write plain Python, value.item()"
    if isinstance(value, str | int | float):
        base = next(base for base in (str, bool, int, float) if isinstance(value, base))
        return f"is a {kind}: write plain Python, {base.__name__}(value)"
    return f"is a {kind}: give text with a unit, a number, true or false, a dict or a list"


def _kind(value: Any) -> str:
    """Name of the class of a value, short and printable."""
    kind = type(value)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return quoted(f"{module}{kind.__qualname__}")[1:-1]


def _brief(value: Any) -> str:
    """A value in quotes where it is plain, else nothing but its place among others."""
    plain = value is None or type(value) in (int, float, bool)
    return quoted(str(value)) if plain else "one"
