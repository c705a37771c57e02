"""What may keep a run from starting on this machine, and the cure for each finding."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time as clock
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

OK, NOTE, BAD = "ok", "note", "BAD"
LITTLE_SPACE = 2e9  # bytes
SLOW_SYNC = 1.0  # s


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: how it is, and what to do if it is not well."""

    verdict: str
    what: str
    finding: str
    cure: str = ""

    def __str__(self) -> str:
        cure = f"\n{'':21}cure: {self.cure}" if self.cure else ""
        return f"{self.verdict:>4}  {self.what:<14} {self.finding}{cure}"


def examine() -> list[Finding]:
    """Look at everything; a check that breaks is a finding, not an end."""
    findings: list[Finding] = []
    for check in (_libraries, _solvers, _compiler, _launcher, _threads, _display, _opengl, _disk):
        try:
            findings += check()
        except Exception as error:
            name = check.__name__.strip("_")
            findings.append(Finding(BAD, name, f"{type(error).__name__}: {error}"))
    return findings


def _libraries() -> Iterator[Finding]:
    import adios2
    import dolfinx
    import petsc4py
    from mpi4py import MPI

    mpi = MPI.Get_library_version().splitlines()[0].strip("\x00 ")
    yield Finding(
        OK, "libraries", f"DOLFINx {dolfinx.__version__}, petsc4py {petsc4py.__version__}, {mpi}"
    )
    if dolfinx.has_adios2:
        yield Finding(OK, "field output", f"ADIOS2 {adios2.__version__}")
    else:
        yield Finding(
            BAD,
            "field output",
            "DOLFINx was built without ADIOS2",
            "install a DOLFINx with ADIOS2 (docker/packages.txt)",
        )


def _solvers() -> Iterator[Finding]:
    from petsc4py import PETSc

    for package in ("hypre", "mumps"):
        if PETSc.Sys.hasExternalPackage(package):
            yield Finding(OK, "solvers", f"PETSc has {package}")
        else:
            other = "mumps" if package == "hypre" else "iterative"
            yield Finding(
                BAD,
                "solvers",
                f"PETSc was built without {package}",
                f"install a PETSc with it, or set solver.linear: {other}",
            )


def _compiler() -> Iterator[Finding]:
    """Forms are compiled when a run starts: cache and compiler must work."""
    from dolfinx import jit

    cache = Path(str(jit.get_options()["cache_dir"])).expanduser()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache):
            pass
        yield Finding(
            OK, "form cache", f"{cache}, {_gigabytes(shutil.disk_usage(cache).free)} free"
        )
    except OSError as error:
        yield Finding(
            BAD,
            "form cache",
            f"{cache}: {error.strerror}",
            "set XDG_CACHE_HOME to a folder you may write to",
        )
    compiler = os.environ.get("CC", "cc").split()[0]
    found = shutil.which(compiler) or shutil.which("gcc")
    if found:
        yield Finding(OK, "compiler", found)
    else:
        yield Finding(BAD, "compiler", f"no {compiler}", "install gcc, or set CC")


# One rank speaks for all: a launcher may mix the lines of several.
_FIRST_SAYS = """
from mpi4py import MPI
if MPI.COMM_WORLD.rank == 0:
    print(MPI.COMM_WORLD.size)
"""


def _launcher() -> Iterator[Finding]:
    """The launcher must belong to the MPI that mpi4py was built with."""
    launcher = shutil.which("mpirun") or shutil.which("mpiexec")
    if launcher is None:
        cure = "install it, or use srun" if shutil.which("srun") else "install an MPI"
        yield Finding(BAD, "launcher", "no mpirun", cure)
        return
    done = subprocess.run(
        [launcher, "-n", "2", sys.executable, "-c", _FIRST_SAYS],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    answer = "".join(done.stdout.split())
    if answer == "2":
        yield Finding(OK, "launcher", f"{launcher} starts two ranks that see each other")
    elif answer == "11":
        yield Finding(
            BAD,
            "launcher",
            f"{launcher} is of another MPI: each rank is alone",
            "put the bin folder of the MPI that mpi4py uses first in PATH",
        )
    else:
        why = (done.stderr.strip().splitlines() or [f"it said {done.stdout!r}"])[-1]
        yield Finding(
            BAD,
            "launcher",
            f"{launcher} -n 2 fails: {why}",
            "with fewer cores than ranks: --oversubscribe; as root: OMPI_ALLOW_RUN_AS_ROOT=1",
        )


def _threads() -> Iterator[Finding]:
    threads = os.environ.get("OMP_NUM_THREADS")
    if threads == "1":
        yield Finding(OK, "threads", "one a rank")
    else:
        yield Finding(
            NOTE,
            "threads",
            f"OMP_NUM_THREADS is {threads or 'not set'}",
            "export OMP_NUM_THREADS=1: ranks use the cores, and runs repeat",
        )


def _display() -> Iterator[Finding]:
    """Pictures are drawn without a display."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    FigureCanvasAgg(Figure()).draw()
    yield Finding(OK, "pictures", f"matplotlib {mpl.__version__} draws without a display")


def _opengl() -> Iterator[Finding]:
    """Reports have pictures in 3-D where VTK finds an OpenGL."""
    from dendrolith.results.report.off_screen import run_apart

    why = run_apart("dendrolith.results.report.render")
    if why is None:
        yield Finding(OK, "3-D pictures", "PyVista draws without a display")
    else:
        yield Finding(
            NOTE,
            "3-D pictures",
            f"PyVista cannot draw ({why}): reports do without",
            "pip install 'vtk>=9.5', and install libegl1 or libosmesa6",
        )


def _disk() -> Iterator[Finding]:
    here = Path.cwd()
    space = shutil.disk_usage(here).free
    little = space < LITTLE_SPACE
    yield Finding(
        NOTE if little else OK,
        "disk",
        f"{here}: {_gigabytes(space)} free",
        "checkpoints and fields of a large run need more: --out elsewhere" if little else "",
    )
    try:
        took = _timed(_write_through)
    except OSError as error:
        yield Finding(BAD, "disk", f"{here}: {error.strerror}", "run where you may write")
        return
    if took > SLOW_SYNC:
        yield Finding(
            NOTE,
            "disk",
            f"{here}: {took:.1f} s to write 8 MB through",
            "raise checkpoint.every, or --out on a faster file system",
        )


def _write_through() -> None:
    with tempfile.TemporaryFile(dir=Path.cwd()) as file:
        file.write(bytes(8_000_000))
        file.flush()
        os.fsync(file.fileno())


def _timed(work: Callable[[], None]) -> float:
    started = clock.monotonic()
    work()
    return clock.monotonic() - started


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:.1f} GB"
