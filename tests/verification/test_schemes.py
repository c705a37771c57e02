"""Order in time of the split, backward Euler and BDF2; error control; conservation in all three."""

import itertools

import numpy as np
import pytest

from dendrolith.control.stages import Stage, Until
from dendrolith.core.constants import FARADAY
from dendrolith.core.parallel import global_max
from dendrolith.physics.elasticity import Elasticity
from dendrolith.physics.ion_transport import BinaryElectrolyte
from dendrolith.studies.plating.fields import CONCENTRATION, IONIC
from dendrolith.studies.plating.solver_input import BACKWARD_EULER, BDF2, SPLIT
from dendrolith.studies.plating.terminals import counter_current
from tests.cases import UM, Stepper, cell, lithium_in
from tests.verification.test_charge import bumpy, dendrite_config, pore
from tests.verification.tools import order

SCHEMES = (SPLIT, BACKWARD_EULER, BDF2)
SALT = BinaryElectrolyte(0.4, 1000.0)


# each scheme, the salt and the stress are on ranks in the other cases
ALONE = pytest.mark.serial
# at a coupling of 1 the other errors hide that of the stress
STRESSED = Elasticity(
    pressure=5e6, stress_coupling=30.0, solve_after_change=0.0, coupling="driving_force"
)


@pytest.mark.parametrize(
    ("scheme", "expected", "physics"),
    [
        pytest.param(SPLIT, 2, {}, marks=ALONE), (BACKWARD_EULER, 1, {}),
        pytest.param(BDF2, 2, {}, marks=ALONE),
        pytest.param(SPLIT, 1, {"ion_transport": SALT}, marks=ALONE),
        pytest.param(BACKWARD_EULER, 1, {"ion_transport": SALT}, marks=ALONE),
        (BDF2, 2, {"ion_transport": SALT}), (SPLIT, 2, {"elasticity": STRESSED}),
    ],
)  # fmt: skip
def test_order_in_time(scheme, expected, physics):
    """ξ and c of a curved front beside a pore at a fixed time, steps halved three times.

    The salt of a binary electrolyte the split takes implicitly, to first order; the stress it
    takes at the middle of the step.

    The fields have settled first, with steps that are the same in all runs, so that every run
    starts from the same smooth history.
    """
    fields, steps = [], [1, 2, 4, 8]
    for n in steps:
        settings = dendrite_config(time__scheme=scheme, **physics)
        made = cell(settings, bumpy, pore)
        stepper = Stepper(made)
        stepper.start(1e-4)
        for dt in [5e-3 / 8] * 40 + [0.08 / n] * (4 * n):
            stepper.advance(dt)
            stepper.accept()
        c = made.f.component(CONCENTRATION) if made.f.concentrations else np.zeros(1)
        fields.append((made.f.xi.x.array.copy(), c.copy()))
    comm, sizes = made.domain.comm, [1 / n for n in steps[:-1]]
    for kind in (0, 1) if made.f.concentrations else (0,):
        errors = [
            global_max(comm, np.abs(b[kind] - a[kind])) for a, b in itertools.pairwise(fields)
        ]
        assert order(sizes, errors) == pytest.approx(expected, abs=0.25), errors


@ALONE
def test_schemes_agree():
    """With small steps all three tend to the same lithium, at δ/h = 8.

    At 4 the surface tension, which the split alone corrects, tells them apart.
    """
    results = []
    for scheme in SCHEMES:
        settings = dendrite_config(
            time__scheme=scheme, time__end=0.5, time__max_step=0.01, time__first_step=0.001,
            elasticity=Elasticity(pressure=5e6, solve_after_change=0.0),
            geometry__mesh_size=0.5 * UM,
        )  # fmt: skip
        made = cell(settings, bumpy, pore)
        for _ in Stepper(made).march():
            pass
        results.append(made.f.xi.x.array.copy())
    for other in results[:2]:
        difference = np.abs(other - results[2])
        assert global_max(made.domain.comm, difference) < 0.01


@pytest.mark.parametrize("linear", ["iterative", "mumps"])
@pytest.mark.parametrize("scheme", [BACKWARD_EULER, BDF2])
def test_charge_is_conserved(scheme, linear):
    """I_ion = ∫i in every step; backward Euler's inventory is the charge passed, to 1e-9."""
    settings = dendrite_config(
        time__scheme=scheme,
        time__end=1.0,
        time__error_tolerance=3e-4,
        solver__linear=linear,
        solver__charge_tolerance=1e-10,
    )
    made = cell(settings, bumpy, pore)
    stepper, before, charge = Stepper(made), lithium_in(made), 0.0
    for step in stepper.march():
        ionic = counter_current(stepper.balance, IONIC)
        assert ionic == pytest.approx(step.report.number("plated"), rel=1e-8)
        charge += ionic * step.dt
    gained = FARADAY * (lithium_in(made) - before)
    assert gained == pytest.approx(charge, rel=1e-8 if scheme == BACKWARD_EULER else 2e-3)


@ALONE
def test_error_control():
    """BDF2 keeps the estimated error below its tolerance; a tighter one costs steps and pays."""
    finals, counts = [], []
    for tolerance in (1e-3, 1e-4, 1e-5):
        settings = dendrite_config(
            time__scheme=BDF2, time__end=1.0, time__error_tolerance=tolerance, time__max_change=0.5
        )
        made = cell(settings, bumpy, pore)
        steps = list(Stepper(made).march())
        assert max(step.report.error for step in steps) < 2 * tolerance
        finals.append(made.f.xi.x.array.copy())
        counts.append(len(steps))
    assert counts[0] < counts[1] < counts[2]
    coarse, fine = (global_max(made.domain.comm, np.abs(f - finals[2])) for f in finals[:2])
    assert fine < 0.3 * coarse


@pytest.mark.parametrize("scheme", [BACKWARD_EULER, BDF2])
def test_implicit_schemes_hold_a_current_and_reverse(scheme):
    settings = dendrite_config(
        time__scheme=scheme, time__end=2.0,
        control=(Stage(current=1000.0, until=Until(time=0.4)), Stage(rest=0.1),
                 Stage(current=-1000.0, until=Until(charge=200.0))),
    )  # fmt: skip
    made = cell(settings, bumpy, pore)
    stepper = Stepper(made)
    area, held, times = made.domain.area("right"), (1000.0, 0.0, -1000.0), []
    for step in stepper.march():
        total = sum(counter_current(stepper.balance, kind) for kind in (0, 1)) / area
        assert total == pytest.approx(held[step.stage], abs=1e-5)
        times.append(step.time)
    assert {0.4, 0.5} <= set(times)
    assert times[-1] == pytest.approx(0.7, rel=1e-12)
