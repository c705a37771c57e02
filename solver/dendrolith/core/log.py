"""Logging set up by the command line: rank 0 speaks, the others only when they fail."""

from __future__ import annotations

import logging
import sys

from mpi4py import MPI


def set_up_logging(comm: MPI.Comm, verbosity: int) -> None:
    """Send the package's log to stderr: rank 0 at the wanted level, other ranks errors only.

    Args:
        comm: communicator of the run.
        verbosity: -1 warnings, 0 progress of the run, 1 solver details.
    """
    level = {-1: logging.WARNING, 0: logging.INFO}.get(verbosity, logging.DEBUG)
    logger = logging.getLogger("dendrolith")
    logger.setLevel(level if comm.rank == 0 else logging.ERROR)
    handler = logging.StreamHandler(sys.stderr)
    prefix = "" if comm.rank == 0 else f"[rank {comm.rank}] "
    handler.setFormatter(logging.Formatter(f"{prefix}%(levelname)s %(message)s"))
    if level == logging.INFO and comm.rank == 0:
        handler.setFormatter(_TerseFormatter())
    logger.handlers[:] = [handler]
    logger.propagate = False


class _TerseFormatter(logging.Formatter):
    """Information without a label, everything graver with one."""

    def format(self, record: logging.LogRecord) -> str:
        """Format one record."""
        message = record.getMessage()
        return message if record.levelno <= logging.INFO else f"{record.levelname}: {message}"
