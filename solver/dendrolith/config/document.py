"""A YAML document as nodes with line and column; refuses what no input file needs.

Only what YAML 1.2 calls the core schema is read: mappings, lists and plain scalars. Tags, anchors
(and so alias bombs), other versions of YAML and deep nesting are refused while the file is being
scanned, before anything is built from it.
"""

from __future__ import annotations

import re
import typing
from pathlib import Path

import ruamel.yaml
from ruamel.yaml import events
from ruamel.yaml.error import StringMark
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.parser import Parser

from dendrolith.core.errors import ConfigError

LARGEST_FILE = 1_000_000  # bytes
LARGEST_DEPTH = 32
LARGEST_COUNT = 20_000  # keys, values and brackets together
LONGEST_QUOTE = 60  # characters of the input in a message

N = typing.TypeVar("N", bound=Node)

NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_ENTRY = re.compile(r"0|[1-9][0-9]*")
_WHOLE = re.compile(r"[-+]?\d+|0o[0-7]+|0x[0-9a-fA-F]+")
_TRUE, _FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")
_NULL = ("", "~", "null", "Null", "NULL")


def compose_file(path: Path) -> MappingNode:
    """Nodes of an input file.

    Raises:
        ConfigError: it cannot be read, is no YAML, or holds what no input file needs.
    """
    try:
        if path.exists() and not path.is_file():
            raise ConfigError(f"{path}: is not a file")
        if path.stat().st_size > LARGEST_FILE:
            raise ConfigError(f"{path}: is larger than {LARGEST_FILE} bytes: not an input file")
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        why = getattr(error, "strerror", None) or error
        raise ConfigError(f"{path}: cannot be read: {why}") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + content[: error.start].count(b"\n")
        raise ConfigError(
            f"{path}:{line}: is not UTF-8 text (byte {error.start}): save it as UTF-8"
        ) from None
    return compose_text(text, str(path))


def compose_text(text: str, name: str) -> MappingNode:
    """Nodes of a YAML text; `name` stands for the file in messages.

    Raises:
        ConfigError: it is no YAML, or holds what no input needs.
    """
    node = _compose(text, name)
    if node is None:
        raise ConfigError(f"{name}: is empty: must be a mapping of sections (time, ...)")
    if not isinstance(node, MappingNode):
        raise ConfigError(f"{name}:1:1: must be a mapping of sections (time, output, ...)")
    return node


def _compose(text: str, name: str) -> Node | None:
    """Node of any YAML text; None where it is empty."""
    try:
        return typing.cast(Node | None, _reader(name).compose(text))
    except ruamel.yaml.error.MarkedYAMLError as error:
        problem = error.problem or error.context or "cannot be read"
        if r"'\t'" in problem:
            problem = "a tab stands where blanks should: indent with blanks"
        raise ConfigError(
            f"{_place(name, error.problem_mark)}: not valid YAML: {problem}"
        ) from None
    except ruamel.yaml.error.YAMLError as error:
        problem = str(error).splitlines()[0]
        raise ConfigError(f"{name}: not valid YAML: {problem}") from None
    except ValueError:  # ruamel makes a character of any number
        raise ConfigError(
            f"{name}: not valid YAML: an escape such as \\U00110000 stands for no character"
        ) from None


def _reader(name: str) -> ruamel.yaml.YAML:
    """What makes nodes of a text and stops at the first event that no input file needs."""

    class Checked(Parser):
        """Checks each event before a node is made of it."""

        depth = count = 0

        def get_event(self) -> events.Event:
            event: events.Event = super().get_event()
            self.depth += isinstance(event, events.CollectionStartEvent)
            self.depth -= isinstance(event, events.CollectionEndEvent)
            self.count += 1
            problem = _strangeness(event)
            if self.depth > LARGEST_DEPTH:
                problem = f"is nested more than {LARGEST_DEPTH} deep: not an input file"
            elif self.count > LARGEST_COUNT:
                problem = f"has more than {LARGEST_COUNT} entries: not an input file"
            if problem:
                raise ConfigError(f"{_place(name, event.start_mark)}: {problem}")
            return event

    reader = ruamel.yaml.YAML(typ="safe", pure=True)
    reader.Parser = Checked
    return reader


def _place(name: str, mark: typing.Any) -> str:
    return f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name


def _strangeness(event: events.Event) -> str:
    if isinstance(event, events.DocumentStartEvent):
        version = event.version and tuple(event.version)
        if event.tags or version not in (None, (1, 2)):
            return "directives are not read: the file is YAML 1.2, leave lines with % out"
    if isinstance(event, events.AliasEvent) or getattr(event, "anchor", None):
        return "anchors and aliases (& and *) are not read: write the value again"
    tag = getattr(event, "tag", None)
    return f"tags are not read: leave {quoted(str(tag))} out" if tag else ""


class Unwritten(StringMark):
    """The mark of what stands in no file: a command-line option, an entry of a dict."""

    def __init__(self, source: str) -> None:
        super().__init__(source, 0, 0, 0, "", 0)


def scalar(text: str, source: str, *, is_text: bool = False) -> ScalarNode:
    """A scalar that stands in no file; `source` is its place in messages.

    Args:
        text: as YAML spells it.
        source: for example the command-line option that holds it.
        is_text: as if in quotes, so that it is neither a number nor a flag.
    """
    mark, style = Unwritten(source), '"' if is_text else None
    return ScalarNode("", text, start_mark=mark, end_mark=mark, style=style)


def value(text: str, source: str) -> Node:
    """What stands behind the equals sign of a command-line option.

    A text in square or curly brackets is a list or a section, any other one a scalar.

    Raises:
        ConfigError: the brackets hold no YAML.
    """
    if text[:1] + text[-1:] not in ("[]", "{}"):
        return scalar(text, source)
    node = _compose(text, source)
    assert node is not None
    return _unwritten(node, Unwritten(source))


def _unwritten(node: Node, mark: Unwritten) -> Node:
    """Move a node, and all below it, out of any file; returns the node."""
    node.start_mark = node.end_mark = mark
    if not isinstance(node, ScalarNode):
        pairs = isinstance(node, MappingNode)
        for entry in node.value:
            for inner in entry if pairs else (entry,):
                _unwritten(inner, mark)
    return node


def mapping(entries: list[tuple[Node, Node]], source: str) -> MappingNode:
    """A section that stands in no file."""
    mark = Unwritten(source)
    return MappingNode("", entries, start_mark=mark, end_mark=mark)


def sequence(entries: list[Node], source: str) -> SequenceNode:
    """A list that stands in no file."""
    mark = Unwritten(source)
    return SequenceNode("", entries, start_mark=mark, end_mark=mark)


def copied(node: N) -> N:
    """A copy whose sections and lists can be changed; scalars are shared."""
    if isinstance(node, MappingNode):
        entries = [(key, copied(value)) for key, value in node.value]
        made: Node = MappingNode("", entries, start_mark=node.start_mark, end_mark=node.end_mark)
    elif isinstance(node, SequenceNode):
        values = [copied(value) for value in node.value]
        made = SequenceNode("", values, start_mark=node.start_mark, end_mark=node.end_mark)
    else:
        return node
    return typing.cast(N, made)


def place(node: Node, file: str) -> str:
    """Where a node stands, for a message: file, line and column, or the source of its own."""
    mark = node.start_mark
    if isinstance(mark, Unwritten):
        return str(mark.name)
    name = mark.name if mark.name and not mark.name.startswith("<") else file
    return _place(name, mark)


def is_entry(name: str) -> bool:
    """Is it the number of an entry of a list? Each has one spelling: 0, 1, 12."""
    return _ENTRY.fullmatch(name) is not None


def child(node: Node, name: str) -> Node | None:
    """The value of a key, or the entry of a list by its number (from 0)."""
    if isinstance(node, SequenceNode):
        numbered = is_entry(name) and len(name) < 9 and int(name) < len(node.value)
        return typing.cast(Node, node.value[int(name)]) if numbered else None
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if key.value == name:
                return typing.cast(Node, value)
    return None


def locate(root: Node, dotted: str) -> Node:
    """Deepest node on the way to `dotted` that the file holds."""
    node = root
    for name in dotted.split("."):
        inner = child(node, name)
        if inner is None:
            return node
        node = inner
    return node


def _plain(node: Node) -> bool:
    """Is it a scalar without quotes? Only those can be numbers, flags or nothing."""
    return isinstance(node, ScalarNode) and not node.style


def is_null(node: Node) -> bool:
    """Is nothing there?"""
    return _plain(node) and node.value in _NULL


def is_number(node: Node) -> bool:
    """Does it read as a finite number?"""
    return _plain(node) and NUMBER.fullmatch(node.value) is not None


def is_infinite(node: Node) -> bool:
    """Does it read as infinite or as not a number?"""
    return _plain(node) and _NOT_FINITE.fullmatch(node.value) is not None


def is_whole_number(node: Node) -> bool:
    """Does it read as a whole number, decimal, 0o17 or 0xF?"""
    return _plain(node) and _WHOLE.fullmatch(node.value) is not None


def truth(node: Node) -> bool | None:
    """``true`` or ``false``; None if it is neither."""
    if not _plain(node) or node.value not in _TRUE + _FALSE:
        return None
    return node.value in _TRUE


def quoted(text: str) -> str:
    """Text of the input in quotes, short and printable whatever it holds."""
    short = text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "..."
    return "'" + "".join(c if c.isprintable() else repr(c)[1:-1] for c in short) + "'"
