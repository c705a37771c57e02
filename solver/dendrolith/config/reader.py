"""Nodes to dataclasses: every problem is collected with its place and the nearest names."""

from __future__ import annotations

import dataclasses
import difflib
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from dendrolith.config import document
from dendrolith.config.document import child, quoted
from dendrolith.config.keys import Key, keys_of
from dendrolith.config.units import UnitError, to_si
from dendrolith.core.declare import DIMENSIONLESS, LARGEST_COUNT, Declaration, dotted_name
from dendrolith.core.errors import ConfigError

LONGEST_TEXT = 500  # characters
OPTION = "--set "  # begins the place of a value of the command line


@dataclass
class Reader:
    """Builds dataclasses from YAML nodes and collects problems.

    Attributes:
        name: the input, as messages call it.
        problems: one line each.
        incomplete: sections beside an unknown material set; what it would bring is not missed.
    """

    name: str
    problems: list[str] = dataclasses.field(default_factory=list)
    incomplete: tuple[str, ...] = ()

    def complain(self, node: Node, dotted: str, problem: str) -> None:
        """Note a problem with the place of its node."""
        place = document.place(node, self.name)
        self.problems.append(f"{place}: {dotted}: {problem}" if dotted else f"{place}: {problem}")

    def override(self, root: MappingNode, override: str) -> None:
        """Replace or add one value given on the command line; ``null`` takes it away."""
        source = OPTION + quoted(override)[1:-1]
        dotted, equals, text = override.partition("=")
        if not equals or not dotted.strip():
            self.problems.append(f"{source}: must look like section.key=value")
            return
        try:
            value = document.value(text.strip(), source)
        except ConfigError as error:
            self.problems += error.problems
            return
        taken_away = text.strip() and document.is_null(value)
        problem = put(root, dotted.strip(), None if taken_away else value, source)
        if problem:
            self.problems.append(f"{source}: {problem}")

    def build(self, kind: Any, node: Node, dotted: str) -> Any:
        """Build the dataclass `kind` from a mapping node; None where that is impossible."""
        if not isinstance(node, MappingNode):
            self.complain(node, dotted, "must be a section with keys of its own")
            return None
        before = len(self.problems)
        values = self._values(kind, node, dotted)
        missing = [key for key in keys_of(kind) if key.name not in values and key.required]
        if not any(_is_inside(dotted, section) for section in self.incomplete):
            for key in missing:
                meaning = key.declaration.meaning
                self.complain(node, dotted_name(dotted, key.name), f"is missing ({meaning})")
        return None if missing or len(self.problems) > before else kind(**values)

    def _values(self, kind: Any, node: MappingNode, dotted: str) -> dict[str, Any]:
        known = {key.name: key for key in keys_of(kind)}
        values: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self.complain(key, dotted, "a key must be a word")
                continue
            name, inner = key.value, dotted_name(dotted, quoted(key.value)[1:-1])
            if name not in known:
                why = getattr(kind, "refused_keys", {}).get(name)
                self.complain(key, inner, why or f"unknown key{nearest(name, list(known))}")
            elif name in values:
                self.complain(key, inner, "appears twice")
            elif document.is_null(value):
                self.complain(key, inner, f"is empty: {_cure_of_empty(known[name])}")
                values[name] = None
            else:
                values[name] = self._value(known[name], value, inner)
        return values

    def _value(self, key: Key, node: Node, dotted: str) -> Any:
        if key.listed:
            return self._entries(key.kind, node, dotted)
        if key.is_section:
            return self.build(key.kind, node, dotted)
        return self.scalar(key, node, dotted)

    def scalar(self, key: Key, node: Node, dotted: str) -> Any:
        """A number, a flag or text; None where the node is none that the key takes."""
        if not isinstance(node, ScalarNode):
            self.complain(node, dotted, "must be a single value")
            return None
        try:
            if key.declaration.is_file:
                return self._file(node, key.declaration)
            return _READERS[key.kind](node, key.declaration)
        except ValueError as error:
            self.complain(node, dotted, str(error))
            return None

    def _file(self, node: ScalarNode, declaration: Declaration) -> str:
        """Absolute path of a file that is beside the input file, or else in the working directory.

        A value from the command line is looked for in the working directory first.
        """
        name = _text(node, declaration)
        folders = [Path(self.name).parent, Path()]
        if isinstance(node.start_mark, document.Unwritten):
            folders.reverse()
        for folder in folders:
            try:
                if (folder / name).is_file():
                    return str((folder / name).resolve())
            except (OSError, ValueError):  # no name of a file at all
                break
        beside = Path(self.name).parent
        where = "" if beside == Path() else f"in {beside} or "
        raise ValueError(f"{quoted(name)} is no file {where}in the working directory")

    def _entries(self, kind: Any, node: Node, dotted: str) -> tuple[Any, ...] | None:
        """A list of sections."""
        if not isinstance(node, SequenceNode):
            self.complain(node, dotted, f"must be a list{_cure_of_no_list(kind, node, dotted)}")
            return None
        return tuple(self.build(kind, n, f"{dotted}.{k}") for k, n in enumerate(node.value))


def put(root: MappingNode, dotted: str, value: Node | None, source: str) -> str:
    """Replace or add one value of an input, and the sections around it.

    Args:
        root: nodes of the input.
        dotted: name of the key, or of an entry of a list.
        value: its new value; None: it is taken away.
        source: the place of new sections in messages.

    Returns:
        Why that cannot be; empty where it is done.
    """
    if dotted.count(".") > document.LARGEST_DEPTH:
        return f"names a section more than {document.LARGEST_DEPTH} deep: there is none"
    *sections, key = dotted.split(".")
    node: Node = root
    for section in sections:
        inner = child(node, section)
        if inner is None and isinstance(node, MappingNode):
            inner = document.mapping([], source)
            node.value.append((document.scalar(section, source), inner))
        if inner is None and isinstance(node, SequenceNode) and not document.is_entry(section):
            return _name_an_entry(dotted, section)
        if inner is None or isinstance(inner, ScalarNode):
            return f"{quoted(section)} is not there or not a section"
        node = inner
    if isinstance(node, SequenceNode):
        return _put_entry(node, dotted, key, value)
    assert isinstance(node, MappingNode)
    node.value[:] = [(k, v) for k, v in node.value if k.value != key]
    if value is not None:
        node.value.append((document.scalar(key, source), value))
    return ""


def _put_entry(node: SequenceNode, dotted: str, key: str, value: Node | None) -> str:
    """Replace an entry of a list, add one at its end or take one away; returns why it cannot be."""
    if not document.is_entry(key):
        return _name_an_entry(dotted, key)
    if len(key) > len(str(document.LARGEST_COUNT)) or int(key) > len(node.value):
        return f"{quoted(key)} is not there: the list has {len(node.value)} entries, from 0 on"
    node.value[int(key) : int(key) + 1] = [] if value is None else [value]
    return ""


def _name_an_entry(dotted: str, key: str) -> str:
    """What is said where a key is looked for in a list."""
    place, _, rest = dotted.rpartition(f".{key}")
    inner = "" if key.isdecimal() else f".{key}"
    return f"a list: name one of its entries, as {quoted(f'{place}.0{inner}{rest}')[1:-1]}"


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
    if violation and value == 0 and declaration.zero_is_absence:
        violation += "; for none leave the section out"
    if violation:
        raise ValueError(f"{found} {violation}")
    return value


_SPELT_FLAGS = {
    **dict.fromkeys(("yes", "on", "y"), "true"),
    **dict.fromkeys(("no", "off", "n"), "false"),
}


def _flag(node: ScalarNode, _: Declaration) -> bool:
    value = document.truth(node)
    if value is None:
        meant = _SPELT_FLAGS.get(str(node.value).casefold())
        cure = f": write {meant}" if meant else ""
        raise ValueError(f"{quoted(node.value)} is not true or false{_in_quotes(node)}{cure}")
    return value


def _text(node: ScalarNode, declaration: Declaration) -> str:
    value, found = str(node.value), quoted(node.value)
    if declaration.choices and value not in declaration.choices:
        raise ValueError(f"{found} is not {one_of(value, declaration.choices)}")
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


def _is_inside(dotted: str, section: str) -> bool:
    """The key belongs to the section or is the section; the top is the empty one."""
    return not section or f"{dotted}.".startswith(f"{section}.")


def _in_quotes(node: ScalarNode) -> str:
    return ": leave the quotes out" if node.style in ("'", '"') else ""


def _cure_of_empty(key: Key) -> str:
    if key.is_section and not key.listed:
        return "give it keys ({} for its defaults), or leave it out"
    return "give a value or leave the key out"


def _cure_of_no_list(kind: Any, node: Node, dotted: str) -> str:
    if not isinstance(node.start_mark, document.Unwritten):
        return ": each entry begins with '- '"
    if not document.place(node, "").startswith(OPTION):
        return ""
    first = keys_of(kind)[0].name
    entry, whole = f"{dotted}.0.{first}", f"{dotted}='[{{{first}: ...}}]'"
    return f": name one of its entries, as {entry}, or give it whole, as {whole}"


def one_of(word: str, choices: typing.Sequence[str]) -> str:
    """The choices and those that look like `word`, as the end of a message."""
    return f"one of: {', '.join(choices)}{nearest(word, list(choices), say_known=False)}"


def nearest(word: str, known: list[str], *, say_known: bool = True) -> str:
    """The known words that look like `word`, as the end of a message; else all of them."""
    # a word of a megabyte would be compared letter by letter
    near = difflib.get_close_matches(word[: document.LONGEST_QUOTE], known, n=3, cutoff=0.5)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; known: {', '.join(sorted(known))}" if say_known else ""
