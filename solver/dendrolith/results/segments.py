"""Parts of the field output: one for each start of a run, and which times of each are valid.

``fields/index.json`` lists the files of every segment by their stems, and the times that belong to
the run. A run that was killed after its last checkpoint has written fields that a resumed run
writes again. One that stopped has written its last state between two output times. Once the run
goes on, neither is listed.
"""

from __future__ import annotations

import json
from pathlib import Path

from mpi4py import MPI

from dendrolith.core.errors import ConfigError, OutputFailed
from dendrolith.core.parallel import on_root
from dendrolith.results.field_files import VERSION, segment_files
from dendrolith.results.new_file import replace


def segment_name(stem: str, number: int) -> str:
    """File of a segment, numbered from 1: ``<stem>.bp``, then ``<stem>-2.bp``."""
    return f"{stem}.bp" if number == 1 else f"{stem}-{number}.bp"


class SegmentIndex:
    """Valid output times by segment (collective).

    The files of a segment are those that are there when one of its times is added.

    Attributes:
        times: of each segment so far [s].
        last_state: time of a last state that is no output time [s]; None without one.
    """

    def __init__(self, comm: MPI.Comm, folder: Path) -> None:
        self._comm, self._path = comm, folder / "index.json"
        self.times: list[list[float]] = []
        self.last_state: float | None = None

    @property
    def last_time(self) -> float:
        """Last valid time [s]; −1 without any."""
        return max((time for times in self.times for time in times), default=-1.0)

    def cut(self, time: float) -> None:
        """Take over an existing index up to `time` [s].

        Raises:
            ConfigError: it is not an index.
        """
        stored = on_root(self._comm, self._read)
        self.times = [[t for t in times if t <= time] for times in stored]
        self.last_state = None
        self._write()

    def begin(self) -> int:
        """Start a segment; returns its number, from 1."""
        self.times.append([])
        return len(self.times)

    def add(self, time: float, *, last_state: bool = False) -> None:
        """List an output of the present segment."""
        self.times[-1].append(time)
        self.last_state = time if last_state else None
        self._write()

    def _read(self) -> list[list[float]]:
        if not self._path.exists():
            return []
        try:
            content = json.loads(self._path.read_text(encoding="utf-8"))
            void = content["last_state"]
            return [[t for t in segment["times"] if t != void] for segment in content["segments"]]
        except (OSError, ValueError, LookupError, TypeError):
            raise ConfigError(
                f"{self._path}: is not readable: remove the folder {self._path.parent} to go "
                "on without the fields up to here"
            ) from None

    def _write(self) -> None:
        on_root(self._comm, self._replace)

    def _replace(self) -> None:
        segments = [
            {**segment_files(self._path.parent, number), "times": times}
            for number, times in enumerate(self.times, start=1)
        ]
        index = {"version": VERSION, "segments": segments, "last_state": self.last_state}
        text = json.dumps(index, indent=1) + "\n"
        try:
            replace(self._path, text)
        except OSError as error:
            raise OutputFailed(f"{self._path}: {error.strerror or error}") from None
