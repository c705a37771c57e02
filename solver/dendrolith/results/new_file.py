"""Files that come into being whole: new ones, and ones that replace another."""

from __future__ import annotations

import os
from pathlib import Path

from dendrolith.core.errors import ConfigError


def write_new(path: Path, text: str) -> None:
    """Write `text` to a new file.

    Raises:
        ConfigError: the file exists, or cannot be made.
    """
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError(f"{path}: exists: choose another name, or remove it") from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        why = getattr(error, "strerror", None) or error
        raise ConfigError(f"{path}: cannot be written: {why}") from None


def replace(path: Path, text: str) -> None:
    """Write `text` to a file that may be there; readers, and a kill, meet the old or the new one.

    Raises:
        OSError: it could not be written; the old one is as it was.
    """
    temporary = path.with_name(f"{path.name}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
