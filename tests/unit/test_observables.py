"""Connected lithium, tip, dead lithium."""

import numpy as np
import pytest
from mpi4py import MPI
from scipy import ndimage

from dendritex.mesh.gather import GatheredMesh
from dendritex.model.charge import AssembledBalance
from dendritex.observables.dead_lithium import MINIMUM_AGE, DeadLithium
from dendritex.observables.dendrite import Dendrite
from dendritex.observables.lithium_pieces import find_pieces
from dendritex.observables.table import ObservableTable
from dendritex.stepping.split import Split
from tests.cases import UM, cell, config, front


def with_island(x):
    island = np.hypot(x[0] - 28 * UM, x[1] - 10 * UM) - 6 * UM
    return 0.5 * (1 - np.tanh(2 * np.minimum(x[0] - 10 * UM, island) / (2 * UM)))


SETTINGS = config(
    geometry__height=20 * UM, lithium_metal__interface_width=2 * UM, geometry__mesh_size=0.5 * UM
)


def table_of(made):
    gathered = GatheredMesh(made.state.scalar_space)
    return gathered, ObservableTable(made, gathered)


def test_pieces_agree_with_image_labelling():
    """Random lithium on a grid of unit squares cut by one diagonal, against scipy.ndimage."""
    generator = np.random.default_rng(7)
    n = 30
    i, j = np.meshgrid(np.arange(n), np.arange(n), indexing="ij")
    points = np.stack([i.ravel(), j.ravel(), 0 * i.ravel()], axis=1).astype(float)
    number = np.arange(n * n).reshape(n, n)
    edges = np.concatenate([
        np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1),
        np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1),
        np.stack([number[:-1, :-1].ravel(), number[1:, 1:].ravel()], axis=1),
    ])  # fmt: skip
    structure = np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1]])
    for _ in range(20):
        xi = generator.random((n, n))
        pieces = find_pieces(xi.ravel(), points, edges)
        labels, count = ndimage.label(xi > 0.5, structure)
        assert pieces.count == count
        ours = pieces.label.reshape(n, n) + 1
        pairs = np.unique(np.stack([labels.ravel(), ours.ravel()]), axis=1)
        assert len(pairs.T) == len(np.unique(labels))
        anchored = np.isin(labels, np.setdiff1d(labels[0], [0]))
        np.testing.assert_array_equal(pieces.connected().reshape(n, n), anchored)


def test_no_lithium_has_no_pieces():
    pieces = find_pieces(np.zeros(4), np.eye(4, 3), np.array([[0, 1], [2, 3]]))
    assert pieces.count == 0
    assert not pieces.connected().any()


def test_tip_height_is_interpolated_and_ignores_islands():
    made = cell(SETTINGS, with_island)
    gathered, table = table_of(made)
    moment = table.moment(made.nodal_volume, time=0, dt=0, newton=0, krylov=0, plated=0)
    (tip,) = Dendrite(made, gathered)(moment)
    assert abs(tip) < 0.02 * UM
    shifted = cell(SETTINGS, front(13.2 * UM, 2 * UM))
    gathered, table = table_of(shifted)
    moment = table.moment(shifted.nodal_volume, time=0, dt=0, newton=0, krylov=0, plated=0)
    (tip,) = Dendrite(shifted, gathered)(moment)
    assert abs(tip - 3.2 * UM) < 0.02 * UM


def test_lithium_in_the_electrolyte_is_what_lies_beyond_the_foil():
    made = cell(SETTINGS, with_island)
    _, table = table_of(made)
    moment = table.moment(AssembledBalance(made.charge, made.nodal_volume), time=0, dt=0)
    table.start(moment)
    row = table.measure(moment)
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
    _, table = table_of(made)
    moment = table.moment(AssembledBalance(made.charge, made.nodal_volume), time=0, dt=0)
    table.start(moment)
    amount = table.measure(moment)["lithium_in_electrolyte [mol/m^2]"] * 1.309e-5
    x = np.linspace(10 * UM, 30 * UM, 200_001)
    xi = 0.5 * (1 - np.tanh(2 * (x - 12 * UM) / (4 * UM)))
    s = np.clip((xi - 0.1) / 0.8, 0, 1)
    exact = np.mean(s**3 * (6 * s**2 - 15 * s + 10)) * 20 * UM
    assert amount == pytest.approx(exact, rel=0.03)


def test_island_is_dead_only_after_some_steps():
    made = cell(SETTINGS, with_island)
    split = Split(made)
    split.solve_fields(1e-3)
    gathered, table = table_of(made)
    dead = DeadLithium(made, gathered)
    amounts = []
    for _ in range(MINIMUM_AGE + 2):
        moment = table.moment(split.balance, time=0, dt=0, newton=0, krylov=0, plated=0)
        amounts.append(dead(moment))
    expected = np.pi * (6 * UM) ** 2 / 1.309e-5 / (20 * UM)
    assert amounts[0][0] == 0.0
    np.testing.assert_allclose(amounts[-1][0], expected, rtol=0.05)
    assert amounts[-1][2] == 2
    assert len({MPI.COMM_WORLD.allgather(a)[0] for a in amounts[-1:]}) == 1
