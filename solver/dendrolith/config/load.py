"""YAML to `Config`: every problem at once, each with file, line, column and the nearest names."""

from __future__ import annotations

import dataclasses
import difflib
import types
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from dendrolith.config import document
from dendrolith.config.document import child, quoted
from dendrolith.config.materials import graft_material_sets
from dendrolith.config.units import UnitError, to_si
from dendrolith.core.declare import (
    DIMENSIONLESS,
    LARGEST_COUNT,
    Declaration,
    declaration_of,
    dotted_name,
)
from dendrolith.core.errors import ConfigError
from dendrolith.studies.plating.consistency import inconsistencies
from dendrolith.studies.plating.schema import Config

MOST_PROBLEMS = 50  # said at once
LONGEST_TEXT = 500  # characters
_COMMAND_LINE = "--set "


def load(path: str | Path, overrides: typing.Sequence[str] = ()) -> Config:
    """Read and validate an input file.

    Args:
        path: YAML file (YAML 1.2; dimensional values are text with a unit).
        overrides: ``"section.key=value"``, applied before validation.

    Raises:
        ConfigError: the file or an override cannot be used; lists every problem.
    """
    path = Path(path)
    root = document.compose_file(path)
    reader = _Reader(str(path))
    for override in overrides:
        reader.override(root, override)
    reader.sets_are_incomplete = not graft_material_sets(root)
    config = reader.build(Config, root, "")
    if not reader.problems:
        for dotted, problem in inconsistencies(config):
            reader.complain(document.locate(root, dotted), dotted, problem)
    if reader.problems:
        raise ConfigError(_first(reader.problems))
    return typing.cast(Config, config)


def _first(problems: list[str]) -> list[str]:
    more = len(problems) - MOST_PROBLEMS
    return [*problems[:MOST_PROBLEMS], f"and {more} problems more"] if more > 0 else problems


@dataclass
class _Reader:
    """Builds dataclasses from YAML nodes and collects problems.

    Attributes:
        name: the input file.
        problems: one line each.
        sets_are_incomplete: a material set is unknown; what it would have brought is not missed.
    """

    name: str
    problems: list[str] = dataclasses.field(default_factory=list)
    sets_are_incomplete: bool = False

    def complain(self, node: Node, dotted: str, problem: str) -> None:
        """Note a problem with file, line and column of its node."""
        mark = node.start_mark
        source = mark.name if mark.name and not mark.name.startswith("<") else self.name
        on_command_line = source.startswith(_COMMAND_LINE)
        place = source if on_command_line else f"{source}:{mark.line + 1}:{mark.column + 1}"
        self.problems.append(f"{place}: {dotted}: {problem}" if dotted else f"{place}: {problem}")

    def override(self, root: MappingNode, override: str) -> None:
        """Replace or add one value given on the command line."""
        source = _COMMAND_LINE + quoted(override)[1:-1]
        dotted, equals, text = override.partition("=")
        if not equals or not dotted.strip():
            self.problems.append(f"{source}: must look like section.key=value")
            return
        if dotted.count(".") > document.LARGEST_DEPTH:
            deep = f"names a section more than {document.LARGEST_DEPTH} deep: there is none"
            self.problems.append(f"{source}: {deep}")
            return
        *sections, key = dotted.strip().split(".")
        node: Node = root
        for section in sections:
            inner = child(node, section)
            if inner is None and isinstance(node, MappingNode):
                inner = document.empty_mapping(source)
                node.value.append((document.scalar(section, source), inner))
            if inner is None or isinstance(inner, ScalarNode):
                self.problems.append(f"{source}: {quoted(section)} is not there or not a section")
                return
            node = inner
        if not isinstance(node, MappingNode):
            self.problems.append(f"{source}: a list: name one of its entries and a key")
            return
        node.value[:] = [(k, v) for k, v in node.value if k.value != key]
        node.value.append((document.scalar(key, source), document.scalar(text.strip(), source)))

    def build(self, kind: Any, node: Node, dotted: str) -> Any:
        """Build the dataclass `kind` from a mapping node; None where that is impossible."""
        if not isinstance(node, MappingNode):
            self.complain(node, dotted, "must be a section with keys of its own")
            return None
        before = len(self.problems)
        values = self._values(kind, node, dotted)
        missing = [
            field for field in dataclasses.fields(kind)
            if field.name not in values and field.default is dataclasses.MISSING
        ]  # fmt: skip
        if not (self.sets_are_incomplete and dotted.startswith("materials")):
            for field in missing:
                meaning = declaration_of(field).meaning
                self.complain(node, dotted_name(dotted, field.name), f"is missing ({meaning})")
        return None if missing or len(self.problems) > before else kind(**values)

    def _values(self, kind: Any, node: MappingNode, dotted: str) -> dict[str, Any]:
        fields = {field.name: field for field in dataclasses.fields(kind)}
        hints = typing.get_type_hints(kind)
        values: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self.complain(key, dotted, "a key must be a word")
                continue
            name, inner = key.value, dotted_name(dotted, quoted(key.value)[1:-1])
            if name not in fields:
                self.complain(key, inner, f"unknown key{nearest(name, list(fields))}")
            elif name in values:
                self.complain(key, inner, "appears twice")
            elif document.is_null(value):
                self.complain(key, inner, f"is empty: {_cure_of_empty(hints[name])}")
                values[name] = None
            else:
                values[name] = self._value(fields[name], hints[name], value, inner)
        return values

    def _value(self, field: dataclasses.Field[Any], hint: Any, node: Node, dotted: str) -> Any:
        kind, declaration = without_none(hint), declaration_of(field)
        if dataclasses.is_dataclass(kind):
            return self.build(kind, node, dotted)
        if typing.get_origin(kind) is tuple:
            return self._entries(typing.get_args(kind)[0], node, dotted)
        if not isinstance(node, ScalarNode):
            self.complain(node, dotted, "must be a single value")
            return None
        try:
            return _READERS[kind](node, declaration)
        except ValueError as error:
            self.complain(node, dotted, str(error))
            return None

    def _entries(self, kind: Any, node: Node, dotted: str) -> tuple[Any, ...] | None:
        """A list of sections."""
        if not isinstance(node, SequenceNode):
            self.complain(node, dotted, "must be a list: each entry begins with '- '")
            return None
        return tuple(self.build(kind, n, f"{dotted}.{k}") for k, n in enumerate(node.value))


def _quantity(node: ScalarNode, declaration: Declaration) -> float:
    """A number, with a unit unless it is dimensionless."""
    found, unit = quoted(node.value), declaration.unit
    if document.is_infinite(node):
        raise ValueError(f"{found} is not a finite number")
    if unit == DIMENSIONLESS:
        if not document.is_number(node):
            raise ValueError(f"{found} is not a plain number, such as 0.5{_in_quotes(node)}")
        value = float(node.value)
    elif document.is_number(node):
        raise ValueError(f"{found} has no unit: write for example '{node.value:.20} {unit}'")
    else:
        try:
            value = to_si(node.value, unit)
        except UnitError as error:
            raise ValueError(f"{found} {error}") from None
    return _within(value, found, declaration)


def _whole_number(node: ScalarNode, declaration: Declaration) -> int:
    found = quoted(node.value)
    if not document.is_whole_number(node):
        raise ValueError(f"{found} is not a whole number{_in_quotes(node)}")
    if len(node.value) > len(str(LARGEST_COUNT)) + 1:  # Python refuses some thousand digits
        raise ValueError(f"{found} has too many digits")
    value = int(node.value, 0 if node.value.startswith(("0x", "0o")) else 10)
    return int(_within(value, found, declaration))


def _within(value: float, found: str, declaration: Declaration) -> float:
    violation = declaration.violation(value)
    if violation:
        raise ValueError(f"{found} {violation}")
    return value


def _flag(node: ScalarNode, _: Declaration) -> bool:
    value = document.truth(node)
    if value is None:
        raise ValueError(f"{quoted(node.value)} is not true or false{_in_quotes(node)}")
    return value


def _text(node: ScalarNode, declaration: Declaration) -> str:
    value, found = str(node.value), quoted(node.value)
    if declaration.choices and value not in declaration.choices:
        allowed = ", ".join(declaration.choices)
        near = nearest(value, list(declaration.choices), say_known=False)
        raise ValueError(f"{found} is not one of: {allowed}{near}")
    if not value.isprintable():
        raise ValueError(f"{found} holds control characters: write one line of plain text")
    if len(value) > LONGEST_TEXT:
        raise ValueError(f"{found} is longer than {LONGEST_TEXT} characters")
    return value


_READERS: dict[Any, typing.Callable[[ScalarNode, Declaration], Any]] = {
    float: _quantity,
    int: _whole_number,
    bool: _flag,
    str: _text,
}


def _in_quotes(node: ScalarNode) -> str:
    return ": leave the quotes out" if node.style in ("'", '"') else ""


def _cure_of_empty(hint: Any) -> str:
    if dataclasses.is_dataclass(without_none(hint)):
        return "give it keys ({} for its defaults), or leave it out"
    return "give a value or leave the key out"


def without_none(hint: Any) -> Any:
    """The type behind an optional one."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return next(arg for arg in typing.get_args(hint) if arg is not type(None))
    return hint


def nearest(word: str, known: list[str], *, say_known: bool = True) -> str:
    """The known words that look like `word`, as the end of a message; else all of them."""
    # a word of a megabyte would be compared letter by letter
    near = difflib.get_close_matches(word[: document.LONGEST_QUOTE], known, n=3, cutoff=0.5)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; known: {', '.join(sorted(known))}" if say_known else ""
