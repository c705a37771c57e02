"""What of a pressed cell is assumed: inputs that the paper does not give, and parts left out."""

from __future__ import annotations

import dataclasses
from typing import Any

from dendrolith.core.declare import declaration_of, dotted_name
from dendrolith.core.sections import sections
from dendrolith.physics.frame import NOT_GIVEN
from dendrolith.studies.creep.schema import PLUG

_SHOWN = {
    "Pa": (1e-6, "MPa"),
    "1/Pa": (1e6, "1/MPa"),
    "Pa/m": (1e-12, "MPa/µm"),
    "m": (1e6, "µm"),
    "mm": (1e3, "mm"),
    "1": (1.0, ""),
}
LONG = 1e-3  # m: from there on in mm


def assumed_values(config: Any) -> list[tuple[str, str]]:
    """(dotted key, value with unit) of each input whose source is an assumption."""
    found = []
    for dotted, part in sections(config):
        for field in dataclasses.fields(part):
            declaration = declaration_of(field)
            replaced = (dotted, field.name) == ("cell.gap", "width") and part.profile is not None
            if declaration.source == NOT_GIVEN and not replaced:
                value = _shown(getattr(part, field.name), declaration.unit)
                found.append((dotted_name(dotted, field.name), value))
    return found


def _shown(value: float, unit: str) -> str:
    """A value of a unit of the SI as people write it."""
    kind = "mm" if unit == "m" and value >= LONG else unit
    factor, name = _SHOWN.get(kind, (1.0, kind))
    return f"{factor * value:.4g} {name}".strip()


def model_lines(config: Any) -> list[str]:
    """What the model takes for granted, a phrase a line."""
    wall = config.wall_friction
    sticks = "lithium sticks to all walls"
    if wall is not None:
        walls = "the bore" if wall.walls == "bore" else "the walls of the slot"
        bound = "" if wall.coefficient is None else f", at most {wall.coefficient:g} p"
        sticks = f"lithium slides along {walls}: friction factor {wall.friction_factor:g}{bound}"
    kind = "the cell is round" if config.cell.depth is None else "the cell is a strip, plane strain"
    rigid = "tube, rod and electrolyte" if config.tube is None else "rod and electrolyte"
    width = "one width" if config.cell.gap.profile is None else "the width of a table"
    front = "a front that is a plug" if config.cell.gap.front == PLUG else "a front of its flow"
    return [
        f"{rigid} are rigid; {sticks}; the slot has {width} and {front}",
        f"{kind}; the ring of the gap beside the foil is full at the start; creep is steady",
    ]
