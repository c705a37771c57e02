"""The runs of a ladder: inputs that differ in what is refined, as points of a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml.nodes import MappingNode

from dendrolith.config import document
from dendrolith.config.load import Source, compose
from dendrolith.core.errors import ConfigError
from dendrolith.core.formats import with_prefix
from dendrolith.results.input_values import InputValue, input_values
from dendrolith.studies.ladder import Ladder, Refinement
from dendrolith.studies.register import load_nodes, study_of
from dendrolith.studies.study import Study
from dendrolith.sweeps.axes import Entry
from dendrolith.sweeps.blocks import Assignment
from dendrolith.sweeps.plan import Plan, Resources
from dendrolith.sweeps.points import Point, points_of

FEWEST_LEVELS, MOST_LEVELS = 2, 12
INPUT = "input"
DIGITS = 12  # of what is refined


@dataclass(frozen=True, slots=True)
class Rung:
    """One run of a ladder.

    Attributes:
        label: what is refined, and how far.
        size: s, of what is refined together, over that of the input; 1 for what is apart.
        apart: what alone is refined; None in the sequence that is extrapolated.
        point: its input and name.
    """

    label: str
    size: float
    apart: Refinement | None
    point: Point

    @property
    def values(self) -> dict[str, str]:
        """Dotted key → value as people read it, of all that is refined."""
        return {key: in_words(value) for key, value in self.point.parameters.items()}


@dataclass(frozen=True, slots=True)
class LadderOfRuns:
    """A ladder before it runs.

    Attributes:
        name: of the input.
        config: the input.
        study: its study.
        ladder: what the study refines.
        plan: the sweep that the rungs are.
        rungs: from coarse to fine, then those that are refined apart.
    """

    name: str
    config: Any
    study: Study
    ladder: Ladder
    plan: Plan
    rungs: tuple[Rung, ...]

    @property
    def held(self) -> list[tuple[str, str]]:
        """(key, value) of the physics that every rung has."""
        found = {value.key: value for value in input_values(self.config)}
        return [(key, in_words(found[key])) for key in self.ladder.held if key in found]


def in_words(value: InputValue) -> str:
    """A value of an input as people read it."""
    number = isinstance(value.value, float)
    return with_prefix(value.value, value.unit) if number else str(value.value)


def make_rungs(
    source: Source, overrides: Sequence[str] = (), *, levels: int = 3, ranks: int = 1
) -> LadderOfRuns:
    """Read an input, ask its study what is refined, and check every rung.

    Args:
        source: the input, a file or a dict.
        overrides: ``"section.key=value"``.
        levels: runs of the sequence that is extrapolated, the input's own included.
        ranks: processes of each run.

    Raises:
        ConfigError: the input, or one that is refined, cannot be used.
    """
    if not FEWEST_LEVELS <= levels <= MOST_LEVELS:
        raise ConfigError(f"--levels {levels}: must be {FEWEST_LEVELS} to {MOST_LEVELS}")
    if ranks < 1:
        raise ConfigError(f"--ranks {ranks}: must be at least 1")
    root, reader = compose(source, overrides)
    base = document.copied(root)
    config = load_nodes(document.copied(root), reader)
    study = study_of(config)
    ladder = study.ladder(config)
    found = {value.key: value for value in input_values(config)}
    keys = [key for part in (ladder.together, *ladder.apart) for key in part.keys]
    known = [key for key in dict.fromkeys(keys) if key in found]
    if not found.keys() & set(ladder.together.keys):
        why = f"has none of the keys that the study {study.name} refines"
        raise ConfigError(f"{reader.name}: {why}: {', '.join(ladder.together.keys) or 'none'}")
    steps = _steps(ladder, levels)
    assigned = tuple(
        _assignment(f"{reader.name}: rung '{label}'", part, finer, known, found)
        for label, part, finer, *_ in steps
    )
    plan = _plan(reader.name, base, assigned, ranks)
    points = points_of(plan)
    rungs = tuple(
        Rung(label, size, apart, point)
        for (label, _, _, size, apart), point in zip(steps, points, strict=True)
    )
    return LadderOfRuns(reader.name, config, study, ladder, plan, rungs)


# label, what is refined and how far, size, apart
Step = tuple[str, Refinement, float, float, Refinement | None]


def _steps(ladder: Ladder, levels: int) -> list[Step]:
    together = ladder.together
    sequence: list[Step] = []
    for level in range(levels):
        finer = together.ratio**level
        label = f"{together.symbol} / {finer:.3g}" if level else INPUT
        sequence.append((label, together, finer, 1 / finer, None))
    return sequence + [
        (f"{part.symbol} / {part.ratio:.3g}", part, part.ratio, 1.0, part) for part in ladder.apart
    ]


def _assignment(
    place: str, part: Refinement, finer: float, keys: list[str], found: dict[str, InputValue]
) -> Assignment:
    """A value for each key that some rung refines; what a rung does not refine is the input's."""
    entries = []
    for key in keys:
        value, unit = found[key].value, found[key].unit
        if finer != 1 and key in part.keys:
            value = part.finer(key, value, finer)
            value = float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
        entries.append(Entry(key, document.scalar(f"{value!r} {unit}".rstrip(), place)))
    return tuple(entries)


def _plan(name: str, base: MappingNode, rungs: tuple[Assignment, ...], ranks: int) -> Plan:
    return Plan(
        name=name,
        text="",
        base=base,
        base_name=name,
        fixed=(),
        blocks=(rungs,),
        resources=Resources(ranks=ranks),
    )
