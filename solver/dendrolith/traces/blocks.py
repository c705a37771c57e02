"""Lines of a text file, and the blocks of one width that make its table."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dendrolith.traces.cells import is_number
from dendrolith.traces.titles import is_row_of_units

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
BLANKS = " "  # as a delimiter: any blanks
COMMENTS = ("#", "%", "//")
# A block goes on behind so few lines that are none of it, if they are no words.
INTERRUPTED = 3
# Lines above a block that may hold its titles.
ABOVE = 400
# Of another block so many lines are looked at; so many of them are data if it is a table.
LOOKED_AT, DATA = 20, 0.9


def split(line: str, delimiter: str) -> list[str]:
    """Cells of a line."""
    if delimiter == BLANKS:
        return line.split()
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]


def is_data(cells: list[str]) -> bool:
    """Are two of the cells numbers, or times, or dates?"""
    return sum(is_number(cell) for cell in cells) >= 2


def line_of(raw: bytes, starts: IntArray, number: int) -> str:
    """A line, from 0, without its end."""
    return raw[starts[number] : starts[number + 1]].decode("utf-8", "replace").rstrip("\n")


def is_comment(line: str) -> bool:
    """Does a line begin as a comment does?"""
    return line.lstrip().startswith(COMMENTS)


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of a table.

    Attributes:
        first: line of its first row, from 0.
        last: the line behind it.
        titles: its titles, or those of the block before; empty: none.
    """

    first: int
    last: int
    titles: tuple[str, ...] = ()

    @property
    def lines(self) -> int:
        """How many there are."""
        return self.last - self.first


class Blocks:
    """The table of a file: its longest block, and those that have the same titles.

    Args:
        raw: the file in UTF-8.
        starts: (n_lines + 1,) where each line begins.
        delimiter: of the cells.
        fits: (n_lines,) lines of the table's width.

    Attributes:
        table: its blocks, in order; empty: there is none.
        left_out: tables of the same width with other titles.
    """

    def __init__(self, raw: bytes, starts: IntArray, delimiter: str, fits: BoolArray) -> None:
        self._raw, self._starts, self._delimiter, self._fits = raw, starts, delimiter, fits
        spans = self._spans()
        longest = max(spans, key=lambda span: span[1] - span[0], default=None)
        nexts = [*(first for first, _ in spans[1:]), fits.size]
        found, main, end, titles = [], None, 0, tuple[str, ...]()
        for span, following in zip(spans, nexts, strict=True):
            first, last = self._rows(span, following)
            if first == last or not (span == longest or self._is_table(first, last)):
                continue
            titles = self._titles(end, first) or titles
            found.append(Block(first, last, titles))
            main, end = found[-1] if span == longest else main, last
        self.table = [block for block in found if main and block.titles == main.titles]
        self.left_out = tuple(block for block in found if main and block.titles != main.titles)

    @property
    def rows(self) -> IntArray:
        """(n_rows,) lines of the table."""
        return np.concatenate(
            [np.flatnonzero(self._fits[b.first : b.last]) + b.first for b in self.table]
        )

    def odd_rows(self) -> list[int]:
        """Lines with numbers among the rows that have another width and are no heads of a part."""
        lead = _lead(self._cells(self.table[0].first))
        return [
            int(n)
            for block in self.table
            for n in np.flatnonzero(~self._fits[block.first : block.last]) + block.first
            if self._is_row(n) and not _lead(self._cells(n)) < lead
        ]

    def above(self, begin: int, width: int) -> list[list[str]]:
        """Cells of the lines of this width above the table, from `begin` on."""
        first = self.table[0].first
        lines = [self._split_titles(n, width) for n in range(max(begin, first - ABOVE), first)]
        return [cells[:width] for cells in lines if len(cells) in (width, width + 1)]

    def _split_titles(self, number: int, width: int) -> list[str]:
        """Cells of a line; titles in columns of blanks may hold blanks, as before a unit.

        A sign of comments may be a cell of its own: # is a unit beside others.
        """
        bare = self._bare(number)
        cells, whole = split(bare, self._delimiter), self._cells(number)
        if len(whole) == width and len(cells) < width:
            return whole
        if self._delimiter != BLANKS or len(cells) <= width:
            return cells
        apart = re.split(r"\s{2,}", bare.strip())
        return apart if len(apart) == width else re.sub(r"\s+(?=[\[(/])", "", bare).split()

    def _line(self, number: int) -> str:
        return line_of(self._raw, self._starts, number)

    def _cells(self, number: int) -> list[str]:
        return split(self._line(number), self._delimiter)

    def _bare(self, number: int) -> str:
        """A line; a comment without its sign."""
        line = self._line(number)
        return line.lstrip().lstrip("#%/").strip(" ") if is_comment(line) else line

    def _is_row(self, number: int) -> bool:
        """A line with numbers that is no comment; one number is enough inside a table."""
        return not is_comment(self._line(number)) and any(map(is_number, self._cells(number)))

    def _is_text(self, number: int) -> bool:
        """Words, that is neither nothing nor a comment nor numbers."""
        cells = [cell for cell in self._cells(number) if cell]
        return bool(cells) and not is_comment(self._line(number)) and not any(map(is_number, cells))

    def _spans(self) -> list[tuple[int, int]]:
        """First line of each block of lines of one width, and the one behind it."""
        edges = np.flatnonzero(np.diff(np.r_[False, self._fits, False].astype(np.int8)))
        joined: list[tuple[int, int]] = []
        for first, last in edges.reshape(-1, 2).tolist():
            between = range(joined[-1][1], first) if joined else range(INTERRUPTED + 1)
            if len(between) <= INTERRUPTED and not any(map(self._is_text, between)):
                joined[-1] = (joined[-1][0], last)
            else:
                joined.append((first, last))
        return joined

    def _rows(self, span: tuple[int, int], following: int) -> tuple[int, int]:
        """A span from its first row on, with what follows up to words or the next block."""
        first, last = span
        while last < following and not self._is_text(last):
            last += 1
        while first < last and not (self._fits[first] and self._is_row(first)):
            first += 1
        unfinished = last == self._fits.size and not self._raw.endswith(b"\n")
        if first < last and unfinished and not self._fits[last - 1]:
            last -= 1  # it is being written
        return first, last

    def _is_table(self, first: int, last: int) -> bool:
        """Are the lines of a block rows of data?"""
        lines = np.flatnonzero(self._fits[first:last]) + first
        some = lines[np.unique(np.linspace(0, lines.size - 1, LOOKED_AT).astype(int))]
        return lines.size > 1 and bool(np.mean([is_data(self._cells(n)) for n in some]) >= DATA)

    def _titles(self, begin: int, first: int) -> tuple[str, ...]:
        """The last line of words of the table's width above a row, with that above units."""
        words = [
            split(self._bare(n), self._delimiter)
            for n in range(max(begin, first - ABOVE), first)
            if self._fits[n] and self._is_text(n)
        ]
        last = words[-1:]
        if last and is_row_of_units(last[0]):
            last = words[-2:]
        return tuple(cell for cells in last for cell in cells)


def _lead(cells: list[str]) -> int:
    """Empty cells before the first: cycles, steps and records of one file are indented by them."""
    return next((k for k, cell in enumerate(cells) if cell), len(cells))
