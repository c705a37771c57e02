"""An input to the config of its study: every problem at once, each with its place."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from ruamel.yaml.nodes import MappingNode, ScalarNode

from dendrolith.config import document
from dendrolith.config.from_dict import NAME, compose_dict
from dendrolith.config.materials import graft_material_sets
from dendrolith.config.reader import OPTION, Reader, one_of
from dendrolith.config.repeat import expand_repeats
from dendrolith.config.steps import write_out_steps
from dendrolith.core.errors import ConfigError
from dendrolith.core.sections import conflicts

MOST_PROBLEMS = 50  # said at once
Kind = TypeVar("Kind")
STUDY = "study"  # the key that names the study
OF_A_SWEEP = "base"  # the key that every sweep file has, and no input


class InputStudy(Protocol):
    """The part of a study that the reader needs.

    Attributes:
        config: dataclass of all sections of the input.
    """

    config: ClassVar[type]

    def rated_current(self, root: MappingNode) -> float | None:
        """Current density of 1C [A/m²]: None without a capacity, NaN where it is wrong."""
        ...

    def inconsistencies(self, config: Any) -> list[tuple[str, str]]:
        """Keys that contradict each other: (dotted path, what is wrong and how to mend it)."""
        ...


Source = str | os.PathLike[str] | Mapping[str, Any]


def load(
    source: Source,
    overrides: Sequence[str],
    studies: Mapping[str, InputStudy],
    default: str,
) -> Any:
    """Read and validate an input.

    Args:
        source: YAML file (YAML 1.2; dimensional values are text with a unit), or the same as a
            dict: text, numbers, true and false, dicts and lists.
        overrides: ``"section.key=value"``, applied before validation.
        studies: what the key `study` may name.
        default: the study of an input without that key.

    Returns:
        An instance of the study's `config`.

    Raises:
        ConfigError: the input or an override cannot be used; lists every problem.
    """
    root, reader = compose(source, overrides)
    return load_nodes(root, reader, studies, default)


def load_nodes(
    root: MappingNode, reader: Reader, studies: Mapping[str, InputStudy], default: str
) -> Any:
    """Validate an input that is read already.

    Args:
        root: its nodes; what material sets bring is added to them.
        reader: with the problems found so far.
        studies: what the key `study` may name.
        default: the study of an input without that key.

    Returns:
        An instance of the study's `config`.

    Raises:
        ConfigError: the input cannot be used; lists every problem.
    """
    study = named_study(root, reader, studies, default)
    reader.incomplete = tuple(graft_material_sets(study.config, root))
    write_out_steps(study.config, root, reader, lambda: study.rated_current(root))
    expand_repeats(study.config, root, reader)
    config = reader.build(study.config, root, "")
    if not reader.problems:
        for dotted, problem in study.inconsistencies(config):
            reader.complain(document.locate(root, dotted), dotted, problem)
    if reader.problems:
        raise ConfigError(*_first(reader.problems))
    return config


def load_section(kind: type[Kind], overrides: Sequence[str]) -> Kind:
    """A section that the command line gives alone; without overrides its defaults.

    Args:
        kind: dataclass of the section.
        overrides: ``"key=value"``.

    Raises:
        ConfigError: an override cannot be used; lists every problem.
    """
    reader, root = Reader(OPTION.strip()), document.mapping([], OPTION.strip())
    for override in overrides:
        reader.override(root, override)
    section = reader.build(kind, root, "")
    if not reader.problems:
        for dotted, problem in conflicts(section):
            reader.complain(document.locate(root, dotted), dotted, problem)
    if reader.problems:
        raise ConfigError(*_first(reader.problems))
    assert isinstance(section, kind)
    return section


def compose(source: Source, overrides: Sequence[str] = ()) -> tuple[MappingNode, Reader]:
    """Nodes of an input with its overrides, and a reader that knows what to call it.

    Raises:
        ConfigError: it cannot be read; what is wrong with an override is noted by the reader.
    """
    if isinstance(source, Mapping):
        root, reader = compose_dict(source), Reader(NAME)
    elif isinstance(source, str | os.PathLike):
        root, reader = document.compose_file(Path(source)), Reader(str(Path(source)))
    else:
        raise ConfigError(f"{NAME}: is {type(source).__name__}: give a file or a dict")
    if isinstance(overrides, str | Mapping):
        raise ConfigError(
            f'{NAME}: overrides are {type(overrides).__name__}: give a list, ["section.key=value"]'
        )
    for override in overrides:
        reader.override(root, override)
    return root, reader


def named_study(
    root: MappingNode, reader: Reader, studies: Mapping[str, InputStudy], default: str
) -> InputStudy:
    """The study that an input names.

    Raises:
        ConfigError: it names none that is known; what else is wrong cannot be told.
    """
    swept = document.child(root, OF_A_SWEEP)
    if swept is not None:
        reader.complain(swept, OF_A_SWEEP, "is of a sweep: use 'dendrolith sweep expand'")
        raise ConfigError(*_first(reader.problems))
    node = document.child(root, STUDY)
    if node is None or document.is_null(node):
        return studies[default]
    if not isinstance(node, ScalarNode):
        reader.complain(node, STUDY, "must be a single value")
    elif node.value not in studies:
        known = one_of(node.value, list(studies))
        reader.complain(node, STUDY, f"{document.quoted(node.value)} is not {known}")
    else:
        return studies[node.value]
    raise ConfigError(*_first(reader.problems))


def _first(problems: list[str]) -> list[str]:
    more = len(problems) - MOST_PROBLEMS
    return [*problems[:MOST_PROBLEMS], f"and {more} problems more"] if more > 0 else problems
