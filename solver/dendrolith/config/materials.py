"""Material sets: files of values with unit and source, chosen by name and overridden by key."""

from __future__ import annotations

import importlib.resources

from ruamel.yaml.nodes import MappingNode, Node

from dendrolith.config.document import child, compose_text

SET_KEYS = {"lithium_set": "lithium", "electrolyte_set": "electrolyte"}


def material_sets(kind: str) -> list[str]:
    """Names of the sets that come with dendrolith; `kind` is ``lithium`` or ``electrolyte``."""
    folder = importlib.resources.files("dendrolith") / "materials" / kind
    return sorted(
        file.name.removesuffix(".yaml") for file in folder.iterdir() if file.name.endswith(".yaml")
    )


def graft_material_sets(root: MappingNode) -> bool:
    """Fill in from the sets that `materials` names what it does not say itself.

    Returns:
        False if a set is unknown. It is left alone: whoever reads the keys refuses its name.
    """
    materials = child(root, "materials")
    if not isinstance(materials, MappingNode):
        return True
    all_known = True
    for key, kind in SET_KEYS.items():
        chosen = child(materials, key)
        if chosen is None:
            continue
        if chosen.value not in material_sets(kind):
            all_known = False
            continue
        for phase_key, entries in material_set(kind, chosen.value).value:
            _graft_phase(materials, phase_key, entries)
    return all_known


def material_set(kind: str, name: str) -> MappingNode:
    """Nodes of one set: phase → key → value, source."""
    file = importlib.resources.files("dendrolith") / "materials" / kind / f"{name}.yaml"
    return compose_text(file.read_text(encoding="utf-8"), f"materials/{kind}/{name}.yaml")


def _graft_phase(materials: MappingNode, phase_key: Node, entries: MappingNode) -> None:
    phase = child(materials, phase_key.value)
    if phase is None:
        phase = MappingNode("", [], start_mark=materials.start_mark, end_mark=materials.end_mark)
        materials.value.append((phase_key, phase))
    if isinstance(phase, MappingNode):
        for key, entry in entries.value:
            value = child(entry, "value")
            if child(phase, key.value) is None and value is not None:
                phase.value.append((key, value))
