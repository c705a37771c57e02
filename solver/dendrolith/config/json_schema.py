"""JSON Schema of the input file, for editors that complete and check while one types."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any

from dendrolith.config.load import LONGEST_TEXT, without_none
from dendrolith.core.declare import DIMENSIONLESS, Declaration, declaration_of
from dendrolith.physics.phases import Phase
from dendrolith.studies.plating.schema import Config, Materials

Schema = dict[str, Any]

_NUMBER_WITH_UNIT = r"^\s*[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\s*[A-Za-zµμΩ°%1]"


def json_schema() -> Schema:
    """The schema (draft 2020-12); units and ranges of dimensional values are left to dendrolith."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dendrolith input",
        **_section(Config),
    }


def _section(kind: Any) -> Schema:
    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(kind)
    schema: Schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {f.name: _entry(hints[f.name], f) for f in fields},
    }
    # a phase may come from a material set, and so may each of its properties
    from_sets = kind in (Materials, Phase)
    required = [f.name for f in fields if f.default is dataclasses.MISSING and not from_sets]
    return {**schema, "required": required} if required else schema


def _entry(hint: Any, field: dataclasses.Field[Any]) -> Schema:
    kind, declaration = without_none(hint), declaration_of(field)
    described: Schema = {"description": declaration.meaning}
    if dataclasses.is_dataclass(kind):
        return {**described, **_section(kind)}
    if typing.get_origin(kind) is tuple:
        return {**described, "type": "array", "items": _section(typing.get_args(kind)[0])}
    if field.default not in (dataclasses.MISSING, None, "") and not _has_unit(kind, declaration):
        described["default"] = field.default
    return {**described, **_value(kind, declaration)}


def _has_unit(kind: Any, declaration: Declaration) -> bool:
    return kind is float and declaration.unit != DIMENSIONLESS


def _value(kind: Any, declaration: Declaration) -> Schema:
    if declaration.choices:
        return {"enum": list(declaration.choices)}
    if _has_unit(kind, declaration):
        return {
            "type": "string",
            "pattern": _NUMBER_WITH_UNIT,
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
