"""The files of a ladder: table as CSV and JSON, picture, page."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import Any

from dendrolith.convergence import charts, page
from dendrolith.convergence.measure import Convergence, Observed
from dendrolith.convergence.table import kind_of, notes
from dendrolith.core.errors import ConfigError
from dendrolith.core.version import VERSION
from dendrolith.results.new_file import replace
from dendrolith.results.report.panels import save_panels

STEM = "convergence"


def write(found: Convergence) -> None:
    """Write ``convergence.csv``, ``.json``, ``.png`` and ``.html`` into the folder of a ladder.

    Raises:
        ConfigError: they cannot be written.
    """
    try:
        replace(found.path / f"{STEM}.csv", as_csv(found))
        replace(found.path / f"{STEM}.json", as_json(found))
        save_panels(found.path / f"{STEM}.png", charts.panels(found))
        replace(found.path / f"{STEM}.html", page.page(found))
    except OSError as error:
        raise ConfigError(f"{found.path}: cannot be written: {error.strerror or error}") from None


def as_csv(found: Convergence) -> str:
    """A row for each observable: its values in all rungs, limit, bar, order, errors."""
    text = io.StringIO()
    rows = [_flat(found, observed) for observed in found.observables]
    if rows:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue()


def _flat(found: Convergence, observed: Observed) -> dict[str, Any]:
    facts = _facts(found, observed)
    values, parts = facts.pop("values"), facts.pop("errors")
    named = {f"value ({label})": value for label, value in values.items()}
    return {**facts, **named, **{f"error of {symbol}": error for symbol, error in parts.items()}}


def _facts(found: Convergence, observed: Observed) -> dict[str, Any]:
    """One observable for programs; numbers in its unit, None where there is none."""
    estimate, rest = observed.estimate, found.runs.ladder.rest
    bar = None if estimate is None or math.isnan(estimate.bar) else estimate.bar
    every = [*observed.values, *observed.apart.values()]
    return {
        "observable": observed.label,
        "unit": observed.unit,
        "limit": None if estimate is None else estimate.limit,
        "bar": bar,
        "order": None if estimate is None else estimate.order,
        "kind": kind_of(observed),
        "error": observed.error,
        "values": {rung.label: value for rung, value in zip(found.rungs, every, strict=True)},
        "errors": {**observed.parts, **({rest: observed.rest} if rest else {})},
    }


def as_json(found: Convergence) -> str:
    """All of a ladder for programs."""
    rungs = [
        {
            "label": rung.label,
            "point": rung.point.name,
            "size": rung.size,
            "apart": rung.apart is not None,
            "values": {key: value.value for key, value in rung.point.parameters.items()},
            "state": state.state,
            "steps": state.steps,
            "wall": state.wall,
        }
        for rung, state in zip(found.rungs, found.states, strict=True)
    ]
    facts = {
        "input": found.runs.name,
        "study": found.runs.study.name,
        "dendrolith": VERSION,
        "refined": found.runs.ladder.together.symbol,
        "ratio": found.runs.ladder.together.ratio,
        "order_of_schemes": found.runs.ladder.together.order,
        "versions": list(found.versions),
        "held": dict(found.runs.held),
        "rungs": rungs,
        "observables": [_facts(found, observed) for observed in found.observables],
        "notes": notes(found),
    }
    return json.dumps(facts, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
