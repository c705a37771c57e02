"""Options that several verbs have."""

from __future__ import annotations

import argparse
import os
import signal
import stat
import sys
from pathlib import Path
from typing import Any, TextIO

from dendrolith.core.errors import ConfigError, disk_in_words

# Files of a run that a verb may write again; its other tables and inputs are the run's own.
WRITTEN_AGAIN = ("decouple.csv",)
OF_A_RUN = (".csv", ".yaml", ".json")
WRITTEN_AS_FILES = (".png", ".pdf", ".svg", ".csv", ".html")  # others are folders


def add_run_options(run: argparse.ArgumentParser) -> None:
    """All of a run but its input."""
    add_folder(run)
    run.add_argument(
        "--max-wall",
        metavar="TIME",
        help="stop in time to leave a checkpoint, for "
        "example '2 h'; in a Slurm job its end is known",
    )
    run.add_argument(
        "--report",
        action="store_true",
        help="make its page at the end, as 'dendrolith report' does",
    )
    run.add_argument("--profile", action="store_true", help="say at the end where the time went")
    loudness = run.add_mutually_exclusive_group()
    loudness.add_argument(
        "-v", dest="verbosity", action="store_const", const=1, default=0, help="show solver details"
    )
    loudness.add_argument(
        "-q", dest="verbosity", action="store_const", const=-1, help="show warnings only"
    )


def add_overrides(verb: argparse.ArgumentParser, words: str, key: str = "key") -> argparse.Action:
    """``--set KEY=VALUE``, as often as one likes; `words` tell of what."""
    return verb.add_argument(
        "--set", dest="overrides", action="append", default=[], metavar=f"{key}=value", help=words
    )


def add_folder(verb: argparse.ArgumentParser) -> None:
    """Where a run writes, and whether it goes on there."""
    verb.add_argument(
        "--out", type=Path, metavar="DIR", help="run directory (default: runs/<name>)"
    )
    verb.add_argument(
        "--resume",
        choices=["auto"],
        help="go on from the newest sound checkpoint of "
        "the run directory; begin where there is none",
    )
    verb.add_argument(
        "--allow-change",
        dest="allowed",
        action="append",
        default=[],
        metavar="a.b",
        help="resume although this value of the input has changed",
    )


def refuse_to_overwrite(options: argparse.Namespace) -> None:
    """Refuse an output that is one of the inputs, a file of a run, or in no folder.

    Raises:
        ConfigError: `--out` or `--plot` is such a file, or some path cannot be looked at.
    """
    given = vars(options)
    for value in given.values():
        for path in _paths(value):
            _look_at(path)
    outputs = {name: given[name] for name in ("out", "plot") if isinstance(given.get(name), Path)}
    inputs = {path.resolve() for name in given.keys() - outputs for path in _paths(given[name])}
    for name, path in outputs.items():
        if path.suffix in WRITTEN_AS_FILES and not path.parent.is_dir():
            where = f"there is no folder {path.parent}: make it, or choose another --{name}"
            raise ConfigError(f"--{name} {path}: {where}")
        if not path.is_file():
            continue
        if path.resolve() in inputs:
            raise ConfigError(f"--{name} {path}: is an input: choose another name")
        of_a_run = (path.parent / "status.json").exists() and path.suffix in OF_A_RUN
        if of_a_run and path.name not in WRITTEN_AGAIN:
            raise ConfigError(f"--{name} {path}: belongs to a run: choose another name")


def _look_at(path: Path) -> None:
    """Refuse a path that the system does not let us look at; one that is not there is fine.

    Raises:
        ConfigError: no permission, a name that is too long, or the like.
    """
    try:
        if stat.S_ISDIR(path.stat().st_mode):
            os.stat(f"{path}/.")  # what is in it; a path would drop the point
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(
            f"{path}: cannot be looked at: {why}: choose another, or ask for access"
        ) from None


def _paths(value: Any) -> list[Path]:
    """The paths of an option."""
    values = value if isinstance(value, list) else [value]
    return [path for path in values if isinstance(path, Path)]


def answer_of(options: argparse.Namespace) -> Any:
    """What the verb answers: a text, a text and its exit code, or that of a run alone.

    Raises:
        OutputFailed: the disk takes nothing more.
    """
    with disk_in_words():
        refuse_to_overwrite(options)
        return options.answer(options)


def print_answer(answer: str) -> bool:
    """Print it, as far as somebody reads it: `dendrolith check case.yaml | head`.

    Returns:
        Whether somebody does; where nobody does, what is printed later is lost without an error.
    """
    return _print(answer, sys.stdout)


def print_error(words: str) -> None:
    """Print them on stderr, as far as somebody reads it."""
    _print(words, sys.stderr)


def _print(words: str, stream: TextIO | None) -> bool:
    if stream is None:  # closed before Python began
        return False
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # PETSc, where it is loaded, would end the job
    try:
        print(words, file=stream, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return False
    return True
