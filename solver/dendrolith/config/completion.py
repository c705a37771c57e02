"""What a shell may complete after ``--set`` and ``reference``; called by argcomplete."""

from __future__ import annotations

import argparse

from dendrolith.config.reference import declarations, keys


def complete_key(
    prefix: str,
    action: argparse.Action | None = None,
    parser: argparse.ArgumentParser | None = None,
    parsed_args: argparse.Namespace | None = None,
) -> list[str]:
    """Keys that begin with `prefix`; argcomplete gives the other arguments too."""
    return [key for key in keys() if key.startswith(prefix)]


def complete_override(
    prefix: str,
    action: argparse.Action | None = None,
    parser: argparse.ArgumentParser | None = None,
    parsed_args: argparse.Namespace | None = None,
) -> list[str]:
    """Keys with their equals sign; behind it the words that may follow."""
    known = declarations()
    key, equals, word = prefix.partition("=")
    if equals and key in known:
        return [f"{key}={value}" for value in known[key].choices if value.startswith(word)]
    return [f"{key}=" for key in known if key.startswith(prefix)]
