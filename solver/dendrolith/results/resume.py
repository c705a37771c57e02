"""May a run go on in a directory with this config? What differs, and what may."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dendrolith.core.errors import ConfigError
from dendrolith.results.input_values import InputValue, input_values
from dendrolith.studies.register import load, study_of

# How far to go on, and what it is called; nothing of the state depends on them.
FREE = frozenset({"title", "time.end", "time.max_steps", "checkpoint.every"})
# Output times are hit by steps: the state in the checkpoint was made with them.
FIXED = ("study", "output.every")


def check_changes(folder: Path, config: Any, allowed: list[str]) -> None:
    """Refuse to go on with a config that is not that of the run so far.

    What the study declares `free` may differ. What it declares `fixed` may not, and with it all
    that is present in one of the inputs alone.

    Args:
        folder: the run directory.
        config: of the run that wants to go on.
        allowed: dotted keys that the user lets change.

    Raises:
        ConfigError: something differs that may not, no input has an allowed key, or the input of
            the run so far cannot be read; one line each.
    """
    study = study_of(config)
    free, fixed = FREE | study.free, FIXED + study.fixed
    before, now = (
        {entry.key: entry for entry in input_values(part)}
        for part in (_input_so_far(folder), config)
    )
    unknown = sorted({*allowed} - before.keys() - now.keys())
    problems = [f"--allow-change {key}: is no value of this input" for key in unknown]
    if before.get("study") != now.get("study"):
        before, now = ({"study": part["study"]} for part in (before, now))
    for key in sorted(before.keys() | now.keys()):
        old, new = before.get(key), now.get(key)
        if old == new or key in free:
            continue
        changed = f"{folder}: {key} was {_format(old)}, now {_format(new)}"
        if key.startswith(fixed) or (old is None) != (new is None):
            problems.append(f"{changed}: a run cannot go on with that; choose another --out")
        elif key not in allowed:
            problems.append(f"{changed}: to go on all the same say --allow-change {key}")
    if problems:
        raise ConfigError(*problems)


def _input_so_far(folder: Path) -> Any:
    """That of the run in the folder."""
    try:
        return load(folder / "config.yaml")
    except ConfigError as error:
        cure = "write the input that it was made with there, or choose another --out"
        problem = f"{folder}: a run goes on with its own: {cure}"
        raise ConfigError(*error.problems, problem) from None


def is_done(folder: Path, config: Any) -> bool:
    """Has the run in the folder come to the end that the config asks for?"""
    try:
        status = json.loads((folder / "status.json").read_text(encoding="utf-8"))
        at_end = float(status["time"]) >= config.time.end or float(status["end"]) == config.time.end
        return bool(status["state"] == "done" and at_end)
    except (OSError, ValueError, KeyError, TypeError):
        return False  # what the checkpoints say counts


def _format(entry: InputValue | None) -> str:
    """A value as an input spells it, in SI; words in quotes."""
    if entry is None:
        return "absent"
    if isinstance(entry.value, bool):
        return str(entry.value).lower()
    number = f"{entry.value:.15g}" if isinstance(entry.value, float) else f"{entry.value!r}"
    return f"{number} {entry.unit}".rstrip()
