"""What this machine has: memory, and how many of the processes of a run share it."""

from __future__ import annotations

import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup/memory.max")
LOCAL_SIZES = ("OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS")  # Open MPI, MPICH


def memory() -> float:
    """Bytes that processes may take here: the machine's, or the container's where that is less."""
    installed = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    try:
        allowed = CGROUP.read_text(encoding="ascii").strip()
    except OSError:
        return installed
    return min(installed, float(allowed)) if allowed.isdecimal() else installed


def processes_here(processes: int) -> int:
    """How many of the processes of a run are on this machine; all, where nobody says otherwise."""
    said = next((os.environ[name] for name in LOCAL_SIZES if name in os.environ), "")
    return min(int(said), processes) if said.isdecimal() else processes
