"""Lithium in cracks of electrolyte that it does not displace: what reacts, and what it is."""

import numpy as np
import pytest

from dendrolith.core.parallel import global_max, global_sum
from dendrolith.physics.crack_access import Cracks
from dendrolith.physics.elasticity import Elasticity
from dendrolith.physics.fracture import Fracture
from dendrolith.physics.lithium_pressure import LithiumPressure
from dendrolith.studies.plating.access import PoreAccess
from dendrolith.studies.plating.response_terms import reacting_surface
from tests.cases import UM, Stepper, cell, config, front


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
