"""A sweep file: the input it varies, what it varies, and what each point may use.

    base: ../quickstart.yaml
    set: {time.end: 5 s}
    grid:
      elasticity.pressure: [0 MPa, 5 MPa, 10 MPa]
      control.0.voltage: {from: 50 mV, to: 200 mV, count: 4}
    seeds: {keys: [pores.seed], count: 3}
    run: {ranks: 2, time: 30 min}

Blocks multiply: this sweep has 3 × 4 × 3 points.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from dendrolith.config import document
from dendrolith.config.document import child
from dendrolith.config.from_dict import NAME, compose_dict
from dendrolith.config.reader import Reader, nearest
from dendrolith.core.declare import count, quantity, text
from dendrolith.core.errors import ConfigError
from dendrolith.studies.register import config_of
from dendrolith.sweeps.axes import Entry, Values, overlap
from dendrolith.sweeps.blocks import BLOCKS, Assignment, read_block

KEYS = ("base", "set", *BLOCKS, "run")
RANKS = "{ranks}"  # in a launcher

Source = str | os.PathLike[str] | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Resources:
    """What each point may use."""

    ranks: int = count("processes of a point", default=1, at_least=1)
    launcher: str = text(
        "what starts them, with {ranks} for their number; one rank needs none",
        default="mpirun -n {ranks}",
    )
    time: float = quantity(
        "s",
        "length of a job on Slurm; a point goes on in the next job",
        default=3600.0,
        at_least=60,
    )
    memory: float | None = quantity(
        "byte", "memory of a job on Slurm (absent: as the cluster has it)", default=None, above=0
    )
    jobs: int = count("jobs that a point may take, one after another", default=24, at_least=1)
    at_a_time: int = count("jobs on Slurm at a time, at most", default=100, at_least=1)
    partition: str = text("partition of Slurm (absent: its default)", default="")
    account: str = text("account of Slurm (absent: its default)", default="")


@dataclass(frozen=True, slots=True)
class Plan:
    """A sweep file that is read, before its points are made.

    Attributes:
        name: the sweep file, as messages call it.
        text: of the sweep file, its files named by their absolute paths; empty for a dict.
        base: nodes of the input that is varied.
        base_name: that input, as messages call it.
        fixed: what all points have in place of the input's own.
        blocks: each a list of alternatives; the blocks multiply.
        resources: of a point.
    """

    name: str
    text: str
    base: MappingNode
    base_name: str
    fixed: Assignment
    blocks: tuple[tuple[Assignment, ...], ...]
    resources: Resources

    @property
    def keys(self) -> tuple[str, ...]:
        """The dotted keys that vary, in their order."""
        points = itertools.chain(*self.blocks)
        return tuple(dict.fromkeys(entry.key for point in points for entry in point))


def read_plan(source: Source) -> Plan:
    """Read a sweep file, or a dict that holds the same.

    Raises:
        ConfigError: it cannot be used; lists every problem with line and column.
    """
    if isinstance(source, Mapping):
        root, name, written = compose_dict(source), NAME, ""
    else:
        name = str(Path(source))
        root = document.compose_file(Path(source))
        written = Path(source).read_bytes().decode("utf-8-sig")
    reader = Reader(name)
    parts = _parts(root, reader)
    base_name, base = _base(root, parts, reader)
    values = Values(reader, config_of(base, Reader(base_name)))
    fixed = read_block("set", parts["set"], values)[0] if "set" in parts else ()
    blocks = tuple(read_block(kind, parts[kind], values) for kind in BLOCKS if kind in parts)
    if not blocks and not reader.problems:
        reader.complain(root, "", f"varies nothing: give one of {', '.join(BLOCKS)}")
    _refuse_repeated(fixed, blocks, reader)
    resources = _resources(parts, reader)
    if reader.problems or resources is None:
        raise ConfigError(*dict.fromkeys(reader.problems))
    if written:
        if isinstance(parts["base"], ScalarNode):
            values.files[parts["base"]] = str(Path(base_name).resolve())
        written = _with_paths(written, values.files)
    return Plan(name, written, base, base_name, fixed, blocks, resources)


def _with_paths(text: str, files: Mapping[Node, str]) -> str:
    """A sweep file that means the same in any folder."""
    for node in sorted(files, key=lambda node: int(node.start_mark.index), reverse=True):
        before, after = text[: node.start_mark.index], text[node.end_mark.index :]
        text = before + json.dumps(files[node], ensure_ascii=False) + after
    return text


def _parts(root: MappingNode, reader: Reader) -> dict[str, Any]:
    """The top of a sweep file by its keys."""
    parts: dict[str, Any] = {}
    for key, value in root.value:
        if key.value not in KEYS:
            known = nearest(str(key.value), list(KEYS))
            reader.complain(key, document.quoted(str(key.value))[1:-1], f"unknown key{known}")
        elif key.value in parts:
            reader.complain(key, key.value, "appears twice")
        else:
            parts[key.value] = value
    return parts


def _base(root: MappingNode, parts: dict[str, Any], reader: Reader) -> tuple[str, MappingNode]:
    """The input that is varied: a file beside the sweep file, or a dict in a dict.

    Raises:
        ConfigError: there is none; without it nothing else can be judged.
    """
    node = parts.get("base")
    if isinstance(node, MappingNode):
        return reader.name, node
    if node is None or not isinstance(node, ScalarNode) or document.is_null(node):
        problem = "is missing" if node is None else "must be one file"
        reader.complain(node or root, "base", f"{problem}: name the input that is varied")
        raise ConfigError(*reader.problems)
    folders = (Path(reader.name).parent, Path())
    for path in (folder / node.value for folder in folders):
        if path.is_file():
            return str(path), document.compose_file(path)
    where = document.quoted(node.value)
    reader.complain(node, "base", f"{where} is no file beside it or in the working directory")
    raise ConfigError(*reader.problems)


def _refuse_repeated(
    fixed: Assignment, blocks: Sequence[Sequence[Assignment]], reader: Reader
) -> None:
    """One key, one place; and nothing inside of what is set as a whole."""
    known: dict[str, Entry] = {}
    for block in ((fixed,), *blocks):
        own: dict[str, Entry] = {}
        for assignment in block:
            within: dict[str, Entry] = {}
            for entry in assignment:
                if any(overlap(entry.key, other) for other in (*known, *within)):
                    reader.complain(entry.node, entry.key, "is given twice: leave one out")
                within[entry.key] = entry
            own |= within
        known |= own


def _resources(parts: dict[str, Any], reader: Reader) -> Resources | None:
    if "run" not in parts:
        return Resources()
    found: Resources | None = reader.build(Resources, parts["run"], "run")
    why = "" if found is None else why_no_launcher(found.launcher)
    if why:
        reader.complain(child(parts["run"], "launcher") or parts["run"], "run.launcher", why)
    return found


def why_no_launcher(launcher: str) -> str:
    """Why these words can start nothing; empty where they can."""
    said = document.quoted(launcher)
    try:
        words = shlex.split(launcher)
    except ValueError as error:
        return f"{said} does not fall into words: {str(error).lower()}"
    other = re.findall(r"\{.*?\}", launcher.replace(RANKS, ""))
    if other:
        return f"{said}: {other[0]} stands for nothing; {RANKS} is the number of processes"
    return "" if words else f"is empty: give what starts them, 'mpirun -n {RANKS}'"
