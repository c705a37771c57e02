"""The folder of a sweep: its index, its points, how each ended, and who works in it.

sweep.yaml sweep.json   what was asked for, and what the points may use
index.csv               a row for each point: its name and what varies, in SI
points/NAME/            config.yaml, run/ (a run directory), end.json, log
files/                  files that inputs name
Snakefile array.sh      the two ways to run it
"""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from dendrolith.core.errors import ConfigError
from dendrolith.results.new_file import replace
from dendrolith.sweeps.plan import Resources

SOURCE, FACTS, INDEX = "sweep.yaml", "sweep.json", "index.csv"
POINTS, FILES, SNAKEFILE, READY = "points", "files", "Snakefile", "forms.ready"
POINT = "point"  # first column of the index
_KEYS = {"name", "title", "study", "base", "resources", "warm"}
_CURE = "expand the sweep into the folder again"


@dataclass(frozen=True)
class SweepFolder:
    """What stands in the folder of a sweep.

    Attributes:
        path: the folder.
    """

    path: Path

    @cached_property
    def facts(self) -> dict[str, Any]:
        """Study, base, resources and versions, as the last expansion wrote them."""
        found = _read_json(self.path / FACTS)
        if not isinstance(found, dict) or not found.keys() >= _KEYS:
            raise ConfigError(f"{self.path / FACTS}: is damaged: {_CURE}")
        return found

    @property
    def warmed(self) -> frozenset[str]:
        """Points that compile the forms of all others; none where no sweep is yet."""
        try:
            return frozenset(self.facts["warm"])
        except (ConfigError, TypeError):
            return frozenset()

    @property
    def resources(self) -> Resources:
        """What each point may use."""
        try:
            return Resources(**self.facts["resources"])
        except TypeError:
            raise ConfigError(f"{self.path / FACTS}: is damaged: {_CURE}") from None

    @cached_property
    def index(self) -> list[dict[str, str]]:
        """Point → its row: name, and the values of what varies by ``key [unit]``."""
        try:
            text = (self.path / INDEX).read_text(encoding="utf-8")
            rows = list(csv.DictReader(io.StringIO(text)))
        except (OSError, UnicodeError, csv.Error) as error:
            why = getattr(error, "strerror", None) or error
            raise ConfigError(f"{self.path / INDEX}: {why}: {_CURE}") from None
        if not rows or not all(row.get(POINT) for row in rows):
            raise ConfigError(f"{self.path / INDEX}: lists no points: {_CURE}")
        if any(None in (*row, *row.values()) for row in rows):
            raise ConfigError(f"{self.path / INDEX}: is damaged: {_CURE}")
        return rows

    @property
    def names(self) -> list[str]:
        """Names of the points, in the order of the index."""
        return [row[POINT] for row in self.index]

    @property
    def columns(self) -> list[str]:
        """What varies, as columns ``key [unit]``."""
        return [column for column in self.index[0] if column != POINT]

    def refuse_missing(self) -> None:
        """See that what an engine needs is there.

        Raises:
            ConfigError: it is not.
        """
        needed = (self.path / SNAKEFILE, *(self.point(name).config for name in self.names))
        missing = [path for path in needed if not path.is_file()]
        if missing:
            others = f", as {len(missing) - 1} others are" if len(missing) > 1 else ""
            raise ConfigError(f"{missing[0]}: is missing{others}: {_CURE}")

    def point(self, name: str) -> PointFolder:
        """The folder of a point."""
        return PointFolder(self.path / POINTS / name)


@dataclass(frozen=True, slots=True)
class End:
    """How a point ended.

    Attributes:
        code: exit code of its run: 0 done, else it failed.
        wall: seconds on the clock, of all its starts.
        starts: how often it was started.
        failure: why it failed.
        idle: its last starts that made no step.
    """

    code: int
    wall: float
    starts: int
    failure: str = ""
    idle: int = 0


@dataclass(frozen=True, slots=True)
class PointFolder:
    """What stands in the folder of a point."""

    path: Path

    @property
    def config(self) -> Path:
        """Its input."""
        return self.path / "config.yaml"

    @property
    def run(self) -> Path:
        """Its run directory."""
        return self.path / "run"

    @property
    def log(self) -> Path:
        """What its run says."""
        return self.path / "log"

    def end(self) -> End | None:
        """How it ended; None where it has not, and a half-written word counts as none."""
        return self._read("end.json")

    def so_far(self) -> End:
        """What its starts took until now."""
        return self._read("starts.json") or End(0, 0.0, 0)

    def note(self, end: End, *, final: bool) -> None:
        """Keep what its starts took, and with `final` that it has ended."""
        text = json.dumps(dataclasses.asdict(end)) + "\n"
        replace(self.path / "starts.json", text)
        if final:
            replace(self.path / "end.json", text)

    def drop_damaged_end(self) -> None:
        """Remove a word on its end that cannot be read, which an engine would take for an end."""
        if self.end() is None:
            (self.path / "end.json").unlink(missing_ok=True)

    def reopen(self) -> None:
        """Let it be started again."""
        (self.path / "end.json").unlink(missing_ok=True)
        (self.path / "starts.json").unlink(missing_ok=True)

    def _read(self, name: str) -> End | None:
        try:
            end = End(**json.loads((self.path / name).read_text(encoding="utf-8")))
            numbers = int(end.code), float(end.wall), int(end.starts)
            return End(*numbers, str(end.failure), int(end.idle))
        except (OSError, ValueError, TypeError):
            return None


def is_sweep(path: Path) -> bool:
    """Is it the folder of a sweep?"""
    return (path / FACTS).is_file()


def open_sweep(path: str | Path) -> SweepFolder:
    """The folder of a sweep.

    Raises:
        ConfigError: it is none.
    """
    path = Path(path)
    if not is_sweep(path):
        raise ConfigError(f"{path}: is not a sweep: make one with 'dendrolith sweep expand'")
    return SweepFolder(path)


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read ({error}): {_CURE}") from None
