"""A plan into a folder: one directory a point, an index, and the scripts that run it."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Callable, Set
from dataclasses import dataclass
from pathlib import Path

from dendrolith.core.errors import ConfigError
from dendrolith.core.version import VERSION
from dendrolith.results.input_values import digest
from dendrolith.results.lock import DirectoryLock
from dendrolith.results.new_file import replace
from dendrolith.results.resolved_input import copy_file, replace_files, resolved_yaml
from dendrolith.studies.register import study_of
from dendrolith.sweeps.folder import (
    FACTS,
    FILES,
    INDEX,
    POINT,
    POINTS,
    READY,
    SNAKEFILE,
    SOURCE,
    SweepFolder,
)
from dendrolith.sweeps.plan import Plan, Source, read_plan
from dendrolith.sweeps.points import Point, points_of
from dendrolith.sweeps.scripts import minutes, script

Keeper = Callable[[str, Path], str]

SCRIPTS = (SNAKEFILE, "profiles/default/config.yaml", "array.sh")


@dataclass(frozen=True, slots=True)
class Expansion:
    """What an expansion wrote.

    Attributes:
        folder: of the sweep.
        points: names of all points.
        new: how many of them were not there before.
        left: how many stand in the folder without being points of this sweep.
    """

    folder: SweepFolder
    points: tuple[str, ...]
    new: int
    left: int


def expand(source: Source, out: str | Path) -> Expansion:
    """Write every point of a sweep into a folder; one that is there undamaged stays as it is.

    Args:
        source: sweep file, or a dict that holds the same.
        out: the folder; new, empty, or that of a sweep that is to be extended.

    Raises:
        ConfigError: the sweep cannot be used (nothing is written), the folder holds something
            else, or somebody works in it.
    """
    plan = read_plan(source)
    return write_points(plan, points_of(plan), Path(out))


def write_points(plan: Plan, points: list[Point], target: Path) -> Expansion:
    """Write the points of a plan into a folder, as `expand` does.

    Raises:
        ConfigError: the folder holds something else, or somebody works in it.
    """
    _refuse_other(target)
    try:
        (target / POINTS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"--out {target}: cannot be made: {error.strerror}") from None
    lock = DirectoryLock(target)
    try:
        before = {path.name for path in (target / POINTS).iterdir()}
        keep = _keeper(target)
        for point in points:
            _write_point(target, point, keep)
        _write_index(target, points)
        _write_facts(target, plan, points)
    except OSError as error:
        raise ConfigError(f"--out {target}: cannot be written: {error.strerror}") from None
    finally:
        lock.release()
    names = tuple(point.name for point in points)
    new, left = len(set(names) - before), len(before - set(names))
    return Expansion(SweepFolder(target), names, new, left)


def _refuse_other(target: Path) -> None:
    """Refuse a folder that holds something else than a sweep."""
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if not (target / FACTS).exists() and not (target / POINTS).is_dir():
        raise ConfigError(f"--out {target}: exists and is no sweep: choose another folder")


def _keeper(target: Path) -> Keeper:
    """Keeps files that inputs name, once for all points; what is damaged since is written again."""
    kept: dict[tuple[str, Path], str] = {}

    def keep(key: str, source: Path) -> str:
        if (key, source) not in kept:
            content = digest(str(source))
            path = target / FILES / f"{key.removesuffix('_file')}-{content}{source.suffix}"
            if digest(str(path)) != content:
                path.parent.mkdir(exist_ok=True)
                copy_file(source, path)
            kept[key, source] = f"../../{FILES}/{path.name}"
        return kept[key, source]

    return keep


def _write_point(target: Path, point: Point, keep: Keeper) -> None:
    """Its input, if another text or none is there, and the files that it names."""
    folder = target / POINTS / point.name
    config, text = folder / "config.yaml", resolved_yaml(replace_files(point.config, keep))
    if config.exists() and config.read_bytes() == text.encode():
        return
    folder.mkdir(exist_ok=True)
    replace(config, text)


def _write_index(target: Path, points: list[Point]) -> None:
    columns: dict[str, str] = {}
    for point in points:
        for key, value in point.parameters.items():
            columns.setdefault(key, f"{key} [{value.unit}]" if value.unit else key)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([POINT, *columns.values()])
    for point in points:
        found = [point.parameters.get(key) for key in columns]
        writer.writerow([point.name, *("" if value is None else value.value for value in found)])
    replace(target / INDEX, text.getvalue())


def _write_facts(target: Path, plan: Plan, points: list[Point]) -> None:
    """The sweep file, the scripts, and last what makes the folder that of a sweep."""
    known = SweepFolder(target).warmed
    warm = _representatives(points, known)
    if not known.issuperset(warm):
        (target / READY).unlink(missing_ok=True)
    facts = {
        "name": " ".join(target.resolve().name.split()),  # a line of the scripts
        "title": points[0].config.title,
        "study": study_of(points[0].config).name,
        "base": plan.base_name,
        "dendrolith": VERSION,
        "resources": dataclasses.asdict(plan.resources),
        "warm": warm,
    }
    if plan.text:
        replace(target / SOURCE, plan.text)
    else:
        (target / SOURCE).unlink(missing_ok=True)  # of an earlier expansion
    named = {**facts, "number": len(points), "minutes": minutes(plan.resources.time)}
    for name in SCRIPTS:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        replace(target / name, script(Path(name).name, named))
    (target / "array.sh").chmod(0o755)
    replace(target / FACTS, json.dumps(facts, indent=2, ensure_ascii=False) + "\n")


def _representatives(points: list[Point], known: Set[str]) -> list[str]:
    """Points that compile what all others need: one for each set of words, flags and sections.

    Numbers are constants of the compiled forms; who has no twin compiles for itself. Those that
    are known as such remain.
    """
    alike: dict[str, list[str]] = {}
    for point in points:
        text = resolved_yaml(replace_files(point.config, lambda key, _: key))
        words = [line.partition(": ") for line in text.splitlines()]
        form = [key + ("" if value[:1] in "-0123456789" else value) for key, _, value in words]
        alike.setdefault("\n".join(form), []).append(point.name)
    groups = [names for names in alike.values() if len(names) > 1]
    return [next((name for name in names if name in known), names[0]) for names in groups]
