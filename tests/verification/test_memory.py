"""Nothing survives a step but what is declared, and all that is declared matters; on any ranks.

A run whose declared memory is put into a fresh simulation goes on to the last digit; a run whose
memory was changed in any one place goes on differently.
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
from dendrolith.simulation import Simulation
from dendrolith.studies.plating.elimination import NonlinearElimination
from dendrolith.studies.plating.schema import (
    BACKWARD_EULER,
    BDF2,
    SPLIT,
    Geometry,
    Output,
    Pores,
    Protrusions,
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
            0.15, 8 * UM, PoreWalls(4 * UM), "blocked", seed=1, evolution=PoreEvolution(1e-19)
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


def remembered(simulation: Simulation) -> CheckpointData:
    """As a checkpoint would keep it: numbers through JSON, arrays copied."""
    memory = CheckpointData.join(
        {"march": simulation.march.remember(), "table": simulation.table.remember()}
    )
    return CheckpointData(
        json.loads(json.dumps(memory.numbers)),
        {key: values.copy() for key, values in memory.nodal.items()},
    )


def recall(simulation: Simulation, memory: CheckpointData) -> None:
    simulation.march.recall(memory.part("march"))
    simulation.table.recall(memory.part("table"))


def result(simulation: Simulation, step) -> list[np.ndarray]:
    """The row of the step, what it adds to the listings, and the fields after it."""
    state = simulation.cell.state
    moment = simulation.moment(step)
    row, listed = simulation.table.measure(moment), simulation.table.listed(moment)
    entries = [repr(listed[name]) for name in sorted(listed)]
    fields = (state.xi, state.rho, state.phi, state.u, state.pressure, state.rate)
    return [
        np.array([*row.values(), step.number, step.milestone, step.rejected], dtype=float),
        np.frombuffer("".join(entries).encode(), dtype=np.uint8).astype(float),
        *(field.x.array.copy() for field in fields),
        *(field.x.array.copy() for field in simulation.table.stress_fields().values()),
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
    """A whole run: its config, what it remembered and what it gave after each step."""
    settings = everything(request.param)
    simulation = Simulation(settings)
    simulation.start()
    memories, results = [], []
    for step in simulation.march:
        results.append(result(simulation, step))
        memories.append(remembered(simulation))
    return settings, memories, results


def test_the_run_has_all_that_could_be_forgotten(recorded):
    """Else the tests below would show nothing: a switch, an output time, moving pores."""
    _, memories, results = recorded
    stages = [memory.numbers["march.program.number"] for memory in memories]
    assert {0, 1} <= set(stages)
    assert any(memory.numbers["march.march._switches"] for memory in memories)
    assert any(result[0][-2] for result in results)
    moved = max(abs(results[-1][3] - results[0][3]).max(initial=0), 0)
    assert MPI.COMM_WORLD.allreduce(moved, op=MPI.MAX) > 0


def test_a_fresh_simulation_goes_on_from_the_declared_memory(recorded):
    """Fault: a part keeps something that it does not declare."""
    settings, memories, results = recorded
    switching = next(k for k, m in enumerate(memories) if m.numbers["march.march._switches"])
    for kept in sorted({0, switching, KEPT, STEPS - 1}):
        fresh = Simulation(settings)
        recall(fresh, memories[kept])
        later = results[kept + 1 : kept + 1 + LATER]
        assert same(go_on(fresh, len(later)), later), f"from step {kept + 1}"


def test_a_fresh_simulation_solves_for_the_same_patches(monkeypatch):
    """Fault: which nodes Newton's method is helped with depends on the last step's solve."""
    settings = load(QUICKSTART, [*SMALL, "geometry.mesh_size=4 um"])
    simulation, memories, results = Simulation(settings), [], []
    simulation.start()
    for step in simulation.march:
        results.append(result(simulation, step))
        memories.append(remembered(simulation))
        if step.number == 22:
            break
    helped = []
    improve = NonlinearElimination.improve

    def counted(*arguments):
        helped.append(improve(*arguments))
        return helped[-1]

    monkeypatch.setattr(NonlinearElimination, "improve", counted)
    fresh = Simulation(settings)
    recall(fresh, memories[15])
    assert same(go_on(fresh, 6), results[16:])
    assert any(helped)


def test_a_used_simulation_goes_on_from_the_declared_memory(recorded):
    """Fault: as above; here the leftovers are those of other steps, not of a start."""
    settings, memories, results = recorded
    used = Simulation(settings)
    used.start()
    go_on(used, 2)
    for kept in (STEPS - 1, KEPT):
        recall(used, memories[kept])
        assert same(go_on(used), results[kept + 1 : kept + 1 + LATER]), f"from step {kept + 1}"


# What cannot change the run above, and why it is kept all the same.
_EVENTS = "for a stage that ends by charge or voltage; here it ends by its time"
_OLDER = "for bdf2"
_MIDDLE = "for the middle of a step of the split, where there is no noise"
_PIECES = "for lithium that comes, goes or falls apart (test_piece_tracking.py); here none does"
_EXCURSION = "for an excursion; here is none (tests/unit/test_short_trace.py has some)"
_UNUSED = [
    "began", "carried", "held", "largest", "last", "longest", "recovered", "samples", "valley",
]  # fmt: skip
WITHOUT_EFFECT = {
    "march.program.charge": _EVENTS,
    "march.program.last.voltage": _EVENTS,
    "march.program.last.ionic": _EVENTS,
    "march.program.last.electronic": _EVENTS,
    "march.stepper.drive.accepted": "for a step that is taken back; here none is",
    "table.PieceListings.last": _PIECES,
    "table.PieceListings.tracks.1.volume": _PIECES,
    "table.PieceListings.tracks.1.anode": _PIECES,
    "table.PieceListings.tracks.1.counter": _PIECES,
    "table.DeadLithium.age": "for lithium off the anode; here there is none",
    "table.DeadLithium.was_dead": "as above",
    "march.stepper.surroundings.stress.solver.fresh": "for a preconditioner that is worn; see "
    "test_elasticity.py",
    **{f"table.ShortCircuit.trace.{key}": _EXCURSION for key in _UNUSED},
    "table.ShortCircuit.trace.floor.began": "for blocks of several samples; here each has one",
    "table.ShortCircuit.trace.depth": "for a rest; here is none",
}
WITHOUT_EFFECT_IN = {
    SPLIT: {
        "march.stepper.state.rate": _MIDDLE,
        "march.stepper.state.relaxation": _MIDDLE,
    },
    QUIET: {"march.stepper.surroundings.noise.step": "there is none"},
    BACKWARD_EULER: {
        "march.stepper.state.relaxation": _MIDDLE,
        "march.stepper.history.c_older": _OLDER,
        "march.stepper.history.older_dt": _OLDER,
        "march.stepper.history.older_rate": _OLDER,
        "march.stepper.history.xi_older": _OLDER,
    },
    BDF2: {
        "march.stepper.surroundings.noise.step": "bdf2 takes no noise",
        "march.stepper.state.relaxation": _MIDDLE,
    },
}


def name_of(settings) -> str:
    """Which of the runs this is."""
    scheme = settings.time.scheme
    return QUIET if scheme == SPLIT and settings.noise is None else scheme


# All much older; no piece anywhere.
WHOLE_NUMBERS = {"table.DeadLithium.age": lambda _: 20, "table.PieceListings.id": lambda v: -v}


def changed(memory: CheckpointData) -> dict[str, CheckpointData]:
    """The memory with one entry changed, for every entry."""
    found = {}
    for path in _paths(memory.numbers):
        other = copy.deepcopy(memory)
        part = other.numbers
        for name in path[:-1]:
            part = part[name]
        part[path[-1]] = _changed(part[path[-1]])
        found[".".join(path)] = other
    for key in memory.nodal:
        found[key] = copy.deepcopy(memory)
        values = found[key].nodal[key]
        values += WHOLE_NUMBERS.get(key, lambda v: 1e-2 * v + 1e-3 * np.abs(v).max(initial=1e-12))(
            values
        )
    return found


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


def test_every_declared_memory_matters(recorded):
    """Fault: something is declared, stored and then not taken back."""
    settings, memories, results = recorded
    used = Simulation(settings)
    declared: set[str] = set()
    active: set[str] = set()
    for kept in range(0, STEPS, 2):
        for key, memory in changed(memories[kept]).items():
            declared |= {key}
            if key not in active:
                recall(used, memory)
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
