"""Solvers that fail, compilations that died, other rank counts, and memory that must not grow."""

import csv
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from tests.regression import faults
from tests.regression.faults import resume, run, series, slots, status

pytestmark = pytest.mark.serial

ROOT = Path(__file__).parents[2]


def rows(out: Path) -> list[dict[str, float]]:
    lines = csv.DictReader(series(out).decode().splitlines())
    return [{name: float(value) for name, value in line.items()} for line in lines]


# ------------------------------------------------------------------ solvers that fail

_ONE_BAD_VALUE = """
import numpy as np
from dendrolith.studies.plating.allen_cahn import AllenCahn
_advance, attempts = AllenCahn.advance, 0
def advance(self, dt):
    global attempts
    report = _advance(self, dt)
    attempts += 1
    if attempts == 9 and RANK == LAST:
        self._laws.f.potential_free_rate.x.array[:1] = np.nan
    return report
AllenCahn.advance = advance
"""
_FEW = "solver.petsc_options=-charge_snes_max_it 1"
_NEWTON_FAILS = """
from dendrolith.core.errors import SolverDiverged
from dendrolith.solvers.newton import BalanceSolver
_solve, attempts = BalanceSolver.solve, 0
def solve(self, **given):
    global attempts
    attempts += 1
    if attempts == 9:
        raise SolverDiverged("balance", "on purpose")
    return _solve(self, **given)
BalanceSolver.solve = solve
"""


@pytest.mark.parametrize("ranks", [1, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize("fault", [_ONE_BAD_VALUE, _NEWTON_FAILS], ids=["nan", "newton"])
def test_a_step_that_fails_once(tmp_path, ranks, fault):
    """Fault: one NaN on one rank, or no convergence, in one step: taken back once, by all."""
    out = tmp_path / "x"
    done = run(out, "output.every=0.05 s", fault=fault, ranks=ranks)
    assert done.returncode == 0, done.stderr
    assert (status(out)["state"], status(out)["rejected"]) == ("done", 1)
    times = [row["time [s]"] for row in rows(out)]
    for k in range(1, 11):
        assert any(time == pytest.approx(0.05 * k, rel=1e-12) for time in times)
    assert max(row["charge_error [1]"] for row in rows(out)) < 1e-6
    assert all(np.isfinite(list(row.values())).all() for row in rows(out))


_LITTLE = {  # what makes the chosen solver fail
    "charge": "-charge_ksp_max_it 1",
    "lithium": "-lithium_ksp_max_it 1",
    "stress": "-elastic_ksp_max_it 2",
    "memory": "-charge_mat_mumps_icntl_23 1 -elastic_mat_mumps_icntl_23 1",
}


@pytest.mark.parametrize("ranks", [1, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize("which", _LITTLE)
def test_a_linear_solver_that_fails(tmp_path, ranks, which, undisturbed):
    """Fault: too few iterations, or too little memory for MUMPS: solved directly, and counted."""
    linear = ("solver.linear=mumps",) if which == "memory" else ()
    out = tmp_path / "x"
    done = run(out, *linear, f"solver.petsc_options={_LITTLE[which]}", ranks=ranks)
    assert done.returncode == 0, done.stderr
    assert "solved directly" in done.stderr
    # the first step repeats the start, whose solution is its guess: nothing may be left to solve
    counts = [row["fallback_solves [1]"] for row in rows(out)][1:]
    assert min(counts) >= (0 if which == "stress" else 1)  # the stress is not solved in every step
    assert max(counts) >= 1
    reference = csv.DictReader(undisturbed(ranks, *linear).decode().splitlines())
    for mine, its in zip(rows(out), reference, strict=True):
        assert float(its["fallback_solves [1]"]) == 0
        for name in ("time [s]", "ionic_current [A/m^2]", "lithium_plated [mol/m^2]"):
            assert mine[name] == pytest.approx(float(its[name]), rel=1e-6, abs=1e-15), name


@pytest.mark.parametrize("ranks", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_newton_gives_up(tmp_path, ranks):
    """Fault: too few iterations from some step on: exit 3, files closed, a checkpoint to go on."""
    out = tmp_path / "x"
    stop = "def at_step(number):\n    number == 6 and RANK == 0 and send(signal.SIGTERM)\n"
    assert run(out, fault=stop, ranks=ranks).returncode == 75
    failed = resume(out, _FEW, "time.min_step=1e-4 s", "--allow-change=solver.petsc_options",
                    ranks=ranks)  # fmt: skip
    assert failed.returncode == 3, failed.stderr
    assert "gave up" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert status(out)["state"] == "failed"
    assert status(out)["rejected"] > 1
    assert slots(out)[-1] == status(out)["steps"] == len(rows(out))
    done = resume(out, "--allow-change=solver.petsc_options", ranks=ranks)
    assert done.returncode == 0, done.stderr
    assert rows(out)[-1]["time [s]"] == 0.5


def test_no_balance_at_the_very_start(tmp_path):
    """Fault: too few iterations from the start: exit 3 in words; a better input begins again."""
    out = tmp_path / "x"
    failed = run(out, _FEW)
    assert failed.returncode == 3, failed.stderr
    assert "no balance at the very start" in failed.stderr
    done = resume(out, "--allow-change=solver.petsc_options")
    assert done.returncode == 0, done.stderr


# ------------------------------------------------------------------ compiled forms

_RECORD_FORMS = """
from ffcx.codegeneration import jit
_get = jit.get_cached_module
def get(name, *rest):
    with open(sys.argv[5] + ".forms", "a") as file:
        file.write(name + "\\n")
    return _get(name, *rest)
jit.get_cached_module = get
"""


@pytest.fixture(scope="module")
def forms(tmp_path_factory):
    """The cache that a run uses, and what in it is its own."""
    out = tmp_path_factory.mktemp("forms") / "x"
    assert run(out, "time.max_steps=1", fault=_RECORD_FORMS).returncode == 0
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    names = (tmp_path_factory.getbasetemp() / out.parent.name / "x.forms").read_text().split()
    return home / "fenics", sorted(set(names))


def stub(cache: Path, name: str) -> None:
    """Killed when it had just claimed the form."""
    for path in cache.glob(f"{name}*"):
        path.unlink()
    (cache / f"{name}.c").touch()


def half(cache: Path, name: str) -> None:
    """Killed while compiling: a source, no library."""
    stub(cache, name)
    (cache / f"{name}.c").write_text("int main", encoding="utf-8")
    (cache / f"{name}.o").touch()


def empty_library(cache: Path, name: str) -> None:
    """The disk was full, or lost what it had promised."""
    for path in cache.glob(f"{name}*.so"):
        path.unlink()
        path.touch()


def cut_library(cache: Path, name: str) -> None:
    """The same, halfway."""
    for path in cache.glob(f"{name}*.so"):
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content[: len(content) // 2])


def no_library(cache: Path, name: str) -> None:
    """Somebody tidied up."""
    for path in cache.glob(f"{name}*.so"):
        path.unlink()


@pytest.mark.parametrize("ranks", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize("harm", [stub, half, empty_library, cut_library, no_library])
def test_a_compilation_that_died(tmp_path, forms, harm, ranks):
    """Fault: the cache holds a form that was never finished; it is compiled again."""
    if ranks == 1 and harm is half:
        pytest.skip("the same as a stub; on two ranks only")
    warm, names = forms
    cache = tmp_path / "cache" / "fenics"
    cache.mkdir(parents=True)
    for name in names:
        for path in warm.glob(f"{name}*"):
            shutil.copy2(path, cache)
    harm(cache, names[0])
    long_ago = time.time() - 3600
    for path in cache.glob(f"{names[0]}*"):
        os.utime(path, (long_ago, long_ago))
    done = run(tmp_path / "x", "time.max_steps=1", ranks=ranks,
               environment={"XDG_CACHE_HOME": str(tmp_path / "cache")})  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "never compiled to its end" in done.stderr
    assert (cache / f"{names[0]}.c.cached").exists()


@pytest.mark.slow
def test_eight_cold_starts_at_once(tmp_path):
    """Fault: eight runs begin on one empty cache, and need forms that others are compiling."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    starts = [
        subprocess.Popen(faults.command(tmp_path / name, "time.max_steps=1"), env=environment,
                         stderr=subprocess.PIPE, text=True)
        for name in "abcdefgh"
    ]  # fmt: skip
    for process in starts:
        _, said = process.communicate(timeout=480)
        assert process.returncode == 0, said
    assert len({series(tmp_path / name) for name in "abcdefgh"}) == 1


# ------------------------------------------------------------------ other rank counts

_NUMBERED = """
import numpy as np
from dendrolith.fields.state import owned_values
from dendrolith.results.checkpoint import Checkpoints
_newest = Checkpoints.newest
def newest(self):
    step, data = _newest(self)
    parts = MPI.COMM_WORLD.gather((self._layout.nodes, data.nodal))
    if RANK == 0:
        order = np.argsort(np.concatenate([nodes for nodes, _ in parts]))
        np.savez(sys.argv[5] + f".{LAST + 1}.npz", **{
            key: np.concatenate([nodal[key] for _, nodal in parts])[order]
            for key in parts[0][1]})
    return step, data
Checkpoints.newest = newest
"""


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["split", "bdf2"])
def test_restart_on_other_rank_counts(tmp_path, scheme):
    """Fault: four ranks, then three, two, one: the same fields, and the run within tolerance."""
    longer = ("time.end=2 s", "output.every=2 s", f"time.scheme={scheme}")
    stop = "def at_step(number):\n    number == 8 and RANK == 0 and send(signal.SIGTERM)\n"
    out = tmp_path / "x"
    assert run(tmp_path / "whole", *longer, ranks=4).returncode == 0
    assert run(out, *longer, fault=stop, ranks=4).returncode == 75
    for ranks in (4, 3, 2, 1):
        copied = tmp_path / f"x{ranks}"
        shutil.copytree(out, copied)
        done = resume(copied, *longer, fault=_NUMBERED, ranks=ranks)
        assert done.returncode == 0, done.stderr
        found, expected = (np.load(tmp_path / f"x{n}.{n}.npz") for n in (ranks, 4))
        for key in expected.files:
            assert np.array_equal(found[key], expected[key], equal_nan=True), key
        ours, theirs = rows(copied), rows(tmp_path / "whole")
        assert len(ours) > 28
        for mine, its in list(zip(ours, theirs, strict=True))[:28]:
            for name in ("time [s]", "ionic_current [A/m^2]", "cell_voltage [V]",
                         "lithium_plated [mol/m^2]", "tip_height [m]"):  # fmt: skip
                assert mine[name] == pytest.approx(its[name], rel=1e-9, abs=1e-15), name


@pytest.mark.slow
def test_a_chain_over_rank_counts(tmp_path):
    """Fault: each part of a run has another number of ranks than the one before."""
    out = tmp_path / "x"
    for ranks, step in ((4, 5), (2, 9), (3, 13), (1, None)):
        stop = (
            f"def at_step(number):\n    number == {step} and RANK == 0 and send(signal.SIGTERM)\n"
        )
        done = resume(out, fault=stop, ranks=ranks)
        assert done.returncode == (0 if step is None else 75), done.stderr
    assert run(tmp_path / "whole").returncode == 0
    for mine, its in zip(rows(out), rows(tmp_path / "whole"), strict=True):
        for name in ("time [s]", "ionic_current [A/m^2]", "lithium_plated [mol/m^2]"):
            assert mine[name] == pytest.approx(its[name], rel=1e-6, abs=1e-15), name


# ------------------------------------------------------------------ memory

_WATCH_MEMORY = """
import gc, json, re
from petsc4py import PETSc
seen = []
def alive():
    # PETSc's own count, of the objects that Python never sees too: created less destroyed
    path = sys.argv[5] + ".petsc"
    viewer = PETSc.Viewer().createASCII(path)
    PETSc.Log.view(viewer)
    viewer.destroy()
    table = Path(path).read_text().partition("Creations   Destructions")[2]
    counts = re.findall(r"^ *([A-Z][\\w ]*?) +(\\d+) +(\\d+)$", table, re.MULTILINE)
    return {kind: int(made) - int(gone) for kind, made, gone in counts if kind != "Viewer"}
def at_step(number):
    if number % 50 == 0:
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        seen.append((number, pages * resource.getpagesize(), alive()))
        Path(sys.argv[5] + f".{RANK}.json").write_text(json.dumps(seen))
PETSc.Log.begin()
"""


@pytest.mark.slow
@pytest.mark.parametrize("ranks", [1, 2])
def test_memory_does_not_grow(tmp_path, ranks):
    """Fault: a leak; over the last 400 of 500 steps no more than 4 MB and no PETSc object."""
    done = run(tmp_path / "x", "time.max_steps=500", "time.end=100 s", "time.max_step=1 ms",
               "output.every=100 s", fault=_WATCH_MEMORY, ranks=ranks)  # fmt: skip
    assert done.returncode == 0, done.stderr
    for rank in range(ranks):
        text = (tmp_path / f"x.{rank}.json").read_text(encoding="utf-8")
        seen = [entry for entry in json.loads(text) if entry[0] >= 100]
        assert seen[-1][0] == 500
        assert {"Vector", "Matrix", "Krylov Solver"} <= seen[0][2].keys()
        assert all(alive == seen[0][2] for _, _, alive in seen)
        assert seen[-1][1] - seen[0][1] < 4e6, seen
