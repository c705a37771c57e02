"""The registered studies, for callers that give none; goes with the last of them."""

from __future__ import annotations

import importlib
from typing import Any


def register() -> Any:
    """The module `dendrolith.studies.register`, imported when it is asked for."""
    return importlib.import_module("dendrolith.studies.register")
