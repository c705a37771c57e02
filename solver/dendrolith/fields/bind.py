"""Physics parameters as `fem.Constant`: changing a number never compiles a form again."""

from __future__ import annotations

import dataclasses
from typing import TypeVar

from dolfinx import fem, mesh

P = TypeVar("P")


def bind(parameters: P, domain: mesh.Mesh) -> P:
    """Copy a parameter dataclass with every float replaced by a Constant on `domain`."""
    assert dataclasses.is_dataclass(parameters)
    constants = {
        field.name: fem.Constant(domain, value)
        for field in dataclasses.fields(parameters)
        if isinstance(value := getattr(parameters, field.name), float)
    }
    return dataclasses.replace(parameters, **constants)  # type: ignore[type-var]
