"""Whatever the input file holds: a run whose first step is sound, or a clean refusal.

Nothing else may come out of it: no other error, no warning, no number that is none, no hang.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import math
import signal
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings

from dendrolith.core.errors import ConfigError, SolverDiverged, StepTooSmall
from dendrolith.simulation import Simulation, march
from dendrolith.studies.check import check
from dendrolith.studies.plating.schema import Config
from dendrolith.studies.register import load, study_of
from tests.parallel.test_ranks import SMALL
from tests.regression.fuzz_inputs import configs, mutated

pytestmark = pytest.mark.serial

LONGEST = 20  # s of computing for one case: longer is a hang
LARGEST = 3000  # nodes of a case that is run
SMALLER = {
    "quickstart.yaml": SMALL,
    "dendrite_3d.yaml": [
        "geometry.mesh_size=1.75 um", "geometry.electrolyte_thickness=20 um",
        "geometry.height=15 um", "geometry.depth=15 um", "protrusions.height=5 um",
        "pores.fraction=0.04", "pores.mean_diameter=7 um",
    ],
    "pores_3d.yaml": [
        "geometry.mesh_size=1.75 um", "geometry.electrolyte_thickness=20 um",
        "geometry.lithium_thickness=9 um", "geometry.height=15 um", "geometry.depth=15 um",
        "protrusions.height=5 um", "pores.fraction=0.04", "pores.mean_diameter=7 um",
    ],
    "pressure.yaml": [
        "geometry.lithium_thickness=20 um", "geometry.electrolyte_thickness=60 um",
        "geometry.height=60 um", "protrusions.count=1", "protrusions.height=10 um",
    ],
    "damage.yaml": [
        "seed_cracks=[]", "geometry.lithium_thickness=8 um", "geometry.height=30 um",
        "geometry.electrolyte_thickness=30 um",
    ],
    "1a.yaml": ["geometry.side=50"],
    "notched_plate.yaml": [
        "geometry.width=64 um", "geometry.height=98 um", "geometry.mesh_size=2 um",
        "geometry.notch=32 um", "geometry.band=98 um", "damage.length=4 um",
    ],
    "base.yaml": ["pores.mean_diameter=5 um", "pores.walls.wall_width=2 um"],
}  # fmt: skip


@contextlib.contextmanager
def no_hang():
    """Computing for longer than `LONGEST` is a failure; where PETSc does not come back, the end."""

    def give_up(*_):
        raise TimeoutError(f"{LONGEST} s of computing for one case")

    before = signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, LONGEST)
    faulthandler.dump_traceback_later(10 * LONGEST, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def outcome_of(content: bytes, file, overrides=()) -> str:
    """Load, check and, where it is small, begin to run; returns how it ended."""
    file.write_bytes(content)
    with no_hang():
        config = loaded(file)
        if config is None:
            return "refused"
        assert_says_numbers(config)
        if overrides:
            config = loaded(file, overrides)
        if config is None or nodes(config) > LARGEST:
            return "valid, not run"
        return first_step(config)


def loaded(file, overrides=()) -> Config | None:
    """The config, or None where it is refused in clean words."""
    try:
        return load(file, overrides)
    except ConfigError as error:
        assert_clean(error, (f"{file}", "--set "))
        return None


def assert_clean(error: ConfigError, places: tuple[str, ...]) -> None:
    """One line for each problem, and each begins with a place."""
    assert error.problems
    for line in error.problems:
        assert line.isprintable(), line
        assert len(line) < 1000, line
        assert line.startswith((*places, "and ")), line


def assert_says_numbers(config: Config) -> None:
    """What `check` says holds numbers, not nan."""
    report = check(study_of(config), replace(config, title=""))
    assert "nan" not in report, report


def nodes(config: Config) -> float:
    if not hasattr(config, "geometry"):  # a study without a mesh
        return 0
    geometry = config.geometry
    return math.prod(extent / geometry.mesh_size + 1 for extent in geometry.extents)


def first_step(config: Config) -> str:
    """Build everything, take a step and measure it, without files."""
    limits = config.time
    least = max(limits.min_step, 1e-3 * min(limits.first_step, limits.max_step, limits.end))
    config = replace(config, time=replace(limits, max_steps=1, min_step=least))
    simulation = None
    try:
        simulation = Simulation(config)
        step = next(march(simulation))
        assert_sound(simulation, simulation.measure(step))
        return "ran"
    except ConfigError as error:
        assert_clean(error, ("pores: ", "solver.petsc_options: ", "reference_electrode: "))
        return "refused on building"
    except (SolverDiverged, StepTooSmall):
        return "gave up"
    finally:
        if simulation is not None:
            simulation.problem.close()
        del simulation
        gc.collect()


def assert_sound(simulation: Simulation, row: dict[str, float]) -> None:
    """Every field and every number of the row is finite."""
    for name, field in simulation.fields().items():
        assert np.isfinite(field.x.array).all(), name
    wrong = {name: value for name, value in row.items() if not math.isfinite(value)}
    assert not wrong


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz") / "case.yaml"


def outcomes(inputs, file, number: int) -> Counter[str]:
    """How `number` cases end: in CI always the same ones, in the slow test new ones every time.

    A case that fails is shrunk and printed, with the line that reproduces it.
    """
    found: Counter[str] = Counter()

    @settings(
        max_examples=number, derandomize=number < 100, print_blob=True, database=None,
        deadline=None, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=inputs)
    def each(case):
        content, overrides = case if isinstance(case, tuple) else (case, [])
        outcome = outcome_of(content, file, overrides)
        event(outcome)  # for --hypothesis-show-statistics
        found[outcome] += 1

    each()
    return found


def few_and_many(few: int, many: int):
    return pytest.mark.parametrize("number", [few, pytest.param(many, marks=pytest.mark.slow)])


@few_and_many(25, 1200)
def test_configs_by_declaration(number, file):
    """Enough of them must be valid: a fuzzer whose input is always refused tests the refusal."""
    found = outcomes(configs(), file, number)
    assert found["ran"] > 0.2 * found.total(), found


@few_and_many(40, 800)
def test_shipped_configs_with_other_bytes(number, file):
    found = outcomes(mutated().map(lambda case: (case[1], SMALLER.get(case[0], ()))), file, number)
    assert found["ran"] > 0, found
