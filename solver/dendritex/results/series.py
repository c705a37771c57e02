"""timeseries.csv: one row per accepted step, units in the header, readable during the run."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import IO

from mpi4py import MPI


class TimeSeries:
    """Appends rows to a CSV file on rank 0 and keeps them for the summary.

    Attributes:
        rows: every row written so far, on all ranks.
    """

    def __init__(self, comm: MPI.Comm, path: Path, columns: list[str]) -> None:
        self._columns = columns
        self.rows: list[dict[str, float]] = []
        self._file: IO[str] | None = None
        if comm.rank == 0:
            self._file = path.open("w", newline="", encoding="utf-8")
            self._writer = csv.writer(self._file)
            self._writer.writerow(columns)
            self._file.flush()

    def append(self, row: dict[str, float]) -> None:
        """Write one row; 12 digits, so that a reader recovers differences of large sums."""
        self.rows.append(row)
        if self._file is not None:
            self._writer.writerow([f"{row[column]:.12g}" for column in self._columns])
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
