"""One page on a sweep: what was varied, how it ended, curves, maps, distributions, all points."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from markupsafe import Markup

from dendrolith.core.errors import ConfigError
from dendrolith.core.formats import format_number
from dendrolith.core.version import VERSION
from dendrolith.observables.columns import split_column
from dendrolith.observables.show import Reading
from dendrolith.results.new_file import replace
from dendrolith.results.page_templates import page_templates
from dendrolith.studies.register import study_named
from dendrolith.sweeps import charts
from dendrolith.sweeps.collect import FAILURE, SHORT, STATE, WALL, Cell, Rows, collect
from dendrolith.sweeps.folder import POINT, SOURCE, SweepFolder
from dendrolith.sweeps.states import DONE, FAILED, STATES

MOST_ROWS = 500  # of the table of points


def make_sweep_report(folder: SweepFolder, out: Path | None = None) -> Path:
    """Write the page of a sweep; also while it runs.

    Args:
        folder: of the sweep.
        out: the page; by default ``report.html`` in the folder.

    Raises:
        ConfigError: the page cannot be written.
    """
    target = out or folder.path / "report.html"
    try:
        replace(target, _page(folder, collect(folder)))
    except OSError as error:
        raise ConfigError(f"{target}: cannot be written: {error.strerror or error}") from None
    return target


def _page(folder: SweepFolder, rows: Rows) -> str:
    environment = page_templates("dendrolith.sweeps")
    columns = folder.columns
    readings = [r for r in study_named(folder.facts["study"]).shows.status if not r.words]
    ended = [row for row in rows if row[STATE] == DONE]
    return environment.get_template("page.html.jinja").render(
        title=folder.facts["title"] or folder.facts["name"],
        version=VERSION,
        counts={state: sum(row[STATE] == state for row in rows) for state in STATES},
        wall=sum(float(row[WALL] or 0) for row in rows),
        classes={label: sum(row[SHORT] == label for row in ended) for label in charts.CLASSES},
        varied=[_range(rows, column) for column in columns],
        maps=_marked(charts.class_maps(ended, columns)),
        curves=_marked(charts.response_curves(ended, columns, readings)),
        distributions=_marked(charts.distributions(ended, readings)),
        failed=[(row[POINT], row[FAILURE]) for row in rows if row[STATE] == FAILED],
        head=[*map(_head, columns), "short circuit", *(r.heading for r in readings)],
        table=[_line(row, columns, readings) for row in rows[:MOST_ROWS]],
        more=max(len(rows) - MOST_ROWS, 0),
        facts=folder.facts,
        again=_again(folder.path),
        number=format_number,
    )


def _again(path: Path) -> list[str]:
    """The commands that make the sweep once more; one from a script has no sweep file."""
    other = shlex.quote(f"{path}-again")
    source = shlex.quote(str(path / SOURCE))
    expand = [f"dendrolith sweep expand {source} --out {other}"]
    return [*expand, f"dendrolith sweep run {other}"] if (path / SOURCE).exists() else []


def _marked(drawings: Any) -> list[tuple[str, str, Markup]]:
    return [(title, words, Markup(drawing)) for title, words, drawing in drawings]


def _range(rows: Rows, column: str) -> tuple[str, str]:
    """What varies, and from where to where."""
    values = list(dict.fromkeys(row[column] for row in rows if row[column] is not None))
    key, unit = split_column(column)
    absent = ["absent"] * any(row[column] is None for row in rows)
    numbers = [float(value) for value in values if isinstance(value, int | float)]
    if len(numbers) == len(values) and len(values) > 1:
        low, high = (charts.in_unit(end, unit) for end in (min(numbers), max(numbers)))
        return key, ", ".join([f"{low} to {high}", f"{len(values)} values", *absent])
    said = [
        charts.in_unit(float(value), unit) if isinstance(value, int | float) else str(value)
        for value in values[:12]
    ]
    return key, ", ".join([*said, *absent])


def _said(value: Cell) -> str:
    if value is None:
        return "—"
    return format_number(float(value)) if isinstance(value, int | float) else str(value)


def _head(column: str) -> str:
    key, unit = split_column(column)
    return f"{key} [{unit}]" if unit else key


def _line(
    row: dict[str, Cell], columns: list[str], readings: list[Reading]
) -> tuple[Cell, Cell, list[str]]:
    """Name, state and cells of a point."""
    found = [row.get(reading.column) for reading in readings]
    scaled = [
        reading.factor * value if isinstance(value, int | float) else None
        for reading, value in zip(readings, found, strict=True)
    ]
    cells = [*(row[column] for column in columns), row[SHORT], *scaled]
    return row[POINT], row[STATE], [_said(cell) for cell in cells]
