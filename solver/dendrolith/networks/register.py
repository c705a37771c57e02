"""All inputs that dendrolith reads: those of studies, and that of ensembles of networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dendrolith.config import load as config_reader
from dendrolith.networks.study import NETWORK
from dendrolith.studies.register import DEFAULT, STUDIES
from dendrolith.studies.study import Study

INPUTS: dict[str, Study] = {**STUDIES, NETWORK.name: NETWORK}


def input_of(config: Any) -> Study:
    """What explains an input."""
    return INPUTS[config.study]


def load(source: config_reader.Source, overrides: Sequence[str] = ()) -> Any:
    """Read and validate an input, of a study or of an ensemble of networks.

    Args:
        source: YAML file, or the same as a dict: text with units, numbers, true and false, dicts
            and lists.
        overrides: ``"section.key=value"``, as of `--set`; applied before validation.

    Returns:
        The config, all values in SI; a frozen dataclass with a section each for those of the input.

    Raises:
        ConfigError: it cannot be used; lists every problem.
    """
    return config_reader.load(source, overrides, INPUTS, DEFAULT)
