"""What a shell may complete after ``--set`` and ``reference``."""

from __future__ import annotations

from typing import Any

from dendrolith.config.reference import declarations, keys


def complete_key(kind: Any, prefix: str) -> list[str]:
    """Keys of the input `kind` that begin with `prefix`."""
    return [key for key in keys(kind) if key.startswith(prefix)]


def complete_override(kind: Any, prefix: str) -> list[str]:
    """Keys with their equals sign; behind it the words that may follow."""
    known = declarations(kind)
    key, equals, word = prefix.partition("=")
    if equals and key in known:
        return [f"{key}={value}" for value in known[key].choices if value.startswith(word)]
    return [f"{key}=" for key in known if key.startswith(prefix)]
