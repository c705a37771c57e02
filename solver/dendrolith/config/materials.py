"""Material sets: files of values with unit and source, chosen by name and overridden by key."""

from __future__ import annotations

import functools
import importlib.resources
from collections.abc import Iterator
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node

from dendrolith.config.document import child, compose_text
from dendrolith.config.keys import keys_of
from dendrolith.core.declare import choice, dotted_name


def set_choice(kind: str, meaning: str) -> Any:
    """Declare a key that names a material set; the set fills in sections beside the key.

    Args:
        kind: folder of the sets in `dendrolith/materials`.
        meaning: one phrase for the manual.
    """
    return choice(tuple(material_sets(kind)), meaning, default=None, sets=kind)


def material_sets(kind: str) -> list[str]:
    """Names of the sets of a kind that come with dendrolith."""
    folder = importlib.resources.files("dendrolith") / "materials" / kind
    return sorted(
        file.name.removesuffix(".yaml") for file in folder.iterdir() if file.name.endswith(".yaml")
    )


@functools.cache
def material_set(kind: str, name: str) -> MappingNode:
    """Nodes of one set: section → key → value, source."""
    file = importlib.resources.files("dendrolith") / "materials" / kind / f"{name}.yaml"
    return compose_text(file.read_text(encoding="utf-8"), f"materials/{kind}/{name}.yaml")


def sections_of_sets(kind: str) -> set[str]:
    """Names of the sections that sets of a kind fill in."""
    sets = (material_set(kind, name) for name in material_sets(kind))
    return {section.value for each in sets for section, _ in each.value}


def graft_material_sets(kind: Any, node: Node, dotted: str = "") -> Iterator[str]:
    """Fill in from the sets that an input names what it leaves out.

    Args:
        kind: dataclass of a section.
        node: its part of the input.
        dotted: its name.

    Yields:
        Names of sections beside an unknown set. The reader of the keys refuses its name.
    """
    if not isinstance(node, MappingNode):
        return
    for key in keys_of(kind):
        value = child(node, key.name)
        if value is None:
            continue
        if key.is_section and not key.listed:
            yield from graft_material_sets(key.kind, value, dotted_name(dotted, key.name))
        sets = key.declaration.sets
        if not sets:
            continue
        if value.value not in key.declaration.choices:
            yield dotted
            continue
        for section, entries in material_set(sets, value.value).value:
            _graft_section(node, section, entries)


def _graft_section(parent: MappingNode, name: Node, entries: MappingNode) -> None:
    section = child(parent, name.value)
    if section is None:
        section = MappingNode("", [], start_mark=parent.start_mark, end_mark=parent.end_mark)
        parent.value.append((name, section))
    if isinstance(section, MappingNode):
        for key, entry in entries.value:
            value = child(entry, "value")
            if child(section, key.value) is None and value is not None:
                section.value.append((key, value))
