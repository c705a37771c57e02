"""``dendrolith …`` as a user types it: in this process, or in one of its own.

A process of its own loads Python, DOLFINx and MPI again, a second and a half of computing. What a
test asks of a command is seldom there: files, output, exit code are the same in this process.
"""

import contextlib
import io
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from unittest import mock

from dendrolith.cli import main
from dendrolith.results import recorder

ROOT = Path(__file__).parents[1]
TIMEOUT = 600  # s

Ended = CompletedProcess[str]

_WITHOUT_PICTURES = """
import sys
from dendrolith.cli import main
from dendrolith.results import recorder
recorder.draw_if_possible = lambda *_: None
sys.exit(main())
"""


def dendrolith(
    *words: object, cwd: Path = ROOT, pictures: bool = True, **environment: str
) -> Ended:
    """The command in this process, with some variables of the environment changed.

    Without its `pictures`, most of the work of a short run, where a test does not look at them.
    """
    arguments = [str(word) for word in words]
    no_pictures = mock.patch.object(recorder, "draw_if_possible")
    with (
        contextlib.nullcontext() if pictures else no_pictures,
        contextlib.chdir(cwd),
        mock.patch.dict(os.environ, environment),
        _as_before(),
        contextlib.redirect_stdout(io.StringIO()) as out,
        contextlib.redirect_stderr(io.StringIO()) as err,
    ):
        try:
            code = main(arguments)
        except SystemExit as ended:  # of argparse
            code = ended.code
    return CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def in_its_own_process(
    *words: object, cwd: Path = ROOT, ranks: int = 1, pictures: bool = True, **environment: str
) -> Ended:
    """The command in a process of its own, or in one for each rank."""
    return subprocess.run(
        [*launched(ranks, pictures), *map(str, words)], capture_output=True, text=True,
        timeout=TIMEOUT, check=False, cwd=cwd, env={**os.environ, **environment},
    )  # fmt: skip


def quietly(*words: object, ranks: int = 1) -> Ended:
    """A run without pictures; on one rank in this process."""
    if ranks == 1:
        return dendrolith(*words, pictures=False)
    return in_its_own_process(*words, ranks=ranks, pictures=False)


def launched(ranks: int = 1, pictures: bool = True) -> list[str]:
    """What stands before the words of a command in its own process or processes."""
    mpirun = ["mpirun", "--oversubscribe", "-n", str(ranks)] if ranks > 1 else []
    program = ["-m", "dendrolith"] if pictures else ["-c", _WITHOUT_PICTURES]
    return [*mpirun, sys.executable, *program]


def settings(*overrides: str) -> list[str]:
    """``--set`` for each of them."""
    return [word for override in overrides for word in ("--set", override)]


@contextlib.contextmanager
def _as_before() -> Iterator[None]:
    """A command may leave the log and the signals of its process as it likes: here they go back."""
    logger = logging.getLogger("dendrolith")
    handlers, level, propagate = logger.handlers[:], logger.level, logger.propagate
    signals = {number: signal.getsignal(number) for number in (signal.SIGUSR1, signal.SIGPIPE)}
    try:
        yield
    finally:
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)
        for number, handler in signals.items():
            signal.signal(number, handler)
