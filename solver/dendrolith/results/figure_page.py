"""A page of figures and tables in one HTML file, with each figure and table as a file beside it."""

from __future__ import annotations

import base64
import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dendrolith.core.errors import ConfigError, OutputFailed
from dendrolith.core.formats import format_number
from dendrolith.results.new_file import replace
from dendrolith.results.page_templates import page_templates

Cell = str | int | float


@dataclass(frozen=True, slots=True)
class FigureEntry:
    """A Matplotlib figure, the name of its file and its caption."""

    name: str
    figure: Any
    caption: str


@dataclass(frozen=True, slots=True)
class TableEntry:
    """A table, the name of its file and its caption."""

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    caption: str


@dataclass(frozen=True, slots=True)
class PageSection:
    """A part of a page."""

    title: str
    paragraphs: Sequence[str] = ()
    tables: Sequence[TableEntry] = ()
    figures: Sequence[FigureEntry] = ()
    links: Sequence[str] = ()  # to files in the folder of the page


def write_page(folder: Path, title: str, kind: str, sections: Sequence[PageSection]) -> Path:
    """Write ``index.html``, ``figures/*.png`` and ``tables/*.csv``; returns the page.

    Args:
        folder: where to; it is there.
        title: of the page.
        kind: one phrase above the title.
        sections: its parts.

    Raises:
        OutputFailed: a file cannot be written.
    """
    try:
        for name in ("figures", "tables"):
            (folder / name).mkdir(exist_ok=True)
        pictures = {}
        for entry in (figure for section in sections for figure in section.figures):
            path = folder / "figures" / f"{entry.name}.png"
            save_figure(entry.figure, path)
            code = base64.b64encode(path.read_bytes()).decode("ascii")
            pictures[entry.name] = f"data:image/png;base64,{code}"
        for table in (table for section in sections for table in section.tables):
            replace(folder / "tables" / f"{table.name}.csv", _as_csv(table))
        text = (
            page_templates()
            .get_template("figure_page.html.jinja")
            .render(title=title, kind=kind, sections=sections, pictures=pictures, show=_show)
        )
        page = folder / "index.html"
        replace(page, text)
    except OSError as error:
        raise OutputFailed(f"{folder}: cannot be written: {error.strerror or error}") from None
    return page


def save_figure(figure: Any, path: Path) -> None:
    """Write a figure and let it go.

    Raises:
        ConfigError: the picture cannot be written, for want of a place or of such a format.
    """
    import matplotlib.pyplot as plt

    try:
        figure.savefig(path)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be drawn: {error}") from None
    finally:
        plt.close(figure)


def _as_csv(table: TableEntry) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.header)
    writer.writerows(table.rows)
    return text.getvalue()


def _show(cell: Cell) -> str:
    if isinstance(cell, float):
        return "–" if math.isnan(cell) else format_number(cell, 3)
    return str(cell)
