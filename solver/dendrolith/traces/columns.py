"""The table of a file: titles, and columns as numbers. The parser of cells is that of pandas."""

from __future__ import annotations

import difflib
import io
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from dendrolith.core.errors import ConfigError
from dendrolith.traces.blocks import BLANKS, COMMENTS
from dendrolith.traces.cells import FOUR_PARTS, GAPS, TWO_PARTS, is_number, numbers
from dendrolith.traces.layout import SEMICOLON, TAB, TRACE, Layout, find_layout
from dendrolith.traces.titles import Column, column_of, is_known, is_row_of_units, plain

if TYPE_CHECKING:
    import pandas as pd

FloatArray = npt.NDArray[np.float64]
COMMENTED = 2  # lines of comments below that of the units
_DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+(?:[eE][-+]?\d+)?")


@dataclass(slots=True)
class Table:
    """The table of a file.

    Attributes:
        layout: where it is.
        columns: one for each cell of a row.
        has_header: the columns have names of their own.
        decimal: sign in most of its numbers.
        parsed: columns that have been read, by place.
    """

    layout: Layout
    columns: list[Column]
    has_header: bool
    decimal: str
    parsed: dict[int, pd.Series] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The file."""
        return self.layout.path

    def read(self, columns: list[Column]) -> None:
        """Parse columns, all in one pass.

        Raises:
            ConfigError: a quote is not closed.
        """
        places = sorted({self.columns.index(column) for column in columns} - set(self.parsed))
        found = self._parse(places, in_parts=True)
        # part by part what is not all numbers may be text here and a number there
        mixed = [place for place, cells in found.items() if cells.dtype == object]
        self.parsed |= found | self._parse(mixed, in_parts=False)

    def _parse(self, places: list[int], *, in_parts: bool) -> dict[int, pd.Series]:
        """Cells of columns by their places; in parts it takes half the memory.

        Raises:
            ConfigError: a quote is not closed.
        """
        import pandas as pd

        if not places:
            return {}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", pd.errors.DtypeWarning)
                frame = pd.read_csv(
                    io.BytesIO(self.layout.body),
                    sep=r"\s+" if self.layout.delimiter == BLANKS else self.layout.delimiter,
                    header=None,
                    names=list(range(self.layout.width)),
                    usecols=places,
                    index_col=False,
                    decimal=self.decimal,
                    na_values=list(GAPS),
                    skip_blank_lines=False,
                    skipinitialspace=True,
                    low_memory=in_parts,
                )
        except pd.errors.ParserError as error:
            raise ConfigError(
                f"{self.path}: its table cannot be read: close each quote ({error})"
            ) from None
        return {place: frame[place] for place in places}

    def values(self, column: Column, *, ends: bool = False) -> FloatArray:
        """(n_rows,) numbers of a column in SI; NaN for gaps and for lines that are no data.

        Args:
            column: one of the table's.
            ends: the first line behind all numbers of this column ends the data.

        Raises:
            ConfigError: something is not a number; with the first line of it.
        """
        self.read([column])
        cells = self.parsed[self.columns.index(column)]
        found = numbers(cells, self.decimal)
        wrong = np.flatnonzero((np.isnan(found) & cells.notna().to_numpy()) | np.isinf(found))
        if ends and np.isfinite(found).any():
            wrong = wrong[wrong < np.flatnonzero(np.isfinite(found))[-1]]
        for row in wrong:
            if self._is_row(int(row)):
                raise self._not_a_number(int(row), column)
        return column.factor * found

    def text(self, column: Column) -> list[str]:
        """(n_rows,) cells of a column."""
        self.read([column])
        cells = self.parsed[self.columns.index(column)]
        return [str(cell).strip() for cell in cells.tolist()]

    def first_cell(self, column: Column) -> str:
        """The cell of a column in the first line."""
        cells, place = self.layout.cells(int(self.layout.rows[0])), self.columns.index(column)
        return cells[place] if place < len(cells) else ""

    def line_of(self, row: int) -> int:
        """Number of the line of a row."""
        return int(self.layout.rows[row]) + 1

    def called(self, wanted: str, option: str) -> Column:
        """The column that the user names by its title, its title without unit or its number.

        Raises:
            ConfigError: there is none, or there are several.
        """
        if wanted.isdecimal() and 1 <= int(wanted) <= len(self.columns):
            return self.columns[int(wanted) - 1]
        same = [c for c in self.columns if c.title.casefold() == wanted.casefold()]
        same = same or [c for c in self.columns if plain(c.name) == plain(wanted)]
        if len(same) == 1:
            return same[0]
        names = {plain(c.name): c.title for c in self.columns}
        near = difflib.get_close_matches(plain(wanted), names, 1)
        hint = f": did you mean {names[near[0]]}?" if near and not same else f"; {self.listed()}"
        found = "several columns are" if same else "no column is"
        raise ConfigError(f"{self.path}: {found} called '{wanted}' ({option}){hint}")

    def listed(self) -> str:
        """The columns with their numbers, to choose from."""
        if self.has_header:
            return "columns: " + ", ".join(f"{k} {c.title}" for k, c in enumerate(self.columns, 1))
        first = self.layout.cells(int(self.layout.rows[0]))
        return "columns of its first line: " + ", ".join(
            f"{k}: {c}" for k, c in enumerate(first, 1)
        )

    def _is_row(self, row: int) -> bool:
        """Is a line one of data, not blank, a comment, the titles again, or the end of a report?"""
        line = self.layout.line(int(self.layout.rows[row]))
        cells = self.layout.cells(int(self.layout.rows[row]))
        if not any(cells) or line.lstrip().startswith(COMMENTS):
            return False
        return any(is_number(cell) for cell in cells)

    def _not_a_number(self, row: int, column: Column) -> ConfigError:
        cell = self.layout.cells(int(self.layout.rows[row]))[self.columns.index(column)]
        wrong = (
            "is not a number: correct it (an overload is at least the end of the range), or leave "
            "the cell empty for a gap"
        )
        if TWO_PARTS.fullmatch(cell):
            wrong = "may be hours or minutes: write h:mm:ss, or seconds"
        if FOUR_PARTS.fullmatch(cell):
            wrong = "may begin with days or end in hundredths: write h:mm:ss, or seconds"
        where = f"{self.path}:{self.line_of(row)}"
        return ConfigError(f"{where}: '{cell}' in column {column.title} {wrong}")


def read_table(
    path: Path,
    signals: Mapping[str, str],
    titled: Callable[[Path, str, Mapping[str, str]], Column] = column_of,
    wanted: str = TRACE,
) -> Table:
    """Find the table of a text file and what its titles say.

    Args:
        path: the file.
        signals: further names of columns → what they are, `CURRENT` (a leakage) or `VOLTAGE`.
        titled: what a title says, from the file, the title and `signals`.
        wanted: what the file should be, for the message.

    Raises:
        ConfigError: no such file, no table in it, or a title with a unit that cannot be.
    """
    layout = find_layout(path, wanted)
    titles = _titles(layout.above)
    numbered = [str(n) for n in range(1, layout.width + 1)]
    columns = [titled(path, title, signals) for title in _distinct(titles) or numbered]
    cells = layout.cells(int(layout.rows[0]))
    commas = sum(bool(_DECIMAL_COMMA.fullmatch(cell)) for cell in cells)
    decimal = "," if commas and layout.delimiter in (SEMICOLON, TAB, BLANKS) else "."
    return Table(layout, columns, bool(titles), decimal)


def _distinct(titles: list[str] | None) -> list[str]:
    """Titles that stand there before, also with the number that pandas adds, and their place."""
    found: list[str] = []
    for place, title in enumerate(titles or [], 1):
        base = re.sub(r"\.\d+$", "", title)
        same = base if base in found else title
        found.append(f"{same} (column {place})" if title and same in found else title)
    return found


def _titles(above: list[list[str]]) -> list[str] | None:
    """The last line above the table that has as many words as the table has columns.

    Units in a line of their own belong to the line above it; alone they are the titles. Comments
    may follow, as programs for charts write them.
    """
    words = [cells for cells in above if any(cells) and not any(is_number(cell) for cell in cells)]
    if not words:
        return None
    units = [n for n, cells in enumerate(words) if is_row_of_units(cells)]
    last = words[-1]
    commented = not any(is_known(title) for title in last)
    if commented and units and units[-1] >= max(len(words) - 1 - COMMENTED, 1):
        last = words[units[-1]]
    if is_row_of_units(last):
        bare = [cell.strip("[]()") for cell in last]
        if len(words) == 1:
            return [f"[{unit}]" for unit in bare]
        names = words[words.index(last) - 1]
        return [f"{t} [{unit}]" if unit else t for t, unit in zip(names, bare, strict=False)]
    return last
