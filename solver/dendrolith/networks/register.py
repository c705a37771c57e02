"""All inputs that dendrolith reads: those of studies, and that of ensembles of networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dendrolith.config import load as config_reader
from dendrolith.config.reader import one_of
from dendrolith.core.errors import ConfigError
from dendrolith.networks.study import NETWORK
from dendrolith.studies.register import DEFAULT, STUDIES
from dendrolith.studies.study import Study

INPUTS: dict[str, Study] = {**STUDIES, NETWORK.name: NETWORK}


def input_of(config: Any) -> Study:
    """What explains an input."""
    return INPUTS[config.study]


def input_named(name: str) -> Study:
    """What explains inputs of a study; without a name those that name none.

    Raises:
        ConfigError: there is no such study.
    """
    name = name or DEFAULT
    if name not in INPUTS:
        raise ConfigError([f"--study {name}: is not {one_of(name, list(INPUTS))}"])
    return INPUTS[name]


def load(source: config_reader.Source, overrides: Sequence[str] = ()) -> Any:
    """Read and validate any input, as `dendrolith.load` does those of studies.

    Raises:
        ConfigError: it cannot be used; lists every problem.
    """
    return config_reader.load(source, overrides, INPUTS, DEFAULT)
