"""timeseries.csv: one row per accepted step, units in the header, readable during the run."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from mpi4py import MPI

from dendritex.errors import ConfigError, OutputFailed
from dendritex.parallel import on_root


class TimeSeries:
    """Appends rows to a CSV file on rank 0 and keeps them for the summary.

    An earlier file stays as it is until `begin` or `cut`.

    Attributes:
        rows: every row written so far, on all ranks.
    """

    def __init__(self, comm: MPI.Comm, path: Path, columns: list[str]) -> None:
        self._comm, self._path, self._columns = comm, path, columns
        self.rows: list[dict[str, float]] = []

    def begin(self) -> None:
        """Write the header into a new file (collective)."""
        on_root(self._comm, lambda: self._write("w", self._columns))

    def cut(self, count: int) -> None:
        """Keep the first `count` rows of the file that is there (collective).

        Raises:
            ConfigError: it has fewer, or other columns.
        """
        self.rows[:] = on_root(self._comm, lambda: self._cut(count))

    def _cut(self, count: int) -> list[dict[str, float]]:
        lines = self._read()
        header = next(csv.reader([line.decode(errors="replace") for line in lines[:1]]), [])
        if header != self._columns or len(lines) < count + 1:
            raise ConfigError(
                [f"{self._path}: does not belong to the checkpoint: {count} rows of "
                 f"{len(self._columns)} columns are expected, found {len(lines) - 1} of "
                 f"{len(header)}"]
            )  # fmt: skip
        kept = b"".join(lines[: count + 1])
        # in place: whoever is killed here has lost nothing
        os.truncate(self._path, len(kept))
        rows = csv.DictReader(kept.decode().splitlines())
        return [{name: float(value) for name, value in row.items()} for row in rows]

    def _read(self) -> list[bytes]:
        try:
            return self._path.read_bytes().splitlines(keepends=True)
        except OSError as error:
            raise ConfigError([f"{self._path}: {error.strerror or error}"]) from None

    def append(self, row: dict[str, float]) -> None:
        """Write one row; 12 digits, so that a reader recovers differences of large sums.

        Raises:
            OutputFailed: on all ranks, if rank 0 cannot write.
        """
        self.rows.append(row)
        entries = [f"{row[column]:.12g}" for column in self._columns]
        on_root(self._comm, lambda: self._write("a", entries))

    def _write(self, mode: str, entries: list[str]) -> None:
        try:
            with self._path.open(mode, newline="", encoding="utf-8") as file:
                csv.writer(file).writerow(entries)
        except OSError as error:
            raise OutputFailed(f"{self._path}: {error.strerror or error}") from None
