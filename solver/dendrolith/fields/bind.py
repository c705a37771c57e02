"""Parameters of laws as `fem.Constant`: changing a number never compiles a form again."""

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


def in_numbers(law: P) -> P:
    """Copy a bound law with every Constant replaced by its present value.

    The number lives in the law: who needs it as a number reads it there.
    """
    assert dataclasses.is_dataclass(law)
    numbers = {
        field.name: float(value.value)
        for field in dataclasses.fields(law)
        if isinstance(value := getattr(law, field.name), fem.Constant)
    }
    return dataclasses.replace(law, **numbers)  # type: ignore[type-var]
