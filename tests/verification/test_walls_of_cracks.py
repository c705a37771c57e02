"""Lithium in cracks of electrolyte that it does not displace: what reacts, and what it is."""

import numpy as np
import pytest
from dolfinx import fem

from dendrolith.control.stages import Stage
from dendrolith.core.constants import FARADAY
from dendrolith.core.parallel import global_max, global_sum, integral
from dendrolith.observables.base import StepView
from dendrolith.physics.crack_access import Cracks
from dendrolith.physics.elasticity import FRAME, Elasticity
from dendrolith.physics.fracture import Fracture
from dendrolith.physics.lithium_pressure import LithiumPressure
from dendrolith.physics.noise import Noise
from dendrolith.studies.plating.access import PoreAccess
from dendrolith.studies.plating.crack_nodes import CrackNodes, CrackWays
from dendrolith.studies.plating.fields import ELECTRONIC
from dendrolith.studies.plating.observables.dead_lithium import MINIMUM_AGE
from dendrolith.studies.plating.observables.nodal_lithium import NodalLithium
from dendrolith.studies.plating.response_terms import reacting_surface
from dendrolith.studies.plating.split import Charge
from dendrolith.studies.plating.stress import Stress
from dendrolith.studies.plating.swelling import Swelling
from tests.cases import UM, Stepper, cell, config, front, rows_of, table_of


def cracked(**changes):
    """A cell whose lithium can move its front in cracks alone, and presses."""
    settings = config(
        **{"geometry__height": 16 * UM, "elasticity": Elasticity(eigenstrain=0.0),
           "damage": Fracture(toughness=2.0, length=4 * UM), "cracks": Cracks(intact_access=0.0),
           "lithium_pressure": LithiumPressure(), **changes}
    )  # fmt: skip
    return Stepper(cell(settings, front(10 * UM)))


def test_a_crack_that_grows_in_a_step_reacts_once():
    """What moves its front and what goes into the opening are one reaction, at any damage."""
    made = cracked()
    (broken,), (openings,) = made.model.laws.damages, made.model.laws.openings
    for half in (2 * UM, 4 * UM):
        broken.d.interpolate(lambda x, r=half: np.clip(2 - abs(x[1] - 8 * UM) / r, 0, 1))
        made.block(PoreAccess).refresh()
        access, walls = made.model.f.access.x.array, openings.plates.x.array
        comm = made.model.domain.comm
        assert global_max(comm, access) == pytest.approx(1)
        assert global_max(comm, walls) == pytest.approx(1)
        np.testing.assert_allclose(access + walls, 1.0, rtol=0, atol=1e-14)
    made.close()


def test_a_front_at_a_wall_answers_a_small_signal():
    """It plates into openings with all of its area, though the front cannot move."""
    made = cracked()
    surface = global_sum(made.model.domain.comm, float(reacting_surface(made.model.laws).sum()))
    assert surface / made.model.domain.area("right") == pytest.approx(1.0, rel=1e-3)
    made.close()


def test_lithium_of_cracks_is_as_much_for_all_who_count_it():
    """A node holds φ_c: dead and isolated lithium agree, and a frame has room for the rest."""
    part, grown = 0.1, 4 * UM
    displacing = Cracks(intact_access=1.0)
    made = cracked(elasticity=Elasticity(right=FRAME, eigenstrain=0.0), cracks=displacing)
    model, table = made.model, table_of(made)
    table.start(StepView(0.0, 0.0))
    model.laws.capacities[0].x.array[:] = part
    near, far = front(20.5 * UM), front(30.5 * UM)  # of a slab, between nodes
    model.f.xi.interpolate(lambda x: front(10 * UM)(x) + far(x) - near(x))
    for _ in range(MINIMUM_AGE + 1):
        row = table.measure(StepView(0.0, 0.0))
    dead, isolated = (row[f"{name} [mol/m^2]"] for name in ("dead_lithium", "lithium_isolated"))
    assert isolated > 0
    assert dead == pytest.approx(isolated, rel=0.05)
    model.f.xi_initial.interpolate(front(10 * UM))
    model.f.xi_stressed.interpolate(front(10 * UM + grown))
    assert Swelling(model)(0.0) == pytest.approx(part * grown, rel=0.01)
    made.close()


@pytest.mark.parametrize("access", [0.0, 1.0])
def test_lithium_in_an_opening_lifts_what_lies_beyond_it_once(access):
    """A crack along the electrodes is filled: a soft frame rises by k_f V/A of all lithium.

    What lies in the opening moves the flanks. As thickness that was added it counted again.
    """
    k_f, middle, dt = 1e9, 25.5 * UM, 1e-9
    made = cracked(
        elasticity=Elasticity(right=FRAME, eigenstrain=0.0, frame_stiffness=k_f, pressure=1e6),
        cracks=Cracks(intact_access=access), geometry__height=4 * UM,
        control=(Stage(current=0.0),),
    )  # fmt: skip
    f, (broken,), (capacity,) = made.model.f, made.model.laws.damages, made.model.laws.capacities
    foil, begin, end = (front(at) for at in (10 * UM, middle - 6 * UM, middle + 6 * UM))
    f.xi.interpolate(lambda x: foil(x) + end(x) - begin(x))
    broken.d.interpolate(
        lambda x: np.clip(1 - (abs(x[0] - middle) - 0.501 * UM) / (8 * UM), 0, 1) ** 2
    )
    capacity.interpolate(lambda x: np.where(x[0] > 15 * UM, 1e-6, 1.0))
    f.component(ELECTRONIC)[:] = -0.02  # a scale of pressures
    made.start(dt)
    lithium = NodalLithium(made.model.laws, made.model.nodal_volume.array)
    p_0, held = made.block(Stress).stack_pressure(), lithium.now().sum()
    f.xi_initial.interpolate(foil)
    capacity.x.array[capacity.x.array < 1] = 0.03
    made.advance(dt)
    gained = global_sum(made.model.domain.comm, float(lithium.now().sum() - held))
    volume = made.model.config.lithium_metal.molar_volume * gained
    added = volume / made.model.domain.area("right")
    assert added > 0.3 * UM
    rise = made.block(Stress).stack_pressure() - p_0
    assert rise == pytest.approx(k_f * added, rel=0.01)
    made.close()


def test_what_plates_on_foil_lifts_the_electrolyte_from_a_front_that_cannot_move():
    """A frame has room for V_m q/F, and a restart knows how much of it there is."""
    k_f, current, dt, p_0 = 1e9, 20.0, 0.5, 1e6  # soft: the cell does not give way
    frame = Elasticity(right=FRAME, eigenstrain=0.0, frame_stiffness=k_f, pressure=p_0)
    made, again = (
        cracked(elasticity=frame, geometry__height=2 * UM, control=(Stage(current=current),))
        for _ in range(2)
    )
    made.start(dt)
    for _ in range(4):
        made.advance(dt)
        made.accept()
    charge = current * 4 * dt
    rise = k_f * made.model.config.lithium_metal.molar_volume * charge / FARADAY
    assert made.block(Stress).stack_pressure() - p_0 == pytest.approx(rise, rel=0.01)
    made.terminals.hold(Stage(current=0.0))
    made.reset_history()
    made.advance(dt)  # of a rest: no room for what the stage before would have plated
    assert made.block(Stress).stack_pressure() - p_0 == pytest.approx(rise, rel=0.01)
    made.reject()
    again.restore(made.save())
    offsets = [part.model.laws.mechanics[0].frames[0].offset.value for part in (made, again)]
    assert offsets[0] == offsets[1] != 0
    made.model.f.xi_stressed.interpolate(front(9 * UM))
    assert Swelling(made.model)(0.0) == pytest.approx(-1 * UM, rel=0.01)  # a front may recede
    made.close()
    again.close()


def test_noise_moves_as_much_charge_where_a_crack_holds_little():
    """It is a part of B: at the same current ξ moves 1/φ_c times as fast."""
    made = cracked(noise=Noise(0.01), cracks=Cracks(intact_access=1.0))
    laws, f = made.model.laws, made.model.f
    f.phi.x.array[:] = 0.0  # no reaction beside it
    f.access.x.array[:] = f.zeta.x.array[:] = 1.0
    f.hold_midpoint()
    laws.dt.value = 1e-6
    noisy = fem.form(laws.plating(f.phi) * laws.m.nodes)
    charges = []
    for part in (1.0, 0.1):
        laws.capacities[0].x.array[:] = part
        charges.append(integral(noisy))
    assert charges[1] == pytest.approx(charges[0], rel=1e-6, abs=0)
    assert charges[0] != 0
    made.close()


def test_a_weaker_boundary_costs_less():
    """`surface_energy` is what damage costs in the energy that is solved."""
    costs = []
    for part in (1.0, 0.5):
        made = cracked()
        laws = made.model.laws
        laws.toughness_factors.append(fem.Constant(made.model.domain.mesh, part))
        laws.damages[0].d.interpolate(lambda x: np.clip(1 - abs(x[1] / UM - 8) / 8, 0, 1) ** 2)
        table = table_of(made)
        table.start(StepView(0.0, 0.0))
        costs.append(table.measure(StepView(0.0, 0.0))["surface_energy [J/m]"])
        made.close()
    assert costs[1] == pytest.approx(costs[0] / 2, rel=1e-12)
    assert costs[0] > 0


@pytest.mark.parametrize("h", [1 * UM, 0.5 * UM])
def test_the_band_of_a_crack_holds_as_much_as_it_opens(h):
    """∫φ_c A_d is the volume of the opening: w along a crack whose flanks are w apart."""
    height, ell, w = 48 * UM, 4 * UM, 0.5 * UM
    law = Cracks(least_capacity=1e-6)
    made = cracked(cracks=law, geometry__height=height, geometry__mesh_size=h)
    model, middle = made.model, (height + h) / 2  # of a row of cells
    (broken,), (capacity,) = model.laws.damages, model.laws.capacities
    model.f.xi.x.array[:] = 0.0
    broken.d.interpolate(
        lambda x: np.clip(1 - (abs(x[1] - middle) - 0.501 * h) / (2 * ell), 0, 1) ** 2
    )
    model.f.u.interpolate(lambda x: np.stack([0 * x[0], w / 2 * np.sign(x[1] - middle)]))
    nodes = CrackNodes(model.laws, model.nodal_volume)
    CrackWays(model.laws, nodes, law).fill()
    held = (capacity.x.array * nodes.opened())[: len(nodes.volume)] @ nodes.volume
    opening = w * model.config.geometry.length
    assert global_sum(model.domain.comm, float(held)) == pytest.approx(opening, rel=1e-6)
    made.close()


@pytest.mark.parametrize(("held", "moves"), [(0.0, True), (1.0, False)])
def test_a_front_strips_where_its_opening_holds_nothing(held, moves):
    """interface.csv has the rate that the step takes, also of a front that could not grow."""
    made = cracked()
    f, (openings,) = made.model.f, made.model.laws.openings
    openings.strips.x.array[:] = held
    f.component(ELECTRONIC)[:] = 0.01
    rows = rows_of(table_of(made), StepView(0.0, 0.0, milestone=True))["interface"]
    rate = np.mean([row["rate_by_reaction [1/s]"] for row in rows])
    made.model.laws.dt.value = 1e-9
    f.hold_midpoint()
    made.block(Charge).reaction.find_active_nodes()
    made.block(Charge).reaction.set_rate()
    assert (global_max(made.model.domain.comm, -f.rate.x.array) > 0) == moves
    assert (rate < 0) == moves
    made.close()
