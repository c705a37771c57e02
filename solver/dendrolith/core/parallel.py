"""What all ranks do together: reductions, and freeing. Every function here is collective."""

from __future__ import annotations

import gc
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Self, TypeVar, cast

import numpy as np
import numpy.typing as npt
from dolfinx import fem
from mpi4py import MPI
from petsc4py import PETSc

from dendrolith.core.profile import ASSEMBLY, event

T = TypeVar("T")


def global_sum(comm: MPI.Comm, value: float) -> float:
    """Sum of one number per rank, added in their order."""
    return float(global_sums(comm, np.array([value], dtype=np.float64))[0])


def integral(form: fem.Form) -> float:
    """Value of a scalar form over the whole mesh."""
    with event(ASSEMBLY):
        return global_sum(form.mesh.comm, float(fem.assemble_scalar(form)))


def global_max(comm: MPI.Comm, values: npt.NDArray[np.float64]) -> float:
    """Largest entry over all ranks; -inf if there is none, nan if any entry is nan."""
    local = np.array([np.max(values) if values.size else -np.inf])
    return float(largest_of_each(comm, local)[0])


def largest(comm: MPI.Comm, value: float) -> float:
    """Largest of one number per rank."""
    return float(comm.allreduce(value, op=MPI.MAX))


def global_sums(comm: MPI.Comm, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Entry by entry the sum over the ranks, added in their order."""
    total: npt.NDArray[np.float64] = np.add.reduce(_of_all_ranks(comm, values))
    return total


def largest_of_each(comm: MPI.Comm, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Entry by entry the largest over the ranks; nan where any is nan."""
    most: npt.NDArray[np.float64] = np.maximum.reduce(_of_all_ranks(comm, values))
    return most


def _of_all_ranks(comm: MPI.Comm, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(ranks, ...) what each rank holds, as many entries everywhere."""
    own = np.ascontiguousarray(values, dtype=np.float64)
    everywhere = np.empty((comm.size, *own.shape))
    comm.Allgather(own, everywhere)
    return everywhere


def all_agree(comm: MPI.Comm, condition: bool) -> bool:
    """True where every rank says so."""
    agreed = np.array([condition], dtype=np.int32)
    comm.Allreduce(MPI.IN_PLACE, agreed, op=MPI.MIN)
    return bool(agreed[0])


def is_root(comm: MPI.Comm) -> bool:
    """True on the rank that writes files and speaks to the terminal."""
    return bool(comm.rank == 0)


def on_root(comm: MPI.Comm, work: Callable[[], T]) -> T:
    """Do `work` on rank 0 and give its result, or its exception, to all ranks."""
    outcome: tuple[Any, BaseException | None] = (None, None)
    if is_root(comm):
        try:
            outcome = (work(), None)
        except Exception as error:
            outcome = (None, error)
    result, failure = comm.bcast(outcome, root=0)
    if failure is not None:
        raise failure
    return cast(T, result)


def gather_concatenate(comm: MPI.Comm, values: npt.NDArray[Any]) -> npt.NDArray[Any] | None:
    """Join the ranks' arrays along the first axis, on rank 0; None elsewhere."""
    parts = comm.gather(values, root=0)
    return np.concatenate(parts) if parts is not None else None


def gather_everywhere(comm: MPI.Comm, value: T) -> list[T]:
    """What every rank holds, on all ranks."""
    return cast(list[T], comm.allgather(value))


def from_root(comm: MPI.Comm, value: T | None) -> T:
    """Give what rank 0 holds to all ranks."""
    return cast(T, comm.bcast(value, root=0))


def free_what_was_dropped(comm: MPI.Comm) -> None:
    """Free the PETSc objects that Python dropped (collective).

    One that belongs to several ranks is kept until all of them agree to free it.
    """
    gc.collect()
    PETSc.garbage_cleanup(comm)


class Collective(ABC):
    """What all ranks make and free together; a ``with`` statement frees it at its end."""

    @abstractmethod
    def destroy(self) -> None:
        """Free the memory (collective)."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: object, *_: object) -> None:
        """Free the memory, unless an error passes: other ranks may know nothing of it."""
        if error is None:
            self.destroy()
