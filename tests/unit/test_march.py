"""The march: milestones, rejected steps, roll-back on all ranks, giving up."""

import dataclasses
import itertools

import numpy as np
import pytest
from mpi4py import MPI

from dendrolith.control.stages import Stage, Until
from dendrolith.core.errors import SolverDiverged, StepTooSmall
from dendrolith.physics.elasticity import Elasticity
from dendrolith.physics.ion_transport import BinaryElectrolyte
from dendrolith.physics.noise import Noise
from dendrolith.physics.pores import PoreEvolution, PoreWalls
from dendrolith.schemes.problem import Unattended
from dendrolith.schemes.timestep import StepControl
from dendrolith.studies.plating.access import PoreAccess
from dendrolith.studies.plating.allen_cahn import AllenCahn
from dendrolith.studies.plating.fields import CONCENTRATION
from dendrolith.studies.plating.schema import Pores
from dendrolith.studies.plating.solver_input import BACKWARD_EULER, BDF2, SPLIT, TimeControl
from dendrolith.studies.plating.surface_transport import SurfaceTransport
from tests.cases import UM, Stepper, cell, config, front


def small(**changes):
    return config(
        geometry__height=4 * UM, kinetics__exchange_current_density=1000.0,
        lithium_metal__fill_fraction=0.05, **{"time__end": 1.0, **changes},
    )  # fmt: skip


def test_output_times_are_hit_exactly():
    settings = small(output__every=0.3)
    steps = list(Stepper(cell(settings, front(10 * UM))).march())
    hit = [step.time for step in steps if step.milestone]
    assert hit == [0.3, 0.6, 3 * 0.3, 1.0]
    assert steps[-1].time == 1.0


def test_ten_thousand_milestones_are_hit():
    control = StepControl(TimeControl(end=1e9, max_step=0.07), 1.0)
    time = 0.0
    for k in range(1, 10_001):
        hits = False
        while not hits:
            dt, hits = control.propose(time, k * 0.1)
            assert 0 < dt <= 0.07 * (1 + 1e-9)
            control.accepted(dt, 0.0)
            time = k * 0.1 if hits else time + dt
        assert time == k * 0.1


def test_a_step_before_a_milestone_leaves_no_sliver():
    control = StepControl(TimeControl(end=1.0, max_step=1.0, first_step=0.06), 1.0)
    assert control.propose(0.0, 0.1) == (0.05, False)  # and 0.05 is left, not 0.04
    assert control.propose(0.0, 0.05) == (0.05, True)
    assert control.propose(0.0, 0.2) == (0.06, False)


def test_large_changes_shrink_the_step_and_quiet_lets_it_grow():
    control = StepControl(TimeControl(end=1.0, max_step=1.0, first_step=0.1, max_change=0.1), 1.0)
    control.accepted(0.1, 0.2)
    assert control.dt == pytest.approx(0.9 * 0.1 * 0.1 / 0.2)
    control.accepted(control.dt, 1e-6)
    assert control.dt == pytest.approx(1.3 * 0.045)


def test_step_too_small_names_the_limit():
    control = StepControl(TimeControl(end=1.0, min_step=1e-3, first_step=1e-3), 1.0)
    with pytest.raises(StepTooSmall, match=r"time\.min_step"):
        control.rejected(1e-3, "because")


def test_nan_on_one_rank_is_rolled_back_everywhere():
    """One bad value on one rank: one attempt taken back on all, the run ends as without it."""
    settings = small()
    reference = cell(settings, front(10 * UM))
    for _ in Stepper(reference).march():
        pass
    made = cell(settings, front(10 * UM))
    split = Stepper(made)
    surface, attempts = split.block(AllenCahn), []
    healthy = surface.advance

    def poisoned(dt):
        report = healthy(dt)
        attempts.append(dt)
        if len(attempts) == 4 and MPI.COMM_WORLD.rank == MPI.COMM_WORLD.size - 1:
            made.f.potential_free_rate.x.array[:1] = np.nan
        return report

    surface.advance = poisoned
    rejected = [step.rejected for step in split.march()]
    assert sum(rejected) == 1
    assert rejected[3] == 1
    assert np.isfinite(made.f.xi.x.array).all()
    # the cut step changes the sequence of steps a little, not the run
    np.testing.assert_allclose(made.f.xi.x.array, reference.f.xi.x.array, atol=5e-3)


def test_a_rejected_step_leaves_no_trace():
    """With stress and surface transport: fields as before, and the next step as if never tried."""
    pores = Pores(
        0.1, 10 * UM, walls=PoreWalls(3 * UM), access="surface_transport", surface_mobility=1e-18
    )
    settings = small(elasticity=Elasticity(pressure=5e6, solve_after_change=0.0), pores=pores)

    def made_and_started():
        made = cell(settings, front(10 * UM), lambda x: -np.tanh(2 * (x[0] - 13 * UM) / (3 * UM)))
        split = Stepper(made)
        split.advance(1e-2)
        split.accept()
        return made, split

    def fields(made):
        state = made.f
        return [f.x.array.copy() for f in (state.xi, state.phi, state.u, state.xi_stressed)]

    made, split = made_and_started()
    before = fields(made)
    split.advance(2e-2)
    assert any((old != new).any() for old, new in zip(before, fields(made), strict=True))
    split.reject()
    for old, new in zip(before, fields(made), strict=True):
        np.testing.assert_array_equal(old, new)
    split.advance(1e-2)
    untouched, other = made_and_started()
    other.advance(1e-2)
    for tried, never in zip(fields(made), fields(untouched), strict=True):
        np.testing.assert_allclose(tried, never, rtol=1e-9, atol=1e-15)


ROUGH_PORES = Pores(
    0.1, 10 * UM, walls=PoreWalls(3 * UM), access="blocked", evolution=PoreEvolution(1e-16)
)
EVERYTHING = {
    "elasticity": Elasticity(pressure=5e6, right="fixed_gap", solve_after_change=0.0),
    "ion_transport": BinaryElectrolyte(0.4, 1000.0), "pores": ROUGH_PORES,
    "control": (Stage(current=500.0),),
}  # fmt: skip


@pytest.mark.parametrize("scheme", [SPLIT, BACKWARD_EULER, BDF2])
def test_a_rejected_step_of_the_whole_model_leaves_no_trace(scheme):
    """Evolving pores, salt, fixed gap, held current, and noise where the scheme takes it."""
    noise = Noise(0.02, seed=2) if scheme != BDF2 else None
    settings = small(time__scheme=scheme, noise=noise, **EVERYTHING)

    def made_and_started():
        made = cell(settings, front(10 * UM), lambda x: -np.tanh(2 * (x[0] - 20 * UM) / (2 * UM)))
        stepper = Stepper(made)
        stepper.problem.control = Unattended()  # so rough a cell needs more than any has: 80 V
        stepper.start(1e-3)
        for _ in range(3):
            stepper.advance(1e-2)
            stepper.accept()
        return made, stepper

    def everything(made, stepper):
        state = made.f
        fields = (state.xi, state.rho, state.phi, state.u, state.pressure, state.c_old, state.rate)
        numbers = [float(made.laws.voltage.value), float(made.laws.mechanics[0].platen.value)]
        return [
            *(f.x.array.copy() for f in fields), stepper.block(PoreAccess).values.copy(),
            np.array(numbers),
        ]  # fmt: skip

    made, stepper = made_and_started()
    before = everything(made, stepper)
    stepper.advance(3e-2)
    moved = [(old != new).any() for old, new in zip(before, everything(made, stepper), strict=True)]
    assert sum(MPI.COMM_WORLD.allreduce(np.array(moved, dtype=int)) > 0) >= 6
    stepper.reject()
    for old, new in zip(before, everything(made, stepper), strict=True):
        np.testing.assert_array_equal(old, new)
    untouched, other = made_and_started()
    for each in (stepper, other):
        each.advance(1e-2)
    pairs = zip(everything(made, stepper), everything(untouched, other), strict=True)
    for tried, never in pairs:
        np.testing.assert_allclose(tried, never, rtol=1e-7, atol=1e-12)


def test_salt_rests_at_the_start():
    """The first moment has potentials and stress; no time has passed for the concentration."""
    for scheme in (SPLIT, BDF2):
        settings = small(time__scheme=scheme, ion_transport=BinaryElectrolyte(0.4, 10.0))
        made = cell(settings, front(10 * UM))
        Stepper(made).start(0.1)
        np.testing.assert_allclose(made.f.component(CONCENTRATION), 1.0, atol=1e-6)


def test_a_stage_beyond_its_limit_ends_with_its_first_step():
    settings = small(control=(Stage(current=500.0, until=Until(voltage_above=1e-3)),))
    steps = list(Stepper(cell(settings, front(10 * UM))).march())
    assert [step.dt for step in steps] == [settings.time.first_step]
    assert steps[0].finishes


def test_stages_whose_times_add_up_to_the_end():
    """0.7 + 0.1 falls short of 0.8 by a rounding error: no sliver, and the end is the end."""
    stages = [Stage(voltage=0.02, until=Until(time=t)) for t in (0.7, 0.1)]
    for control in (tuple(stages), (*stages, Stage(voltage=0.03))):
        settings = small(control=control, time__end=0.8)
        steps = list(Stepper(cell(settings, front(10 * UM))).march())
        assert steps[-1].time == 0.8
        assert steps[-1].finishes
        assert min(step.dt for step in steps) > 1e-4


def test_a_current_that_cannot_be_carried_is_refused():
    """Two hundred times the foil's lithium: the run ends before the voltage makes no sense."""
    settings = small(control=(Stage(current=-2e4),), time__end=100.0, time__min_step=1e-5)
    made = cell(settings, front(10 * UM))
    with pytest.raises(StepTooSmall, match=r"held current|balance of ionic"):
        list(Stepper(made).march())
    assert abs(float(made.laws.voltage.value)) <= 10


@pytest.mark.parametrize(("every", "end"), [(0.35, 1.05), (0.1, 0.3), (0.7, 2.1), (0.3, 1.0)])
def test_no_sliver_at_the_end(every, end):
    settings = small(output__every=every, time__end=end, time__first_step=0.05)
    steps = list(Stepper(cell(settings, front(10 * UM))).march())
    assert steps[-1].time == end
    assert min(step.dt for step in steps) > 1e-3
    assert all(a.time < b.time for a, b in itertools.pairwise(steps))


def test_surface_transport_that_is_not_finite_is_refused():
    pores = Pores(
        0.1, 10 * UM, walls=PoreWalls(3 * UM), access="surface_transport", surface_mobility=1e-18
    )
    made = cell(small(pores=pores), front(10 * UM))
    transport = Stepper(made).block(SurfaceTransport)
    made.f.xi.x.array[:1] = np.nan
    with pytest.raises(SolverDiverged, match="neutral lithium"):
        transport.advance(1e-2)


def test_bounded_exponentials_are_reported():
    """Half a volt on a sluggish interface: the continuation is active, and said to be."""
    reports = []
    for voltage in (0.02, 0.6):
        settings = small(
            voltage=voltage, time__max_steps=1,
        )  # fmt: skip
        settings = dataclasses.replace(
            settings, kinetics=dataclasses.replace(settings.kinetics, exchange_current_density=1e-6)
        )
        reports += [step.report for step in Stepper(cell(settings, front(10 * UM))).march()]
    assert [report.number("bounded_kinetics") for report in reports] == [False, True]


def test_impossible_step_gives_up_with_the_cause():
    settings = small(solver__max_newton_iterations=2, time__min_step=1e-4)
    made = cell(settings, front(10 * UM))
    made.laws.voltage.value = 50.0
    with pytest.raises(StepTooSmall, match="balance of ionic and electronic charge"):
        list(Stepper(made).march())


def test_iterative_and_direct_solvers_agree():
    fields = []
    for linear in ("iterative", "mumps"):
        made = cell(small(solver__linear=linear, time__max_steps=5), front(10 * UM))
        for _ in Stepper(made).march():
            pass
        fields.append(made.f.xi.x.array.copy())
    np.testing.assert_allclose(fields[0], fields[1], atol=1e-8)
