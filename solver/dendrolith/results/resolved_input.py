"""An input with every default, as a run directory keeps it; needs neither MPI nor DOLFINx."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from dendrolith.core.declare import declaration_of
from dendrolith.core.errors import OutputFailed

T = TypeVar("T")


def keep_files(part: T, folder: Path) -> T:
    """A config whose files are copies in a folder, by their names there alone.

    So a run directory that is moved can be read and go on. A file is called after its key:
    ``mesh.msh`` for geometry.mesh_file.

    Raises:
        OutputFailed: a file cannot be copied.
    """

    def keep(key: str, source: Path) -> str:
        name = key.removesuffix("_file") + source.suffix
        copy_file(source, folder / name)
        return name

    return replace_files(part, keep)


def replace_files(part: T, name: Callable[[str, Path], str]) -> T:
    """A config that calls its files as `name` says, given the key of a file and its path."""
    changes: dict[str, Any] = {}
    for field in dataclasses.fields(part):  # type: ignore[arg-type]
        value = getattr(part, field.name)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            changes[field.name] = replace_files(value, name)
        elif value is not None and declaration_of(field).is_file:
            changes[field.name] = name(field.name, Path(value))
    return dataclasses.replace(part, **changes)  # type: ignore[type-var]


def copy_file(source: Path, target: Path) -> None:
    """Copy a file; whoever reads the target meets it whole.

    Raises:
        OutputFailed: it cannot be copied.
    """
    temporary = target.with_name(f"{target.name}.tmp")
    try:
        if not (target.exists() and source.samefile(target)):
            shutil.copyfile(source, temporary)
            os.replace(temporary, target)
    except OSError as error:
        why = f"{source}: cannot be copied to {target.parent}: {error.strerror}"
        raise OutputFailed(why) from None


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
