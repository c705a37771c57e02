"""The scripts that engines read, from the templates beside this file."""

from __future__ import annotations

import importlib.resources
import math
from collections.abc import Mapping
from typing import Any

import jinja2


def script(template: str, facts: Mapping[str, Any]) -> str:
    """The text of a script.

    Args:
        template: name of its file, without ``.jinja``.
        facts: what the template names.
    """
    home = importlib.resources.files("dendrolith.sweeps")
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    text = (home / f"{template}.jinja").read_text(encoding="utf-8")
    return environment.from_string(text).render(**facts)


def minutes(seconds: float) -> int:
    """Time as Slurm takes it, rounded up."""
    return math.ceil(seconds / 60)
