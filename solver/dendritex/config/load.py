"""YAML to `Config`: every problem at once, each with file, line, column and the nearest names."""

from __future__ import annotations

import dataclasses
import difflib
import importlib.resources
import types
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ruamel.yaml
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from dendritex.config.consistency import inconsistencies
from dendritex.config.schema import Config
from dendritex.config.units import UnitError, to_si
from dendritex.declare import DIMENSIONLESS, declaration_of
from dendritex.errors import ConfigError

MAX_BYTES = 1_000_000
_CORE = "tag:yaml.org,2002:"


def load(path: str | Path, overrides: typing.Sequence[str] = ()) -> Config:
    """Read and validate an input file.

    Args:
        path: YAML file (YAML 1.2; dimensional values are text with a unit).
        overrides: ``"section.key=value"``, applied before validation.

    Raises:
        ConfigError: the file or an override cannot be used; lists every problem.
    """
    path = Path(path)
    root = _compose(path)
    reader = _Reader(str(path))
    for override in overrides:
        reader.override(root, override)
    reader.graft_material_set(root)
    config = reader.build(Config, root, "")
    if not reader.problems:
        for dotted, problem in inconsistencies(config):
            reader.complain(_locate(root, dotted), dotted, problem)
    if reader.problems:
        raise ConfigError(reader.problems)
    return typing.cast(Config, config)


def material_sets() -> list[str]:
    """Names of the material sets that come with dendritex."""
    folder = importlib.resources.files("dendritex") / "materials"
    return sorted(
        f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml")
    )


def _compose(path: Path) -> MappingNode:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from None
    if len(text) > MAX_BYTES:
        raise ConfigError([f"{path}: is larger than {MAX_BYTES} bytes: not an input file"])
    return _compose_text(text.decode("utf-8", errors="replace"), str(path))


def _compose_text(text: str, name: str) -> MappingNode:
    yaml = ruamel.yaml.YAML(typ="safe", pure=True)
    try:
        node = yaml.compose(text)
    except ruamel.yaml.error.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise ConfigError([f"{place}: not valid YAML: {error.problem}"]) from None
    except ruamel.yaml.error.YAMLError as error:
        raise ConfigError([f"{name}: not valid YAML: {error}"]) from None
    if node is None:
        raise ConfigError([f"{name}: is empty: must be a mapping of sections (geometry, ...)"])
    if not isinstance(node, MappingNode):
        raise ConfigError([f"{name}:1:1: must be a mapping of sections (geometry, materials, ...)"])
    return node


def _locate(root: Node, dotted: str) -> Node:
    """Deepest node on the way to `dotted` that the file holds."""
    node = root
    for name in dotted.split("."):
        child = _child(node, name)
        if child is None:
            return node
        node = child
    return node


def _child(node: Node, name: str) -> Node | None:
    """The value of a key, or the entry of a list by its number (from 0)."""
    if isinstance(node, SequenceNode) and name.isdigit() and int(name) < len(node.value):
        return typing.cast(Node, node.value[int(name)])
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if key.value == name:
                return typing.cast(Node, value)
    return None


@dataclass
class _Reader:
    """Builds dataclasses from YAML nodes and collects problems."""

    name: str
    problems: list[str] = dataclasses.field(default_factory=list)

    def complain(self, node: Node, dotted: str, problem: str) -> None:
        """Note a problem with file, line and column of its node."""
        mark = node.start_mark
        source = mark.name if mark.name and not mark.name.startswith("<") else self.name
        on_command_line = source.startswith("--set")
        place = source if on_command_line else f"{source}:{mark.line + 1}:{mark.column + 1}"
        self.problems.append(f"{place}: {dotted}: {problem}" if dotted else f"{place}: {problem}")

    def override(self, root: MappingNode, override: str) -> None:
        """Replace or add one value given on the command line."""
        dotted, equals, text = override.partition("=")
        if not equals or not dotted.strip():
            self.problems.append(f"--set {override}: must look like section.key=value")
            return
        *sections, key = dotted.strip().split(".")
        node: Node = root
        for section in sections:
            child = _child(node, section)
            if child is None and isinstance(node, MappingNode):
                child = _compose_text("{}", f"--set {override}")
                node.value.append((_scalar(section, f"--set {override}"), child))
            if child is None or isinstance(child, ScalarNode):
                self.problems.append(f"--set {override}: {section} is not there or not a section")
                return
            node = child
        if not isinstance(node, MappingNode):
            self.problems.append(f"--set {override}: a list: name one of its entries and a key")
            return
        node.value[:] = [(k, v) for k, v in node.value if k.value != key]
        node.value.append((_scalar(key, f"--set {override}"), _scalar(text, f"--set {override}")))

    def graft_material_set(self, root: MappingNode) -> None:
        """Fill in from the named material set what the file does not say itself."""
        materials = _child(root, "materials")
        chosen = _child(materials, "set") if materials is not None else None
        if not isinstance(materials, MappingNode) or chosen is None:
            return
        known = material_sets()
        if chosen.value not in known:
            self.complain(
                chosen,
                "materials.set",
                f"unknown material set '{chosen.value}'{_nearest(str(chosen.value), known)}",
            )
            return
        file = importlib.resources.files("dendritex") / "materials" / f"{chosen.value}.yaml"
        base = _compose_text(file.read_text(encoding="utf-8"), f"materials/{chosen.value}.yaml")
        for phase_key, phase in base.value:
            if isinstance(phase, MappingNode):
                self._graft_phase(materials, phase_key, phase)

    @staticmethod
    def _graft_phase(materials: MappingNode, phase_key: Node, phase: MappingNode) -> None:
        target = _child(materials, phase_key.value)
        if target is None:
            target = _compose_text("{}", "materials")
            materials.value.append((phase_key, target))
        if isinstance(target, MappingNode):
            given = {key.value for key, _ in target.value}
            for key, entry in phase.value:
                value = _child(entry, "value")
                if key.value not in given and value is not None:
                    target.value.append((key, value))

    def build(self, kind: Any, node: Node, dotted: str) -> Any:
        """Build the dataclass `kind` from a mapping node; None where that is impossible."""
        if not isinstance(node, MappingNode):
            empty = isinstance(node, ScalarNode) and node.tag == _CORE + "null"
            self.complain(
                node, dotted,
                "is empty: write {} for its defaults, or leave it out to switch it off"
                if empty else "must be a section with keys of its own",
            )  # fmt: skip
            return None
        fields = {field.name: field for field in dataclasses.fields(kind)}
        hints = typing.get_type_hints(kind)
        values: dict[str, Any] = {}
        for key, value in node.value:
            inner = f"{dotted}.{key.value}" if dotted else str(key.value)
            if key.value not in fields:
                self.complain(key, inner, f"unknown key{_nearest(str(key.value), list(fields))}")
            elif key.value in values:
                self.complain(key, inner, "appears twice")
            else:
                values[key.value] = self._value(fields[key.value], hints[key.value], value, inner)
        for name, field in fields.items():
            if name not in values and field.default is dataclasses.MISSING:
                inner = f"{dotted}.{name}" if dotted else name
                self.complain(node, inner, f"is missing ({declaration_of(field).meaning})")
        return kind(**values) if not self.problems else None

    def _value(self, field: dataclasses.Field[Any], hint: Any, node: Node, dotted: str) -> Any:
        kind = without_none(hint)
        if dataclasses.is_dataclass(kind):
            return self.build(kind, node, dotted)
        if typing.get_origin(kind) is tuple:
            return self._entries(typing.get_args(kind)[0], node, dotted)
        if not isinstance(node, ScalarNode):
            self.complain(node, dotted, "must be a single value")
            return None
        declaration = declaration_of(field)
        if kind is float:
            return self._quantity(declaration, node, dotted)
        if kind is int:
            return self._whole_number(declaration, node, dotted)
        if kind is bool:
            return self._flag(node, dotted)
        if declaration.choices and node.value not in declaration.choices:
            allowed = ", ".join(declaration.choices)
            hint_text = _nearest(node.value, list(declaration.choices))
            self.complain(node, dotted, f"'{node.value}' is not one of: {allowed}{hint_text}")
        return node.value

    def _entries(self, kind: Any, node: Node, dotted: str) -> tuple[Any, ...] | None:
        """A list of sections."""
        if not isinstance(node, SequenceNode):
            self.complain(node, dotted, "must be a list: each entry begins with '- '")
            return None
        return tuple(self.build(kind, n, f"{dotted}.{k}") for k, n in enumerate(node.value))

    def _flag(self, node: ScalarNode, dotted: str) -> bool | None:
        if node.tag != _CORE + "bool":
            self.complain(node, dotted, f"'{node.value}' is not true or false")
            return None
        return bool(node.value.lower() == "true")

    def _quantity(self, declaration: Any, node: ScalarNode, dotted: str) -> float | None:
        is_number = node.tag in (_CORE + "float", _CORE + "int")
        try:
            if declaration.unit == DIMENSIONLESS:
                if not is_number:
                    raise UnitError(f"'{node.value}' is not a number")
                value = float(node.value.replace("_", ""))
            elif is_number:
                raise UnitError(
                    f"{node.value} has no unit: write for example '{node.value} {declaration.unit}'"
                )
            else:
                value = to_si(node.value, declaration.unit)
        except (UnitError, ValueError) as error:
            problem = str(error)
            quoted = (
                problem if problem.startswith(("'", node.value)) else f"'{node.value}' {problem}"
            )
            self.complain(node, dotted, quoted)
            return None
        violation = declaration.violation(value)
        if violation:
            self.complain(node, dotted, f"{node.value} {violation}")
        return value

    def _whole_number(self, declaration: Any, node: ScalarNode, dotted: str) -> int | None:
        if node.tag != _CORE + "int":
            self.complain(node, dotted, f"'{node.value}' is not a whole number")
            return None
        text = node.value.replace("_", "")
        value = int(text, 0 if text.lower().startswith(("0x", "0o")) else 10)
        violation = declaration.violation(value)
        if violation:
            self.complain(node, dotted, f"{value} {violation}")
        return value


def _scalar(text: str, source: str) -> ScalarNode:
    """A value from the command line: YAML if it reads as one scalar, else the text as it stands."""
    yaml = ruamel.yaml.YAML(typ="safe", pure=True)
    mark = yaml.compose("x").start_mark
    mark.name = source
    try:
        node = yaml.compose(text)
    except ruamel.yaml.error.YAMLError:
        node = None
    if isinstance(node, ScalarNode):
        return ScalarNode(node.tag, node.value, start_mark=mark, end_mark=mark)
    tag = _CORE + ("str" if text.strip() else "null")
    return ScalarNode(tag, text, start_mark=mark, end_mark=mark)


def without_none(hint: Any) -> Any:
    """The type behind an optional one."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return next(arg for arg in typing.get_args(hint) if arg is not type(None))
    return hint


def _nearest(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=3, cutoff=0.5)
    return (
        f"; did you mean {' or '.join(near)}?" if near else f"; known: {', '.join(sorted(known))}"
    )
