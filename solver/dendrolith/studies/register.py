"""The studies that an input can name, and the reader that knows them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dendrolith.config import load as config_reader
from dendrolith.studies.plating.study import Plating
from dendrolith.studies.study import Study

STUDIES: dict[str, Study] = {study.name: study for study in (Plating(),)}
DEFAULT = Plating.name


def study_of(config: Any) -> Study:
    """The study whose input a config is."""
    return STUDIES[config.study]


def load(path: str | Path, overrides: Sequence[str] = ()) -> Any:
    """Read and validate an input file of any study.

    Args:
        path: YAML file (YAML 1.2; dimensional values are text with a unit).
        overrides: ``"section.key=value"``, applied before validation.

    Raises:
        ConfigError: the file or an override cannot be used; lists every problem.
    """
    return config_reader.load(path, overrides)
