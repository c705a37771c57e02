"""Machines on which others compute as well."""

from __future__ import annotations

import os

from mpi4py.MPI import COMM_TYPE_SHARED, Comm

# So many processes more than cores are not worth a word: half of one waits, as a rule.
TOLERATED = 0.9


def occupied(comm: Comm) -> str:
    """A note where ranks and load of this machine exceed its cores, else empty (collective).

    The load is that of the last minute (getloadavg(3)). Each machine looks for itself: the note is
    that of the first rank's.
    """
    here = comm.Split_type(COMM_TYPE_SHARED)
    ranks = here.size
    here.Free()
    return note(ranks, os.getloadavg()[0], os.cpu_count() or 1)


def note(ranks: int, load: float, cores: int) -> str:
    """A note where ranks and load [1] exceed the cores, else empty."""
    if ranks + load <= cores + TOLERATED:
        return ""
    named = "1 rank" if ranks == 1 else f"{ranks} ranks"
    return (
        f"note: {named} beside a load of {load:.1f} on {cores} cores: ranks wait for each other, "
        "and a step may take several times as long"
    )
