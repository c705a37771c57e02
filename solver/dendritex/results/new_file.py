"""A file that must not be there yet."""

from __future__ import annotations

from pathlib import Path

from dendritex.errors import ConfigError


def write_new(path: Path, text: str) -> None:
    """Write `text` to a new file.

    Raises:
        ConfigError: the file exists, or cannot be made.
    """
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError([f"{path}: exists: choose another name, or remove it"]) from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        why = getattr(error, "strerror", None) or error
        raise ConfigError([f"{path}: cannot be written: {why}"]) from None
