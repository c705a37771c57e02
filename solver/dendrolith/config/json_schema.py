"""JSON Schema of the input file, for editors that complete and check while one types."""

from __future__ import annotations

from typing import Any

from dendrolith.config.keys import Key, keys_of
from dendrolith.config.materials import sections_of_sets
from dendrolith.config.reader import LONGEST_TEXT
from dendrolith.config.repeat import REPEAT
from dendrolith.config.steps import GRAMMAR
from dendrolith.core.declare import DIMENSIONLESS, Declaration

Schema = dict[str, Any]

_RATE = r"^\s*[-+]?\s*C\s*(/|$)|"  # such as C/20, where a current density may be said so
_NUMBER_WITH_UNIT = r"^\s*[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\s*[A-Za-zµμΩ°%1]"


def json_schema(kind: Any) -> Schema:
    """The schema (draft 2020-12); units and ranges of dimensional values are left to dendrolith.

    Args:
        kind: dataclass of the input.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dendrolith input",
        **_section(kind),
    }


def _section(kind: Any, *, from_sets: bool = False) -> Schema:
    """A section; `from_sets`: a material set may bring any of its keys."""
    keys = keys_of(kind)
    kinds = [key.declaration.sets for key in keys if key.declaration.sets]
    brought = {name for sets in kinds for name in sections_of_sets(sets)}
    schema: Schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            key.name: _entry(key, from_sets=from_sets or key.name in brought) for key in keys
        },
    }
    required = [k.name for k in keys if k.required and not from_sets and k.name not in brought]
    return {**schema, "required": required} if required else schema


def _entry(key: Key, *, from_sets: bool) -> Schema:
    declaration, default = key.declaration, key.field.default
    described: Schema = {"description": declaration.meaning}
    if key.listed:
        return {**described, "type": "array", "items": _items(key)}
    if key.is_section:
        return {**described, **_section(key.kind, from_sets=from_sets)}
    has_default = not key.required and default not in (None, "")
    if has_default and not _has_unit(key.kind, declaration):
        described["default"] = default
    return {**described, **_value(key.kind, declaration)}


def _items(key: Key) -> Schema:
    """An entry of a list, or a cycle of entries."""
    entry, inner = _section(key.kind), key.declaration.repeats
    if not inner:
        return entry
    cycle = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            REPEAT: {"description": f"times that {inner} are gone through", "type": "integer"},
            inner: {"description": "a list as the one around it", "type": "array"},
        },
        "required": [REPEAT, inner],
    }
    step = {"type": "string", "description": f"a step as text: {GRAMMAR}"}
    return {"anyOf": [entry, cycle, step]}


def _has_unit(kind: Any, declaration: Declaration) -> bool:
    return kind is float and declaration.unit != DIMENSIONLESS


def _value(kind: Any, declaration: Declaration) -> Schema:
    if declaration.choices:
        return {"enum": list(declaration.choices)}
    if _has_unit(kind, declaration):
        return {
            "type": "string",
            "pattern": (_RATE if declaration.unit == "A/m^2" else "") + _NUMBER_WITH_UNIT,
            "examples": [f"1 {declaration.unit}"],
        }
    if kind is float:
        return {"type": "number", **_bounds(declaration)}
    if kind is int:
        return {"type": "integer", **_bounds(declaration)}
    if kind is bool:
        return {"type": "boolean"}
    # a title such as 2026 is text to dendrolith and a number to YAML
    return {"type": ["string", "number", "boolean"], "maxLength": LONGEST_TEXT}


def _bounds(declaration: Declaration) -> Schema:
    bounds = {
        "exclusiveMinimum": declaration.above,
        "minimum": declaration.at_least,
        "exclusiveMaximum": declaration.below,
        "maximum": declaration.at_most,
    }
    return {name: bound for name, bound in bounds.items() if bound is not None}
