"""Tables of a run as CSV: 12 digits, units in the header, readable during the run.

``timeseries.csv`` has one row per accepted step, a listing any number of rows a step.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from mpi4py import MPI

from dendrolith.core.errors import ConfigError, OutputFailed
from dendrolith.core.parallel import on_root

# By the name of the listing; entries are numbers or words.
NewRows = Mapping[str, Sequence[Sequence[float | str]]]

LOST = "put it back, or run again with another --out"


class TimeSeries:
    """One row per accepted step, written on rank 0 and kept for the summary.

    An earlier file stays as it is until `begin` or `cut`.

    Attributes:
        rows: every row written so far, on all ranks.
    """

    def __init__(self, comm: MPI.Comm, path: Path, columns: list[str]) -> None:
        self._comm, self._columns = comm, columns
        self._file = _CsvFile(path, columns)
        self.rows: list[dict[str, float]] = []

    def begin(self) -> None:
        """Write the header into a new file (collective)."""
        on_root(self._comm, self._file.begin)

    def cut(self, count: int) -> None:
        """Keep the first `count` rows of the file that is there (collective).

        Raises:
            ConfigError: it has fewer, or other columns.
        """
        self.rows[:] = on_root(self._comm, lambda: self._cut(count))

    def _cut(self, count: int) -> list[dict[str, float]]:
        rows = csv.DictReader(self._file.cut(count).decode().splitlines())
        return [{name: float(value) for name, value in row.items()} for row in rows]

    def append(self, row: dict[str, float]) -> None:
        """Write one row.

        Raises:
            OutputFailed: on all ranks, if rank 0 cannot write.
        """
        self.rows.append(row)
        on_root(self._comm, lambda: self._file.append([[row[name] for name in self._columns]]))


class Listings:
    """Tables ``<name>.csv`` with any number of rows a step, written on rank 0.

    Earlier files stay as they are until `begin` or `cut`.

    Attributes:
        counts: rows written so far, by name.
    """

    def __init__(self, comm: MPI.Comm, folder: Path, columns: Mapping[str, Sequence[str]]) -> None:
        self._comm = comm
        self._files = {name: _CsvFile(folder / f"{name}.csv", columns[name]) for name in columns}
        self.counts = dict.fromkeys(columns, 0)

    def begin(self) -> None:
        """Write the headers into new files (collective)."""
        for file in self._files.values():
            on_root(self._comm, file.begin)

    def cut(self, counts: Mapping[str, int]) -> None:
        """Keep so many rows of each of the files that are there (collective).

        Raises:
            ConfigError: one has fewer, or other columns.
        """
        for name, file in self._files.items():
            self.counts[name] = counts[name]
            on_root(self._comm, partial(file.cut, counts[name]))

    def append(self, rows: NewRows) -> None:
        """Write new rows, the same on all ranks.

        Raises:
            OutputFailed: on all ranks, if rank 0 cannot write.
        """
        for name, new in rows.items():
            if new:
                on_root(self._comm, partial(self._files[name].append, new))
                self.counts[name] += len(new)


class _CsvFile:
    """A file with a header and rows; for rank 0."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._path, self._columns = path, list(columns)

    def begin(self) -> None:
        """A new file, or the old one emptied, with the header."""
        self._write("w", [self._columns])

    def append(self, rows: Sequence[Sequence[float | str]]) -> None:
        """Write rows; 12 digits, so that a reader recovers differences of large sums."""
        entries = [[e if isinstance(e, str) else f"{e:.12g}" for e in row] for row in rows]
        self._write("a", entries)

    def _write(self, mode: str, rows: Sequence[Sequence[str]]) -> None:
        try:
            with self._path.open(mode, newline="", encoding="utf-8") as file:
                csv.writer(file).writerows(rows)
        except OSError as error:
            raise OutputFailed(f"{self._path}: {error.strerror or error}") from None

    def cut(self, count: int) -> bytes:
        """Keep the header and the first `count` rows; returns them."""
        lines = self._read()
        header = next(csv.reader([line.decode(errors="replace") for line in lines[:1]]), [])
        if header != self._columns or len(lines) < count + 1:
            raise ConfigError(
                f"{self._path}: does not belong to the checkpoint: {count} rows of "
                f"{len(self._columns)} columns are expected, found {max(len(lines) - 1, 0)} of "
                f"{len(header)}: {LOST}"
            )
        kept = b"".join(lines[: count + 1])
        # in place: whoever is killed here has lost nothing
        os.truncate(self._path, len(kept))
        return kept

    def _read(self) -> list[bytes]:
        try:
            return self._path.read_bytes().splitlines(keepends=True)
        except OSError as error:
            raise ConfigError(f"{self._path}: {error.strerror or error}: {LOST}") from None
