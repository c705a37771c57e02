"""Tip height, lithium in the electrolyte."""

import numpy as np
import pytest

from dendrolith.observables.base import StepView
from dendrolith.studies.plating.observables.dendrite import Dendrite
from dendrolith.studies.plating.observables.front_width import FrontWidth
from tests.cases import UM, Stepper, cell, config, front, pieces_of, table_of


def with_island(x):
    island = np.hypot(x[0] - 28 * UM, x[1] - 10 * UM) - 6 * UM
    return 0.5 * (1 - np.tanh(2 * np.minimum(x[0] - 10 * UM, island) / (2 * UM)))


SETTINGS = config(
    geometry__height=20 * UM, lithium_metal__interface_width=2 * UM, geometry__mesh_size=0.5 * UM
)


def test_tip_height_is_interpolated_and_ignores_islands():
    for xi, expected in ((with_island, 0.0), (front(13.2 * UM, 2 * UM), 3.2 * UM)):
        made = cell(SETTINGS, xi)
        dendrite = Dendrite(made.laws, pieces_of(made), made.config.geometry)
        tip, *_ = dendrite(StepView(time=0, dt=0))
        assert abs(tip - expected) < 0.02 * UM


@pytest.mark.parametrize("stretched", [1.0, 2.0, 3.0])
def test_front_width_is_that_of_the_profile(stretched):
    """In units of delta, four elements to it; at 0.05 and 0.95 nodes are in or out as a whole."""
    made = cell(SETTINGS, front(20 * UM, stretched * 2 * UM))
    (width,) = FrontWidth(made.laws)(StepView(time=0, dt=0))
    assert width == pytest.approx(stretched, rel=0.02)


def test_without_a_front_there_is_no_width():
    made = cell(SETTINGS, lambda x: np.ones(x.shape[1]))
    assert np.isnan(FrontWidth(made.laws)(StepView(time=0, dt=0))[0])


def test_lithium_in_the_electrolyte_is_what_lies_beyond_the_foil():
    table, view = table_of(Stepper(cell(SETTINGS, with_island))), StepView(time=0, dt=0)
    table.start(view)
    row = table.measure(view)
    island = np.pi * (6 * UM) ** 2 / 1.309e-5 / (20 * UM)
    # half of the foil's diffuse surface lies beyond it: ∫ m over the outer half
    surface = row["lithium_in_electrolyte [mol/m^2]"] - island
    assert 0 < surface < 0.25 * 2 * UM / 1.309e-5
    assert row["lithium_plated [mol/m^2]"] == 0.0


@pytest.mark.parametrize("h", [1.0, 0.9, 0.7])
def test_lithium_in_the_electrolyte_does_not_feel_where_the_mesh_lines_are(h):
    """The foil's surface lies on a mesh line for h = 1 µm, within elements otherwise."""
    settings = config(geometry__height=20 * UM, geometry__mesh_size=h * UM)
    made = cell(settings, front(12 * UM, 4 * UM))
    table, view = table_of(Stepper(made)), StepView(time=0, dt=0)
    table.start(view)
    amount = table.measure(view)["lithium_in_electrolyte [mol/m^2]"] * 1.309e-5
    x = np.linspace(10 * UM, 30 * UM, 200_001)
    xi = 0.5 * (1 - np.tanh(2 * (x - 12 * UM) / (4 * UM)))
    s = np.clip((xi - 0.1) / 0.8, 0, 1)
    exact = np.mean(s**3 * (6 * s**2 - 15 * s + 10)) * 20 * UM
    assert amount == pytest.approx(exact, rel=0.03)
