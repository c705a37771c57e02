"""Nothing survives a step but what is declared, and all that is declared matters.

A run whose checkpoint data are restored into a fresh simulation goes on to the last digit; a run
whose data were changed in any one place goes on differently.
"""

import copy
import json

import numpy as np
import pytest
from mpi4py import MPI

from dendrolith.control.stages import CURRENT, VOLTAGE, Stage, Until
from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.errors import DendrolithError
from dendrolith.physics.anisotropy import Anisotropy
from dendrolith.physics.elasticity import Elasticity
from dendrolith.physics.ion_transport import BinaryElectrolyte
from dendrolith.physics.noise import Noise
from dendrolith.physics.pores import PoreEvolution, PoreWalls
from dendrolith.simulation import Simulation, view_of
from dendrolith.studies.plating.elimination import NonlinearElimination
from dendrolith.studies.plating.schema import Geometry, Output, Pores, Protrusions
from dendrolith.studies.plating.solver_input import (
    BACKWARD_EULER,
    BDF2,
    SPLIT,
    SolverChoice,
    TimeControl,
)
from dendrolith.studies.register import load
from tests.cases import UM, config
from tests.verification.test_iterations import QUICKSTART, SMALL

STEPS, KEPT, LATER = 12, 5, 3


QUIET = "split without noise"


def everything(scheme: str):
    """A held current, then a voltage; noise where the scheme takes it; all couplings."""
    quiet = scheme in (BDF2, QUIET)
    return config(
        geometry=Geometry(8 * UM, 30 * UM, 24 * UM, 2 * UM, periodic=True),
        protrusions=Protrusions(1, 4 * UM, 6 * UM),
        pores=Pores(
            0.15,
            8 * UM,
            walls=PoreWalls(4 * UM),
            access="blocked",
            seed=1,
            evolution=PoreEvolution(1e-19),
        ),
        lithium_metal__interface_width=6 * UM,
        lithium_metal__fill_fraction=0.01,
        kinetics__exchange_current_density=1000.0,
        elasticity=Elasticity(
            pressure=5e6,
            right="fixed_gap",
            coupling="overpotential",
            stress_free="initial",
            solve_after_change=0.006 if quiet else 0.06,
        ),
        ion_transport=BinaryElectrolyte(0.4, 1000.0),
        anisotropy=Anisotropy(0.05),
        noise=None if quiet else Noise(0.02, seed=2),
        control=(Stage(current=200.0, until=Until(time=0.02)), Stage(voltage=0.05)),
        time=TimeControl(
            end=1.0,
            scheme=SPLIT if scheme == QUIET else scheme,
            first_step=1e-3,
            max_steps=STEPS + LATER,
            error_tolerance=1e-5,
        ),
        output=Output(every=0.0125),
        solver=SolverChoice(charge_tolerance=1e-10),
    )


def saved(simulation: Simulation) -> CheckpointData:
    """As a checkpoint would keep it: numbers through JSON, arrays copied."""
    data = CheckpointData.join({"march": simulation.march.save(), "table": simulation.table.save()})
    return CheckpointData(
        json.loads(json.dumps(data.numbers)),
        {key: values.copy() for key, values in data.nodal.items()},
        {key: values.copy() for key, values in data.cellwise.items()},
    )


def restore(simulation: Simulation, data: CheckpointData) -> None:
    simulation.march.restore(data.part("march"))
    simulation.table.restore(data.part("table"))


def result(simulation: Simulation, step) -> list[np.ndarray]:
    """The row of the step, what it adds to the tables, and the fields after it."""
    state, view = simulation.problem.state, view_of(step)
    row, rows = simulation.table.measure(view), simulation.table.rows(view)
    entries = [repr(rows[name]) for name in sorted(rows)]
    fields = [state[name] for name in ("xi", "rho", "phi", "u", "pressure", "rate")]
    return [
        np.array([*row.values(), step.number, step.milestone, step.rejected], dtype=float),
        np.frombuffer("".join(entries).encode(), dtype=np.uint8).astype(float),
        *(field.x.array.copy() for field in fields),
        *(field.x.array.copy() for field in simulation.fields().values()),
    ]  # fmt: skip


def go_on(simulation: Simulation, steps: int = LATER) -> list[list[np.ndarray]]:
    return [result(simulation, simulation.march.step()) for _ in range(steps)]


def same(some: list[list[np.ndarray]], others: list[list[np.ndarray]]) -> bool:
    """Bit for bit, on all ranks."""
    here = all(
        np.array_equal(one, other, equal_nan=True)
        for a, b in zip(some, others, strict=True)
        for one, other in zip(a, b, strict=True)
    )
    return MPI.COMM_WORLD.allreduce(here, op=MPI.LAND)


@pytest.fixture(scope="module", params=[SPLIT, QUIET, BACKWARD_EULER, BDF2])
def recorded(request):
    """A whole run: its config, what it saved and what it gave after each step."""
    settings = everything(request.param)
    simulation = Simulation(settings)
    simulation.start()
    checkpoints, results = [], []
    for step in simulation.march:
        results.append(result(simulation, step))
        checkpoints.append(saved(simulation))
    return settings, checkpoints, results


def test_the_run_has_all_that_could_be_lost(recorded):
    """Else the tests below would show nothing: a switch, an output time, moving pores."""
    _, checkpoints, results = recorded
    stages = [data.numbers["march.control.number"] for data in checkpoints]
    assert {0, 1} <= set(stages)
    assert any(data.numbers["march.march._switches"] for data in checkpoints)
    assert any(result[0][-2] for result in results)
    moved = max(abs(results[-1][3] - results[0][3]).max(initial=0), 0)
    assert MPI.COMM_WORLD.allreduce(moved, op=MPI.MAX) > 0


def test_a_fresh_simulation_goes_on_from_its_checkpoint_data(recorded):
    """Fault: a part keeps something that it does not declare."""
    settings, checkpoints, results = recorded
    switching = next(
        k for k, data in enumerate(checkpoints) if data.numbers["march.march._switches"]
    )
    for kept in sorted({0, switching, KEPT, STEPS - 1}):
        fresh = Simulation(settings)
        restore(fresh, checkpoints[kept])
        later = results[kept + 1 : kept + 1 + LATER]
        assert same(go_on(fresh, len(later)), later), f"from step {kept + 1}"


def test_a_fresh_simulation_solves_for_the_same_patches(monkeypatch):
    """Fault: which nodes Newton's method is helped with depends on the last step's solve."""
    settings = load(QUICKSTART, [*SMALL, "geometry.mesh_size=4 um"])
    simulation, checkpoints, results = Simulation(settings), [], []
    simulation.start()
    for step in simulation.march:
        results.append(result(simulation, step))
        checkpoints.append(saved(simulation))
        if step.number == 22:
            break
    helped = []
    correct = NonlinearElimination.correct

    def counted(*arguments):
        helped.append(correct(*arguments))
        return helped[-1]

    monkeypatch.setattr(NonlinearElimination, "correct", counted)
    fresh = Simulation(settings)
    restore(fresh, checkpoints[15])
    assert same(go_on(fresh, 6), results[16:])
    assert any(helped)


def test_a_used_simulation_goes_on_from_its_checkpoint_data(recorded):
    """Fault: as above; here the leftovers are those of other steps, not of a start."""
    settings, checkpoints, results = recorded
    used = Simulation(settings)
    used.start()
    go_on(used, 2)
    for kept in (STEPS - 1, KEPT):
        restore(used, checkpoints[kept])
        assert same(go_on(used), results[kept + 1 : kept + 1 + LATER]), f"from step {kept + 1}"


# What cannot change the run above, and why it is kept all the same.
_EVENTS = "for a stage that ends by charge or voltage; here it ends by its time"
_OLDER = "for bdf2"
_MIDDLE = "for the middle of a step of the split, where there is no noise"
_PIECES = "for lithium that comes, goes or falls apart (test_piece_tracking.py); here none does"
_PATH = "for a path of electrons; here is none (tests/unit/test_short_path.py has some)"
WITHOUT_EFFECT = {
    "march.control.charge": _EVENTS,
    "march.control.last.voltage": _EVENTS,
    "march.control.last.ionic": _EVENTS,
    "march.control.last.electronic": _EVENTS,
    "march.problem.blocks.terminals.accepted": "for a step that is taken back; here none is",
    "table.PieceListings.last": _PIECES,
    "table.PieceListings.tracks.1.volume": _PIECES,
    "table.PieceListings.tracks.1.anode": _PIECES,
    "table.PieceListings.tracks.1.counter": _PIECES,
    "table.DeadLithium.age": "for lithium off the anode; here there is none",
    "table.DeadLithium.was_dead": "as above",
    "march.problem.blocks.stress.effect.share": "for a stress that serves several steps; see "
    "test_stress_effect.py",
    "march.problem.blocks.stress.solver.fresh": "for a preconditioner that is worn; see "
    "test_elasticity.py",
    **{f"table.ShortCircuit.{key}": _PATH for key in ("stage", "trace.events", "trace.last")},
}
_SOLVED = dict.fromkeys(
    ("march.problem.state.xi_stressed", "march.problem.state.rho_stressed"),
    "for a stress that serves several steps; with a fixed gap each step has its own",
)
WITHOUT_EFFECT_IN = {
    SPLIT: {
        **_SOLVED,
        "march.problem.state.rate": _MIDDLE,
        "march.problem.state.relaxation": _MIDDLE,
    },
    QUIET: {},
    BACKWARD_EULER: {
        **_SOLVED,
        "march.problem.state.relaxation": _MIDDLE,
        "march.problem.blocks.coupled balances.c_older": _OLDER,
        "march.problem.blocks.coupled balances.older_dt": _OLDER,
        "march.problem.blocks.coupled balances.older_rate": _OLDER,
        "march.problem.blocks.coupled balances.xi_older": _OLDER,
    },
    BDF2: {
        **_SOLVED,
        "march.problem.state.relaxation": _MIDDLE,
    },
}


def name_of(settings) -> str:
    """Which of the runs this is."""
    scheme = settings.time.scheme
    return QUIET if scheme == SPLIT and settings.noise is None else scheme


# All much older; no piece anywhere; a line for a parabola, beyond which there is nothing.
WHOLE_NUMBERS = {
    "table.DeadLithium.age": lambda _: 20,
    "table.PieceListings.id": lambda v: -v,
    "march.problem.blocks.middle.degree": lambda degree: degree - 1 if degree else 1,
}


def changed(data: CheckpointData) -> dict[str, CheckpointData]:
    """The data with one entry changed, for every entry."""
    found = {}
    for path in _paths(data.numbers):
        other = copy.deepcopy(data)
        part = other.numbers
        for name in path[:-1]:
            part = part[name]
        change = WHOLE_NUMBERS.get(".".join(path), _changed)
        part[path[-1]] = change(part[path[-1]])
        found[".".join(path)] = other
    for kind in ("nodal", "cellwise"):
        for key in getattr(data, kind):
            found[key] = copy.deepcopy(data)
            values = getattr(found[key], kind)[key]
            values += WHOLE_NUMBERS.get(key, _a_little)(values)
    return found


def _a_little(values: np.ndarray) -> np.ndarray:
    return 1e-2 * values + 1e-3 * np.abs(values).max(initial=1e-12)


def _paths(numbers: dict) -> list[tuple[str, ...]]:
    """Names that lead to every number in nested dictionaries."""
    return [
        (key, *rest)
        for key, value in numbers.items()
        for rest in (_paths(value) if isinstance(value, dict) else [()])
        if value is not None
    ]


def _changed(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, list):
        return [_changed(entry) for entry in value]
    if isinstance(value, str):
        return {CURRENT: VOLTAGE, VOLTAGE: CURRENT}[value]
    return value + 1 if isinstance(value, int) else 1.01 * value + 1e-6


@pytest.mark.serial  # on ranks: what goes on from its data, above
def test_all_checkpoint_data_matter(recorded):
    """Fault: something is declared, stored and then not taken back."""
    settings, checkpoints, results = recorded
    used = Simulation(settings)
    declared: set[str] = set()
    active: set[str] = set()
    for kept in range(0, STEPS, 2):
        for key, data in changed(checkpoints[kept]).items():
            declared |= {key}
            if key not in active:
                restore(used, data)
                later = results[kept + 1 : kept + 1 + LATER]
                active |= set() if goes_on_like(used, later) else {key}
    without_effect = WITHOUT_EFFECT.keys() | WITHOUT_EFFECT_IN[name_of(settings)].keys()
    assert sorted(declared - active) == sorted(without_effect & declared)


def goes_on_like(simulation: Simulation, later: list[list[np.ndarray]]) -> bool:
    """The same steps; one that fails is not the same."""
    try:
        return same(go_on(simulation, len(later)), later)
    except (DendrolithError, LookupError):
        return False
