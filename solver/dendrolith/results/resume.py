"""May a run go on in a directory with this config? What differs, and what may."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dendrolith.config.load import load
from dendrolith.core.declare import declaration_of, dotted_name
from dendrolith.core.errors import ConfigError
from dendrolith.studies.plating.schema import Config

# How far and how carefully to go on; nothing of the state depends on them.
FREE = {
    "title", "time.end", "time.max_steps", "time.max_step", "time.min_step", "time.max_change",
    "time.max_relaxation", "time.error_tolerance", "checkpoint.every",
    "solver.max_newton_iterations",
}  # fmt: skip
# The state in the checkpoint was made with them: another value would be ignored or not fit.
FIXED = (
    "geometry", "protrusions", "control", "pores.fraction", "pores.mean_diameter", "pores.seed",
    "pores.diameter_spread", "time.scheme", "time.first_step", "output.every",
)  # fmt: skip


def check_changes(folder: Path, config: Config, allowed: list[str]) -> None:
    """Refuse to go on with a config that is not that of the run so far.

    Args:
        folder: the run directory.
        config: of the run that wants to go on.
        allowed: dotted keys that the user lets change.

    Raises:
        ConfigError: something differs that may not; one line each.
    """
    before = dict(values(load(folder / "config.yaml")))
    now = dict(values(config))
    problems = []
    for key in sorted(before.keys() | now.keys()):
        old, new = before.get(key), now.get(key)
        if old == new or key in FREE:
            continue
        changed = f"{folder}: {key} was {_said(old)}, now {_said(new)}"
        if key.startswith(FIXED) or (old is None) != (new is None):
            problems.append(f"{changed}: a run cannot go on with that; choose another --out")
        elif key not in allowed:
            problems.append(f"{changed}: to go on all the same say --allow-change {key}")
    if problems:
        raise ConfigError(problems)


def is_done(folder: Path, config: Config) -> bool:
    """Has the run in the folder come to the end that the config asks for?"""
    try:
        status = json.loads((folder / "status.json").read_text(encoding="utf-8"))
        at_end = float(status["time"]) >= config.time.end or float(status["end"]) == config.time.end
        return bool(status["state"] == "done" and at_end)
    except (OSError, ValueError, KeyError, TypeError):
        return False  # what the checkpoints say counts


def values(part: Any, dotted: str = "") -> Iterator[tuple[str, Any]]:
    """All values of a config that are there, in SI, by dotted key; a section is "present".

    The value of a file is a digest of its content: a copy elsewhere is the same.
    """
    for field in dataclasses.fields(part):
        value, name = getattr(part, field.name), dotted_name(dotted, field.name)
        if dataclasses.is_dataclass(value):
            yield name, "present"
            yield from values(value, name)
        elif isinstance(value, tuple):
            for number, entry in enumerate(value):
                yield from values(entry, f"{name}.{number}")
        elif value is not None:
            yield name, digest(value) if declaration_of(field).is_file else value


def digest(path: str) -> str:
    """The first digits of a sha256 of a file, or why there is none."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]
    except OSError as error:
        return f"{path}: {error.strerror}"


def _said(value: Any) -> str:
    return "absent" if value is None else f"{value!r}"
