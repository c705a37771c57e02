"""A config as YAML with every default filled in."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from dendrolith.core.declare import declaration_of


def resolved_yaml(config: Any) -> str:
    """The config with every default filled in, in SI, loadable again."""
    return "\n".join(_yaml_lines(config, 0)) + "\n"


def _yaml_lines(part: Any, depth: int) -> list[str]:
    lines: list[str] = []
    for field in dataclasses.fields(part):
        value = getattr(part, field.name)
        if value is not None and value != "":
            unit = declaration_of(field).unit
            lines += _yaml_entry(f"{'  ' * depth}{field.name}:", value, unit, depth)
    return lines


def _yaml_entry(head: str, value: Any, unit: str, depth: int) -> list[str]:
    """One key and its value; an empty section or list is left out."""
    if dataclasses.is_dataclass(value):
        inner = _yaml_lines(value, depth + 1)
        return [head, *inner] if inner else []
    if isinstance(value, tuple):
        entries = [_yaml_lines(entry, depth + 2) for entry in value]
        dash = "  " * (depth + 1) + "- "
        inner = [line for e in entries for line in (dash + e[0].lstrip(), *e[1:])]
        return [head, *inner] if inner else []
    if isinstance(value, float) and unit != "1":
        return [f"{head} {value!r} {unit}"]
    # a string, a flag or a number: JSON writes them as YAML reads them
    return [f"{head} {json.dumps(value, ensure_ascii=False)}"]
