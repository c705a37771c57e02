"""Lithium that a charged counter electrode takes up where it touches."""

import numpy as np
import pytest

from dendrolith.core.constants import FARADAY
from dendrolith.observables.base import StepView
from dendrolith.observables.nodal import metal
from dendrolith.simulation import view_of
from dendrolith.studies.plating.consistency import inconsistencies
from dendrolith.studies.plating.direct_reduction import DirectReduction, SecondHalf
from dendrolith.studies.plating.solver_input import BDF2
from tests.cases import DELTA, UM, Stepper, cell, config, front, table_of

K = 2e4  # A/m²
LENGTH = 40 * UM  # of the strip
HALVES = (DirectReduction, SecondHalf)


def strip(**changes):
    """A strip whose counter electrode takes up what touches it."""
    return config(electrodes__direct_reduction=K, **changes)


def eaten(made, dt):
    """Moles that a step of `dt` [s] takes up, if nothing else happens in it."""
    return sum(made.block(half).advance(dt).number("reduced") for half in HALVES)


def density(settings):
    """Density of lithium [mol/m³]."""
    return settings.lithium_metal.c_Li


@pytest.mark.parametrize("h", [1 * UM, 0.5 * UM])
def test_where_lithium_covers_the_electrode_k_goes(h):
    """k dt/F of it in a short step, whatever the mesh: less only by what is gone within it."""
    model = cell(strip(geometry__mesh_size=h), lambda x: np.ones(x.shape[1]))
    made, dt = Stepper(model), 1e-4
    taken = eaten(made, dt)
    lost = K * dt / FARADAY
    gone = lost / density(model.config) / DELTA  # of the layer, in the mean
    reduced = taken / model.domain.area("right")
    assert lost * (1 - 2 * gone) < reduced < lost
    made.close()


def test_lithium_out_of_reach_stays():
    """Whose front ends before δ of the electrode loses nothing."""
    made = Stepper(cell(strip(), front(LENGTH - 2.5 * DELTA)))
    before = made.model.f.xi.x.array.copy()
    eaten(made, 1.0)
    after = made.model.f.xi.x.array
    x = made.model.f.scalar_space.tabulate_dof_coordinates()[:, 0]
    assert (after == before)[x < LENGTH - DELTA].all()
    assert np.abs(after - before).max() < 1e-3
    made.close()


def test_metal_falls_by_its_exponential():
    """Of m(ξ), whatever ξ it began with, in one step as in ten."""
    dt = 0.7 * FARADAY * density(strip()) * DELTA / K

    def after(steps):
        made = Stepper(cell(strip(), lambda x: 1.1 * x[0] / LENGTH - 0.05))
        for _ in range(steps):
            eaten(made, dt / steps)
        made.close()
        x = made.model.f.scalar_space.tabulate_dof_coordinates()[:, 0]
        return x, made.model.f.xi.x.array.copy()

    threshold = strip().lithium_metal.metal_threshold
    x, once = after(1)
    _, often = after(10)
    np.testing.assert_allclose(often, once, rtol=0, atol=1e-9)
    before = metal(1.1 * x / LENGTH - 0.05, threshold)
    factor = metal(once, threshold)[before > 0] / before[before > 0]
    # at the wall w is 2/delta, within the error of a ramp on nodes delta/4 apart
    at_wall = x[before > 0] > LENGTH - 1e-12
    np.testing.assert_allclose(np.log(factor[at_wall]), -1.4, rtol=0.07)
    beyond = x[before > 0] < LENGTH - DELTA
    np.testing.assert_allclose(factor[beyond], 1.0, rtol=0, atol=1e-9)  # w ends there, to round-off


def reacting(row):
    """Reaction currents of all owners [A/m²]."""
    owners = ("of_anode", "of_counter", "isolated")
    return sum(row[f"reaction_current_{owner} [A/m^2]"] for owner in owners)


def test_the_ledger_closes_through_a_contact():
    """Charge and lithium agree to 1e-8 while a filament bridges and is eaten.

    What it loses after the reaction is no current of it: owners were 1 % off.
    """
    settings = strip(
        geometry__height=8 * UM, lithium_metal__fill_fraction=0.05, voltage=0.02,
        time__end=0.3, time__max_change=0.1,
    )  # fmt: skip
    bridge = cell(settings, lambda x: 0.5 * (1 - np.tanh(2 * (x[1] - 4 * UM) / DELTA)))
    made, reduced = Stepper(bridge), 0.0
    table = table_of(made)
    table.start(StepView(0.0, 0.0))
    for step in made.march():
        row = table.measure(view_of(step))
        reduced += row["direct_reduction_current [A/m^2]"] * step.dt / FARADAY
        assert row["inventory_error [1]"] < 1e-8
        assert reacting(row) == pytest.approx(row["ionic_current [A/m^2]"], rel=1e-8)
        assert row["lithium_reduced [mol/m^2]"] == pytest.approx(reduced, rel=1e-12)
    half_covered = 0.5 * K * settings.time.end / FARADAY
    assert 0.1 * half_covered < reduced < 1.1 * half_covered
    made.close()


def lithium_left(dt):
    """Lithium [mol/m²] after 0.64 s in steps of `dt` [s], where currents bring what is taken."""
    settings = strip(
        voltage=0.2, lithium_metal__fill_fraction=0.05, time__end=0.64, time__first_step=dt,
        time__max_step=dt, time__max_change=0.9, time__max_relaxation=5.0,
    )  # fmt: skip
    made = Stepper(cell(settings, front(LENGTH - DELTA)))
    table = table_of(made)
    table.start(StepView(0.0, 0.0))
    rows = [table.measure(view_of(step)) for step in made.march()]
    made.close()
    assert len(rows) == round(0.64 / dt)
    assert 0.9 * rows[-1]["ionic_current [A/m^2]"] < rows[-1]["direct_reduction_current [A/m^2]"]
    return rows[-1]["lithium_in_electrolyte [mol/m^2]"]


def test_what_balances_at_a_contact_is_of_second_order():
    """Taken before currents alone, lithium there was 0.8 % off at the longest step, of order 1."""
    coarse, middle, fine = (lithium_left(dt) for dt in (0.04, 0.02, 0.01))
    assert np.log2((middle - coarse) / (fine - middle)) > 1.8
    assert coarse == pytest.approx(fine, rel=1e-3)


def test_product_follows_the_parabolic_law():
    """Under lithium that stays τ² grows by 2kt/q_p, in one step as in ten, and k falls by τ."""
    q_p, dt = 30.0, 0.02
    for steps in (1, 10):
        settings = strip(electrodes__product_charge=q_p, lithium_metal__fill_fraction=1.0)
        made = Stepper(cell(settings, lambda x: np.full(x.shape[1], 2.0)))  # m = 1, whatever goes
        reduction, reduced = made.block(DirectReduction), 0.0
        for _ in range(steps):
            reduced += eaten(made, dt / steps)
            reduction.accept()
        (product,) = reduction._products
        touching = product.q.x.array[product.q.x.array > 0]
        tau = np.sqrt(1 + 2 * K * dt / q_p)
        # within it m falls by 0.9 % at the wall
        np.testing.assert_allclose(1 + touching / q_p, tau, rtol=5e-3)
        taken = reduced * FARADAY / made.model.domain.area("right")
        assert taken == pytest.approx(q_p * (tau - 1), rel=0.02)
        eaten(made, dt)
        reduction.reject()
        np.testing.assert_array_equal(product.q.x.array[product.q.x.array > 0], touching)
        made.close()


def test_product_takes_the_leakage_of_a_contact():
    """A covered electrode leaks V/(τ R_c + R), R that of 40 µm of metal."""
    leaks, V = [], 0.02
    for q_p in (0.0, 10.0):
        settings = strip(
            geometry__height=8 * UM, electrodes__product_charge=q_p, voltage=V,
            lithium_metal__fill_fraction=1.0, time__end=0.02,
            time__first_step=0.002, time__max_step=0.002,
        )  # fmt: skip
        made = Stepper(cell(settings, lambda x: np.ones(x.shape[1])))
        table = table_of(made)
        table.start(StepView(0.0, 0.0))
        for step in made.march():
            row = table.measure(view_of(step))
        leaks.append(row["electronic_current [A/m^2]"])
        made.close()
    tau = np.sqrt(1 + 2 * K * 0.02 / 10.0)
    R_c = settings.electrodes.electronic_resistance
    of_metal = V / leaks[0] - R_c
    assert of_metal < 0.05 * R_c
    assert V / leaks[1] - of_metal == pytest.approx(tau * R_c, rel=5e-3)


def test_a_product_needs_a_reaction():
    """Alone it would never form."""
    ((key, said),) = inconsistencies(config(electrodes__product_charge=10.0))
    assert key == "electrodes.product_charge"
    assert "left by direct_reduction, which is 0" in said


def test_other_schemes_refuse_it():
    """They solve all fields at once and know no sink of lithium."""
    said = "must be split: in electrodes lithium moves beside the currents"
    assert inconsistencies(strip(time__scheme=BDF2)) == [("time.scheme", said)]
