"""Nuclei in the electrolyte: where they lie, and when they have formed."""

import numpy as np
import pytest

from dendrolith.core.parallel import global_sum
from dendrolith.observables.base import StepView
from dendrolith.physics.ion_transport import BinaryElectrolyte, thermal_voltage
from dendrolith.physics.lithium_metal import CLOSED_TO_LITHIUM
from dendrolith.physics.nucleation import ANYWHERE, Nucleation
from dendrolith.physics.pores import PoreWalls
from dendrolith.studies.plating.access import PoreAccess
from dendrolith.studies.plating.fields import CONCENTRATION, ELECTRONIC
from dendrolith.studies.plating.nucleation import Nuclei
from dendrolith.studies.plating.observables.front_width import FrontWidth
from dendrolith.studies.plating.schema import Pores
from tests.cases import UM, Stepper, cell, config, front

DELTA, HEIGHT = 2 * UM, 24 * UM
DRIVEN = -0.05  # V


def electrolyte(rho=None, **changes):
    """A cell without nuclei, with little lithium, and its block of nucleation."""
    settings = config(
        geometry__height=HEIGHT, geometry__mesh_size=DELTA / 4,
        lithium_metal__interface_width=DELTA, **changes,
    )  # fmt: skip
    made = Stepper(cell(settings, front(4 * UM, DELTA), rho))
    made.block(PoreAccess).start(0.0)
    return made, made.block(Nuclei)


def pore(x):
    """ρ of a pore of 6 µm in the middle of the electrolyte."""
    return np.tanh(2 * (np.hypot(x[0] - 25 * UM, x[1] - HEIGHT / 2) - 6 * UM) / DELTA)


@pytest.mark.parametrize("access", ["blocked", "accessible"])
def test_a_nucleus_at_the_wall_of_a_pore_has_formed_where_it_may(access):
    """Of one that reaches into a blocked pore that part never comes; it has a surface without."""
    pores = Pores(0.1, 8 * UM, walls=PoreWalls(DELTA), access=access)
    made, nuclei = electrolyte(pore, nucleation=Nucleation(), pores=pores)
    f, (target, _) = made.model.f, made.model.laws.forming[0]
    f.component(ELECTRONIC)[:] = DRIVEN
    nuclei.advance(1.0)
    begun = nuclei.count
    assert begun > 0
    assert target.x.array.max() > 0.9
    there = np.where(f.access.x.array > CLOSED_TO_LITHIUM, target.x.array, 0.0)
    f.xi.x.array[:] = np.maximum(f.xi.x.array, 0.5 * there)
    nuclei.advance(1.0)
    assert target.x.array.max() > 0.9  # half of it is not all
    f.xi.x.array[:] = np.maximum(f.xi.x.array, there)
    nuclei.advance(1.0)
    assert nuclei.count == begun
    assert target.x.array.max() == 0
    made.close()


@pytest.mark.parametrize(("c", "begins"), [(1.0, True), (0.05, False)])
def test_no_nucleus_forms_where_salt_is_used_up(c, begins):
    """At 50 mV it would plate, but with 0.05 of the salt lithium rests at −77 mV and strips."""
    made, nuclei = electrolyte(
        nucleation=Nucleation(sites=ANYWHERE), ion_transport=BinaryElectrolyte(0.4, 100.0)
    )
    f = made.model.f
    f.component(ELECTRONIC)[:], f.component(CONCENTRATION)[:] = DRIVEN, c
    nuclei.advance(1.0)
    assert (nuclei.count > 0) == begins
    rest = thermal_voltage(298.15) * np.log(c)
    assert nuclei.lowest == pytest.approx(DRIVEN - rest, rel=1e-12)
    np.testing.assert_allclose(f.at_rest(thermal_voltage(298.15)), rest, rtol=1e-12)
    made.close()


def test_a_nucleus_goes_on_across_joined_sides():
    """It is as large beside them as elsewhere, and as far from the next one and from lithium."""
    sizes = []
    for y in (12 * UM, 1 * UM):
        made, nuclei = electrolyte(geometry__periodic=True, nucleation=Nucleation(sites=ANYWHERE))
        f, (target, _) = made.model.f, made.model.laws.forming[0]
        x = f.scalar_space.tabulate_dof_coordinates()
        places = [np.hypot(x[:, 0] - 25 * UM, x[:, 1] - at) < 0.1 * UM for at in (y, 22 * UM)]
        f.component(ELECTRONIC)[:] = 0.0
        for place, eta in zip(places, (2 * DRIVEN, DRIVEN), strict=True):
            f.component(ELECTRONIC)[place] = eta
        nuclei.advance(1.0)
        # 10 and 3 µm from the other one; two need 12 µm
        assert nuclei.count == 1
        owned = target.x.array[: len(made.model.nodal_volume.array)]
        sizes.append(global_sum(made.model.domain.comm, owned @ made.model.nodal_volume.array))
        made.close()
    assert sizes[1] == pytest.approx(sizes[0], rel=1e-9)


def test_no_nucleus_forms_beside_lithium_beyond_a_joined_side():
    """It keeps R + δ off lithium, 6 µm, that way too."""
    made, nuclei = electrolyte(geometry__periodic=True, nucleation=Nucleation(sites=ANYWHERE))
    f = made.model.f
    x = f.scalar_space.tabulate_dof_coordinates()
    f.xi.x.array[np.hypot(x[:, 0] - 25 * UM, x[:, 1] - 22 * UM) < DELTA] = 1.0
    f.component(ELECTRONIC)[:] = 0.0
    f.component(ELECTRONIC)[np.hypot(x[:, 0] - 25 * UM, x[:, 1] - 1 * UM) < 0.1 * UM] = DRIVEN
    nuclei.advance(1.0)
    assert nuclei.count == 0
    made.close()


def test_round_off_does_not_say_where_a_nucleus_forms():
    """Of places with the same η the first along x, then y, on any number of ranks."""
    made, nuclei = electrolyte(nucleation=Nucleation(sites=ANYWHERE))
    f = made.model.f
    x = f.scalar_space.tabulate_dof_coordinates()
    f.component(ELECTRONIC)[:] = 0.0
    there = np.abs(x[:, 0] - 25 * UM) < 0.1 * UM
    noise = 1e-15 * np.cos(1e6 * x[:, 1] + 2)
    f.component(ELECTRONIC)[there] = DRIVEN + noise[there]
    nuclei.advance(1.0)
    places = np.array(nuclei.save().numbers["centres"])
    assert places[:, 1] == pytest.approx([0.0, 12.5 * UM])
    made.close()


def test_a_nucleus_that_forms_is_no_wide_front():
    """Of half its lithium it has no surface yet, and the foil keeps its profile."""
    made, nuclei = electrolyte(nucleation=Nucleation(sites=ANYWHERE))
    f, (target, _) = made.model.f, made.model.laws.forming[0]
    width, view = FrontWidth(made.model.laws), StepView(0.0, 0.0)
    foil = width(view)
    f.component(ELECTRONIC)[:] = DRIVEN
    nuclei.advance(1.0)
    f.xi.x.array[:] = np.maximum(f.xi.x.array, 0.5 * target.x.array)
    assert width(view) == pytest.approx(foil, rel=0.01)
    made.close()
