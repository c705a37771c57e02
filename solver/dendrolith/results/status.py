"""How a run is doing, read from its directory; also while it goes on, from anywhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dendrolith.core.errors import ConfigError
from dendrolith.observables.columns import TIME, whole_rows
from dendrolith.results.lock import owner_of
from dendrolith.results.study_of_run import show_of_run

UNKNOWN: dict[str, Any] = {
    "state": "unknown",
    "time": 0.0,
    "end": 0.0,
    "steps": 0,
    "rejected": 0,
    "updated": "unknown",
    "failure": "",
}


def status(folder: Path, *, as_json: bool = False) -> str:
    """State, progress, the last row and the checkpoints of a run, as text or JSON.

    Raises:
        ConfigError: the folder is not that of a run.
    """
    facts = read_status(folder)
    if as_json:
        return json.dumps(facts, indent=2)
    share = 100 * facts["time"] / facts["end"] if facts.get("end") else 0.0
    lines = [
        f"{folder}: {facts['state']}" + (f", {facts['failure']}" if facts["failure"] else ""),
        f"  reached        t = {facts['time']:.6g} of {facts['end']:g} s ({share:.0f} %), "
        f"{facts['steps']} steps, {facts['rejected']} taken back",
        f"  last word      {facts['updated']}",
    ]
    row = facts["last_row"]
    lines += [
        f"  {reading.label:<14} {reading.format(row[reading.column])}"
        for reading in show_of_run(folder).status
        if reading.column in row
    ]
    kept = ", ".join(str(step) for step in facts["checkpoints"])
    lines.append(f"  checkpoints    {'at step ' + kept if kept else 'none yet'}")
    return "\n".join(lines)


def read_status(folder: Path) -> dict[str, Any]:
    """The facts of status.json, of the last row and of the checkpoints.

    A run writes its status now and then: of one that was killed the rows know more.

    Raises:
        ConfigError: the folder is not that of a run.
    """
    facts = read_status_file(folder)
    count, facts["last_row"] = _last_row(folder / "timeseries.csv")
    if count > facts["steps"] and TIME in facts["last_row"]:
        facts["steps"], facts["time"] = count, facts["last_row"][TIME]
    committed = sorted(folder.glob("checkpoints/step-*/COMMIT.json"))
    facts["checkpoints"] = [int(path.parent.name.removeprefix("step-")) for path in committed]
    return facts


def read_status_file(folder: Path) -> dict[str, Any]:
    """The facts of status.json alone; a run that says it is running and is not there is dead.

    Raises:
        ConfigError: the folder is not that of a run.
    """
    try:
        stored: dict[str, Any] = json.loads((folder / "status.json").read_text(encoding="utf-8"))
        facts = {**UNKNOWN, **stored}
        for key, value in UNKNOWN.items():
            if not isinstance(
                facts[key], (int, float) if isinstance(value, float) else type(value)
            ):
                raise TypeError(f"{key} is {json.dumps(facts[key])}")
    except FileNotFoundError:
        raise ConfigError(f"{folder}: has no status.json: not a run directory") from None
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(f"{folder / 'status.json'}: cannot be read: {error}") from None
    if facts["state"] == "running" and owner_of(folder) is None:
        facts["state"] = "dead"
        facts["failure"] = "killed without a word: --resume auto goes on"
    return facts


def _last_row(path: Path) -> tuple[int, dict[str, float]]:
    """How many whole rows there are, and the last one; a run may be writing one.

    Raises:
        ConfigError: it cannot be read, or does not hold numbers.
    """
    if not path.exists():
        return 0, {}
    try:
        header, whole, _ = whole_rows(path.read_text(encoding="utf-8"))
        return len(whole), {
            name: float(value)
            for row in whole[-1:]
            for name, value in zip(header, row, strict=True)
        }
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its last row does not hold numbers"
        raise ConfigError(
            f"{path}: is no longer as the run wrote it ({why}): put the run's own file back"
        ) from None
