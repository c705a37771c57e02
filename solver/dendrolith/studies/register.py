"""The studies that an input can name, and the reader that knows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml.nodes import MappingNode

from dendrolith.config import load as config_reader
from dendrolith.config.reader import Reader, one_of
from dendrolith.core.errors import ConfigError
from dendrolith.studies.cell.study import CellStudy
from dendrolith.studies.circuit.study import CircuitStudy
from dendrolith.studies.creep.study import Creep
from dendrolith.studies.fracture.study import FractureStudy
from dendrolith.studies.pfhub.study import PFHub
from dendrolith.studies.plating.study import Plating
from dendrolith.studies.press.study import Press
from dendrolith.studies.study import Study
from dendrolith.traces.decouple.cell_facts import CellFacts

REGISTERED: tuple[Study, ...] = (
    Plating(),
    PFHub(),
    CircuitStudy(),
    CellStudy(),
    FractureStudy(),
    Creep(),
    Press(),
)
STUDIES: Mapping[str, Study] = {study.name: study for study in REGISTERED}
DEFAULT = Plating.name


def study_of(config: Any) -> Study:
    """The study whose input a config is.

    Raises:
        ConfigError: it is a file, a dict or an input that another verb computes.
    """
    name = getattr(config, "study", None)
    if name is None:
        raise ConfigError(f"{type(config).__name__}: give what dendrolith.load(file or dict) gives")
    if name not in STUDIES:
        raise ConfigError(f"no study: dendrolith {name} computes this input")
    return STUDIES[name]


def study_named(name: str, known: Mapping[str, Study] = STUDIES) -> Study:
    """A study by its name; without one that of an input that names none.

    Args:
        name: of the study.
        known: those that there are, by name.

    Raises:
        ConfigError: there is no such study.
    """
    name = name or DEFAULT
    if name not in known:
        raise ConfigError(f"--study {name}: is not {one_of(name, list(known))}")
    return known[name]


def config_of(root: MappingNode, reader: Reader) -> type:
    """The dataclass of an input whose nodes are at hand.

    Raises:
        ConfigError: it names a study that is not there.
    """
    return config_reader.named_study(root, reader, STUDIES, DEFAULT).config


def load_nodes(root: MappingNode, reader: Reader) -> Any:
    """Validate an input whose nodes are at hand, as `load` does; adds to them.

    Raises:
        ConfigError: it cannot be used; lists every problem.
    """
    return config_reader.load_nodes(root, reader, STUDIES, DEFAULT)


def load(source: config_reader.Source, overrides: Sequence[str] = ()) -> Any:
    """Read and validate the input of any study.

    Args:
        source: YAML file (YAML 1.2; dimensional values are text with a unit), or the same as a
            dict: text, numbers, true and false, dicts and lists.
        overrides: ``"section.key=value"``, applied before validation.

    Returns:
        The config of the study that the input names: an instance of `Study.config`.

    Raises:
        ConfigError: the input or an override cannot be used; lists every problem.
    """
    return config_reader.load(source, overrides, STUDIES, DEFAULT)


def cell_facts_of(path: Path) -> CellFacts:
    """What a measured trace needs to know of the cell in an input file.

    Raises:
        ConfigError: it cannot be used, or is no cell.
    """
    config = load(path)
    facts = study_of(config).cell_facts(config)
    if facts is None:
        raise ConfigError(f"{path}: study is {config.study}: --cell takes plating or a cell")
    return facts
