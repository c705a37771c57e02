"""Points of a sweep: every combination as a validated input with a name of its own."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dendrolith.config import document
from dendrolith.config.load import MOST_PROBLEMS
from dendrolith.config.reader import Reader, put
from dendrolith.config.units import to_si
from dendrolith.core.declare import DIMENSIONLESS
from dendrolith.core.errors import ConfigError
from dendrolith.results.input_values import InputValue, input_values
from dendrolith.studies.check import check
from dendrolith.studies.register import load_nodes, study_of
from dendrolith.sweeps.axes import Entry, key_at
from dendrolith.sweeps.blocks import Assignment
from dendrolith.sweeps.plan import Plan

NAME_LENGTH = 12  # digits of a name
MOST_POINTS = 100_000
UNNAMED = frozenset({"title"})  # what is computed does not depend on it


@dataclass(frozen=True, slots=True)
class Point:
    """One input of a sweep.

    Attributes:
        name: digits of a hash of all values that count, so that equal inputs have one name.
        config: the input.
        parameters: dotted key → value, of what varies.
    """

    name: str
    config: Any
    parameters: dict[str, InputValue]


def points_of(plan: Plan) -> list[Point]:
    """All points of a plan, in the order of its blocks; the last block changes first.

    Each is read and checked as ``dendrolith check`` does, but for what that tries of a run. Loads
    neither MPI nor DOLFINx.

    Raises:
        ConfigError: some point cannot run, or two are the same; lists every problem once.
    """
    number = 1
    for block in plan.blocks:
        number *= len(block)
    if number > MOST_POINTS:
        raise ConfigError(f"{plan.name}: has {number} points: {MOST_POINTS} at most")
    keys = plan.keys
    points: list[Point] = []
    problems: dict[str, str] = {}
    seen: dict[str, Assignment] = {}
    for parts in itertools.product(*plan.blocks):
        assignment = tuple(itertools.chain(*parts))
        point = _point(plan, keys, assignment, problems)
        if point is None:
            continue
        if point.name in seen:
            _refuse_twin(plan, assignment, seen[point.name], problems)
        seen[point.name] = assignment
        points.append(point)
    if problems:
        raise ConfigError(*_listed(problems))
    return points


def _point(
    plan: Plan, keys: tuple[str, ...], assignment: Assignment, problems: dict[str, str]
) -> Point | None:
    root = document.copied(plan.base)
    reader = Reader(plan.base_name)
    for entry in (*plan.fixed, *assignment):
        place = document.place(entry.node, plan.name)
        value = None if _taken_away(entry) else document.copied(entry.node)
        why = put(root, entry.key, value, place)
        if why:
            problems.setdefault(f"{place}: {entry.key}: {why}", "")
            return None
    try:
        config = load_nodes(root, reader)
        check(study_of(config), config)
    except ConfigError as error:
        for problem in error.problems:
            placed, where = _placed(plan, assignment, problem)
            problems.setdefault(placed, where)
        return None
    found = list(input_values(config))
    counted = {value.key: value.value for value in found if value.key not in UNNAMED}
    digest = hashlib.sha256(json.dumps(counted, sort_keys=True).encode()).hexdigest()
    varied = {v.key: v for key in keys for v in found if f"{v.key}.".startswith(f"{key}.")}
    for entry in assignment:  # the config holds a cycle written out
        if not _taken_away(entry) and not any(
            f"{key}.".startswith(f"{entry.key}.") for key in varied
        ):
            varied[entry.key] = _of_cycle(config, entry)
    return Point(digest[:NAME_LENGTH], config, varied)


def _taken_away(entry: Entry) -> bool:
    """Is the key left out, as ``null`` says?"""
    return bool(entry.text.strip()) and document.is_null(entry.node)


def _of_cycle(config: Any, entry: Entry) -> InputValue:
    """A value as the sweep gives it, in SI."""
    key, text = key_at(type(config), entry.key), str(entry.node.value)
    unit = "" if key.declaration.unit == DIMENSIONLESS else key.declaration.unit
    return InputValue(entry.key, to_si(text, unit) if unit else text, unit)


def _placed(plan: Plan, assignment: Assignment, problem: str) -> tuple[str, str]:
    """A problem with a place in the sweep file, and the point that has it.

    One of the input as a whole has the place of the first value that varies.
    """
    if problem.startswith(f"{plan.name}:") or not assignment:
        return problem, ""
    place = document.place(assignment[0].node, plan.name)
    return f"{place}: {problem}", f" (where {_said(assignment)})"


def _said(assignment: Assignment) -> str:
    return ", ".join(f"{entry.key} is {entry.text}" for entry in assignment)


def _refuse_twin(
    plan: Plan, assignment: Assignment, earlier: Assignment, problems: dict[str, str]
) -> None:
    """Say which value makes a point that is there already."""
    others = {entry.key: entry for entry in earlier}
    for entry in assignment:
        other = others.get(entry.key)
        places = [document.place(e.node, plan.name) for e in (entry, other or entry)]
        if other is None or places[0] != places[1] or entry.text != other.text:
            same = "another point" if other is None else f"{other.text} at {places[1]}"
            why = f"{entry.text} makes the same point as {same}: leave one out"
            problems.setdefault(f"{places[0]}: {entry.key}: {why}", "")
            return


def _listed(problems: dict[str, str]) -> list[str]:
    """Each problem once, with the first point that has it."""
    lines = list(_lines(problems))
    more = len(lines) - MOST_PROBLEMS
    return [*lines[:MOST_PROBLEMS], f"and {more} problems more"] if more > 0 else lines


def _lines(problems: dict[str, str]) -> Iterator[str]:
    for problem, where in problems.items():
        yield f"{problem}{where}"
