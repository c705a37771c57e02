"""What the runs of a ladder found: each observable in each run, its limit, its errors apart."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dendrolith.config.document import NUMBER
from dendrolith.config.units import UnitError, to_si
from dendrolith.convergence.extrapolation import Estimate, extrapolate, part_of_error
from dendrolith.convergence.rungs import LadderOfRuns, Rung
from dendrolith.core.declare import DIMENSIONLESS
from dendrolith.core.errors import ConfigError
from dendrolith.observables.columns import split_column
from dendrolith.observables.crossings import rises_to, value_at
from dendrolith.observables.show import Number
from dendrolith.results.report.run_data import Run, read_runs
from dendrolith.sweeps.folder import SweepFolder
from dendrolith.sweeps.states import DONE, PointState

WHOLE = "done"  # state of a run that came to its end


@dataclass(frozen=True, slots=True)
class Event:
    """An event that a user asks for: a column rises to a value."""

    column: str
    value: str

    @classmethod
    def parsed(cls, text: str) -> Event:
        """Of ``COLUMN=VALUE``.

        Raises:
            ConfigError: it is not of that form.
        """
        column, equals, value = (part.strip() for part in text.partition("="))
        if not (column and equals and value):
            raise ConfigError(f"--at {text}: must look like column=value")
        return cls(column, value)

    def numbers(self, columns: Sequence[str], ladder: LadderOfRuns) -> list[Number]:
        """The time of the event, and what the study looks at then.

        Raises:
            ConfigError: a run has no such column, or the value is not in its unit.
        """
        units = {split_column(column)[0]: column for column in columns}
        where = f"--at {self.column}={self.value}"
        column = units.get(split_column(self.column)[0])
        if column is None:
            near = difflib.get_close_matches(self.column, list(units), 1)
            cure = f"did you mean {near[0]}" if near else f"columns are {', '.join(units)}"
            raise ConfigError(f"{where}: the runs have no such column: {cure}")
        level = _level(self.value, split_column(column)[1], where)
        name = f"{split_column(column)[0].replace('_', ' ')} {self.value}"
        return [
            Number(f"Time at {name}", "s", rises_to(column, level)),
            *(
                Number(
                    f"{r.label[:1].upper()}{r.label[1:]} at {name}",
                    r.unit or "1",
                    value_at(r.column, column, level, r.factor),
                )
                for r in ladder.ladder.at_events
            ),
        ]


def _level(text: str, unit: str, where: str) -> float:
    try:
        if unit not in ("", DIMENSIONLESS):
            return to_si(text, unit)
        if NUMBER.fullmatch(text):
            return float(text)
    except UnitError as error:
        raise ConfigError(f"{where}: {error}") from None
    raise ConfigError(f"{where}: is not a plain number")


@dataclass(frozen=True)
class Observed:
    """One observable over the ladder.

    Attributes:
        label, unit: of its values.
        values: in each rung of the sequence, coarse to fine; None where a run has none.
        apart: symbol → value with that alone refined.
        estimate: of the limit; None where the finest run has no value.
        parts: symbol → error of the input by what is refined apart; None where it is not known.
    """

    label: str
    unit: str
    values: tuple[float | None, ...]
    apart: Mapping[str, float | None]
    estimate: Estimate | None
    parts: Mapping[str, float | None]

    @property
    def error(self) -> float | None:
        """The input's value less the limit, in `unit`."""
        if self.values[0] is None or self.estimate is None:
            return None
        return self.values[0] - self.estimate.limit

    @property
    def rest(self) -> float | None:
        """What `parts` leave of the error; None where one of them is not known."""
        known = [part for part in self.parts.values() if part is not None]
        if self.error is None or not known or len(known) < len(self.parts):
            return None
        return self.error - sum(known)

    def relative(self, error: float | None) -> float | None:
        """An error over the size of the limit [1]; None where there is no limit to divide by."""
        if error is None or self.estimate is None or not self.estimate.limit:
            return None
        return error / abs(self.estimate.limit)


@dataclass(frozen=True)
class Convergence:
    """A ladder that has run.

    Attributes:
        path: its folder, which is one of a sweep.
        runs: the ladder with its rungs.
        states: how each rung ended, in their order.
        whys: why a rung has no result, in their order; empty where it has one.
        observables: what was found; those that no run has are left out.
        unseen: labels of those.
        versions: of the program that made the runs; more than one is a reason for caution.
    """

    path: Path
    runs: LadderOfRuns
    states: tuple[PointState, ...]
    whys: tuple[str, ...]
    observables: tuple[Observed, ...]
    unseen: tuple[str, ...]
    versions: tuple[str, ...]

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """The runs, from coarse to fine, then those that are refined apart."""
        return self.runs.rungs

    @cached_property
    def failed(self) -> list[tuple[Rung, str]]:
        """Rungs without a result, and why."""
        return [(rung, why) for rung, why in zip(self.rungs, self.whys, strict=True) if why]

    def __getitem__(self, label: str) -> Observed:
        """An observable by its label."""
        for observed in self.observables:
            if observed.label == label:
                return observed
        near = difflib.get_close_matches(label, [o.label for o in self.observables], 1)
        raise KeyError(f"{label}: did you mean {near[0]}?" if near else f"{label}: not observed")


def measure(
    runs: LadderOfRuns, folder: SweepFolder, states: Mapping[str, PointState], events: list[Event]
) -> Convergence:
    """Read the runs of a ladder; those that failed count as absent.

    Args:
        runs: the ladder.
        folder: that it ran in.
        states: name of a rung → how it ended.
        events: that the user asks for.
    """
    ordered = tuple(states[rung.point.name] for rung in runs.rungs)
    read = [
        read_runs([folder.point(state.name).run])[0] if state.state == DONE else None
        for state in ordered
    ]
    whys = tuple(_why_not(state, run) for state, run in zip(ordered, read, strict=True))
    found = [None if why else run for why, run in zip(whys, read, strict=True)]
    columns = dict.fromkeys(column for run in found if run for column in run.series)
    asked = [n for event in events for n in event.numbers(list(columns), runs)] if columns else []
    every = [_observed(runs, found, number) for number in (*runs.ladder.observables, *asked)]
    seen = tuple(o for o in every if any(v is not None for v in (*o.values, *o.apart.values())))
    unseen = tuple(o.label for o in every if o not in seen)
    versions = tuple(sorted({_version(run) for run in found if run} - {""}))
    return Convergence(folder.path, runs, ordered, whys, seen, unseen, versions)


def _why_not(state: PointState, run: Run | None) -> str:
    """Why a rung has no result; empty where it came to its end."""
    if run is None:
        return state.failure or state.state
    if run.facts["state"] == WHOLE:
        return ""
    return f"it stopped at {run.facts['time']:g} s, before its end: raise time.max_steps"


def _version(run: Run) -> str:
    """What made a run, with the commit where that is known; empty where nothing is."""
    manifest = run.manifests[-1] if run.manifests else {}
    commit = str((manifest.get("git") or {}).get("commit") or "")
    return f"{manifest.get('dendrolith', '')} {commit[:12]}".strip()


def _observed(runs: LadderOfRuns, found: Sequence[Run | None], number: Number) -> Observed:
    values: list[float | None] = []
    apart: dict[str, float | None] = {}
    for rung, run in zip(runs.rungs, found, strict=True):
        value = None if run is None else number.find(run)
        # one that is not finite would pass for a limit
        known = float(value) if isinstance(value, int | float) and math.isfinite(value) else None
        if rung.apart is None:
            values.append(known)
        else:
            apart[rung.apart.symbol] = known
    together = runs.ladder.together
    finest = _finest(values)
    estimate = extrapolate(finest, together.ratio, together.order) if finest else None
    parts = {
        part.symbol: None
        if values[0] is None or (finer := apart[part.symbol]) is None
        else part_of_error(finer - values[0], part.ratio, part.order)
        for part in runs.ladder.apart
    }
    if estimate is not None and len(finest) == 2:
        estimate = estimate.covering(parts.values())
    return Observed(number.label, number.unit, tuple(values), apart, estimate, parts)


def _finest(values: Sequence[float | None]) -> list[float]:
    """The values that stand together up to the finest run."""
    kept: list[float] = []
    for value in reversed(values):
        if value is None:
            break
        kept.insert(0, value)
    return kept
