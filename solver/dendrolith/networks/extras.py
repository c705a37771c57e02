"""The optional libraries of this room."""

from __future__ import annotations

import importlib.util

from dendrolith.core.errors import ConfigError

LIBRARIES = ("networkx", "skimage", "gudhi", "pyarrow")


def require_extras() -> None:
    """Refuse to begin without a library.

    Raises:
        ConfigError: one is missing; with the command that installs it.
    """
    missing = [name for name in LIBRARIES if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"missing: {', '.join(missing)}: install them by pip install 'dendrolith[networks]'"
        )
