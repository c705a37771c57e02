"""What counts as dead: connection, size, age, at three thresholds, and by potential."""

import dataclasses

import numpy as np
import pytest

from dendrolith.observables.base import StepView
from dendrolith.studies.plating.fields import ELECTRONIC
from dendrolith.studies.plating.observables.dead_lithium import MINIMUM_AGE, DeadLithium
from tests.cases import UM, cell, config, pieces_of

SETTINGS = config(
    geometry__height=20 * UM, lithium_metal__interface_width=2 * UM, geometry__mesh_size=0.5 * UM
)
PER_AREA = 1 / 1.309e-5 / (20 * UM)  # from an area to mol/m²


class Observed:
    """Dead lithium of boxes (from x, to x, from y, to y in µm) with a value of ξ each."""

    def __init__(self, settings=SETTINGS):
        self.cell = cell(settings)
        self.cell.f.component(ELECTRONIC)[:] = 0.0
        area = self.cell.domain.area("right")
        self.dead = DeadLithium(self.cell.laws, pieces_of(self.cell), area)

    def __call__(self, boxes, steps=1):
        x = self.cell.f.scalar_space.tabulate_dof_coordinates() / UM
        xi = self.cell.f.xi.x.array
        xi[:] = 0.0
        for left, right, bottom, top, value in boxes:
            inside = (x[:, 0] > left) & (x[:, 0] < right) & (x[:, 1] > bottom) & (x[:, 1] < top)
            xi[inside] = value
        for _ in range(steps):
            values = self.dead(StepView(time=0, dt=0))
        return dict(zip((name.split()[0] for name in DeadLithium.columns), values, strict=True))


FOIL = (-1, 10.1, -1, 21, 1.0)
ISLAND = (20.1, 30.1, 5.1, 15.1, 1.0)  # 20 x 20 nodes of (½ µm)²
AMOUNT = 100 * UM**2 * PER_AREA
SMALL = (33.1, 36.6, 5.1, 8.6, 1.0)  # 7 x 7 nodes, 12¼ µm², less than (2δ)² = 16 µm²
OLD = MINIMUM_AGE + 1


def test_only_after_more_than_ten_steps():
    observed = Observed()
    young = observed([FOIL, ISLAND], 10)  # as the manual has it, whatever the constant
    assert (young["dead_lithium"], young["dead_pieces"], young["lithium_pieces"]) == (0, 0, 2)
    old = observed([FOIL, ISLAND])
    assert old["dead_lithium"] == pytest.approx(AMOUNT)
    assert (old["dead_pieces"], old["lithium_pieces"], old["bridging"]) == (1, 2, 0)


def test_only_what_is_larger_than_the_interface_is_wide():
    observed = Observed()
    values = observed([FOIL, SMALL, ISLAND], OLD + 5)
    assert values["dead_lithium"] == pytest.approx(AMOUNT)
    assert (values["dead_pieces"], values["lithium_pieces"]) == (1, 3)


def test_a_dead_piece_that_wobbles_stays_dead():
    """Down to half of the smallest that can die; less is no piece any more."""
    observed = Observed()
    assert observed([FOIL, ISLAND], OLD)["dead_pieces"] == 1
    left = (*ISLAND[:1], ISLAND[0] + 3.5, ISLAND[2], ISLAND[2] + 3.5, 1.0)  # 12¼ of 16 µm²
    assert observed([FOIL, left])["dead_pieces"] == 1
    rest = (*ISLAND[:1], ISLAND[0] + 2.5, ISLAND[2], ISLAND[2] + 2.5, 1.0)  # 6¼ µm²
    assert observed([FOIL, rest])["dead_pieces"] == 0
    assert observed([FOIL, left])["dead_pieces"] == 0


def test_a_moment_of_contact_makes_it_young_again():
    observed = Observed()
    assert observed([FOIL, ISLAND], OLD)["dead_pieces"] == 1
    held = observed([FOIL, ISLAND, (9, 21, 9.1, 10.1, 1.0)])
    assert (held["dead_lithium"], held["lithium_pieces"]) == (0, 1)
    assert observed([FOIL, ISLAND], MINIMUM_AGE)["dead_pieces"] == 0
    assert observed([FOIL, ISLAND])["dead_pieces"] == 1


def test_thresholds_have_connection_and_age_of_their_own():
    """A pale island, then a pale neck from the foil to an island."""
    observed = Observed()
    pale = observed([FOIL, (*ISLAND[:4], 0.4)], OLD)
    assert pale["dead_lithium_0.3"] == pytest.approx(AMOUNT)
    assert pale["dead_lithium"] == pale["dead_lithium_0.7"] == 0
    neck = (9, 21, 9.1, 10.1, 0.6)
    necked = observed([FOIL, neck, ISLAND], MINIMUM_AGE)
    assert necked["dead_lithium"] == necked["dead_lithium_0.3"] == necked["dead_lithium_0.7"] == 0
    necked = observed([FOIL, neck, ISLAND])
    assert necked["dead_lithium_0.7"] == pytest.approx(AMOUNT)
    assert necked["dead_lithium"] == necked["dead_lithium_0.3"] == 0
    # off the anode at 0.7 for twelve steps now, at the others for one
    cut = observed([FOIL, ISLAND])
    assert cut["dead_lithium_0.7"] == pytest.approx(AMOUNT)
    assert cut["dead_lithium"] == cut["dead_lithium_0.3"] == 0


def test_bridging_and_lithium_at_the_counter_electrode():
    """What holds on to the counter electrode alone is off the anode: dead by definition."""
    observed = Observed()
    right = (37.9, 41, -1, 21, 1.0)
    assert observed([FOIL, right], OLD)["dead_pieces"] == 1
    values = observed([FOIL, right, (9, 39, 9.1, 11.1, 1.0)])
    assert (values["bridging"], values["dead_pieces"], values["lithium_pieces"]) == (1, 0, 1)


def test_disagreement_with_the_potential():
    observed = Observed()
    phi_el = observed.cell.f.component(ELECTRONIC)
    x = observed.cell.f.scalar_space.tabulate_dof_coordinates()[:, 0] / UM
    alive = observed([FOIL, ISLAND], OLD)
    assert (alive["electrically_dead_lithium"], alive["dead_disagreement"]) == (0, 1)
    phi_el[x > 15] = 0.03  # RT/F is 0.0257 V
    adrift = observed([FOIL, ISLAND])
    assert adrift["electrically_dead_lithium"] == pytest.approx(AMOUNT)
    assert adrift["dead_disagreement"] == 0
    phi_el[x > 15] = 0.02
    assert observed([FOIL, ISLAND])["dead_disagreement"] == 1
    # 12¼ µm² more or less, above a tenth but below (2δ)²: nothing
    phi_el[:] = np.where(x > 15, 0.03, 0.0)
    both = observed([FOIL, SMALL, ISLAND], OLD)
    assert both["electrically_dead_lithium"] == pytest.approx(1.1225 * AMOUNT, rel=1e-6)
    assert both["dead_disagreement"] == 0


@pytest.mark.parametrize(("periodic", "dead"), [(False, 1), (True, 0)])
def test_a_piece_on_a_side_counts_with_its_image(periodic, dead):
    """11¼ µm² below a line of symmetry are half of a piece; where sides are joined 12½ are all."""
    geometry = dataclasses.replace(SETTINGS.geometry, periodic=periodic)
    observed = Observed(dataclasses.replace(SETTINGS, geometry=geometry))
    half = (20.1, 25.1, -1, 2.1, 1.0)
    values = observed([FOIL, half], OLD)
    assert (values["dead_pieces"], values["lithium_pieces"]) == (dead, 2)
    assert values["dead_lithium"] == pytest.approx(dead * 11.25 * UM**2 * PER_AREA)


@pytest.mark.parametrize("kind", ["quadrilateral", "triangle"])
def test_periodic_sides(kind):
    """An island across the seam is one; one more neck there holds it."""
    geometry = dataclasses.replace(SETTINGS.geometry, periodic=True, cell_type=kind)
    observed = Observed(dataclasses.replace(SETTINGS, geometry=geometry))
    halves = [(20.1, 30.1, -1, 5.1, 1.0), (20.1, 30.1, 15.1, 20.6, 1.0)]
    values = observed([FOIL, *halves], OLD)
    assert (values["lithium_pieces"], values["dead_pieces"]) == (2, 1)
    assert values["dead_lithium"] == pytest.approx(20 * 20 / 4 * UM**2 * PER_AREA)
