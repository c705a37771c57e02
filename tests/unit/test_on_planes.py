"""Nodes and middles of cells that lie on a plane of the input, whatever their last bits."""

import numpy as np
import pytest
from mpi4py import MPI

from dendrolith import load
from dendrolith.core.parallel import global_sum, global_sums
from dendrolith.observables.base import StepView
from dendrolith.studies.plating.domain import create_domain
from dendrolith.studies.plating.electrolyte_input import ElectrolyteLayer, Grains
from dendrolith.studies.plating.grains import middles
from dendrolith.studies.plating.initial import fill_lithium
from dendrolith.studies.plating.model import Model
from dendrolith.studies.plating.observables.nodal_lithium import NodalLithium
from dendrolith.studies.plating.schema import Geometry
from tests.cases import UM, cell, config, front
from tests.command import ROOT

COMM = MPI.COMM_WORLD
FOIL = 1.2e-5


def test_lithium_on_the_plane_of_the_foil_is_not_beyond_it():
    """30 of its 31 nodes were counted on one rank, others on two."""
    grains = Grains(width=4 * UM, mean_size=12 * UM, ionic_resistance=1e-4)
    geometry = Geometry(FOIL, 4e-5, 3e-5, 1e-6)
    made = cell(config(geometry=geometry, grains=grains), xi=front(FOIL + 2 * UM))
    volume = made.nodal_volume
    lithium = NodalLithium(made.laws, volume.array.copy()).now()
    x = made.f.scalar_space.tabulate_dof_coordinates()[: len(lithium), 0]
    b = made.f.state["boundary"].x.array[: len(lithium)]
    held = lithium * (x > FOIL + 0.5 * UM)
    on, whole = global_sums(COMM, np.array([held[b > 0.5].sum(), held.sum()]))
    found = made.laws.observables[-1](volume)(StepView(0.0, 0.0))
    assert found[0] == pytest.approx(on / whole, rel=1e-12)


def test_each_cell_is_of_one_of_two_layers_that_meet_in_its_middle():
    """24 of its 376 cells were of none by their last bits."""
    geometry = Geometry(FOIL, 40 * UM, 9 * UM, 1.1 * UM, cell_type="quadrilateral")
    h = geometry.length / geometry.counts[0]
    meet, end = 20.5 * h, 30.5 * h
    layers = (ElectrolyteLayer(15.5 * h, meet, 0.5), ElectrolyteLayer(meet, end, 2.0))
    made = cell(config(geometry=geometry, layers=layers))
    factor = made.laws.modifiers[-1]["electrolyte.ionic_conductivity"].x.array
    x = middles(made.domain)[:, 0] / h
    wanted = np.select([(x > 16) & (x < 21), (x > 21) & (x < 31)], [0.5, 2.0], 1.0)
    np.testing.assert_array_equal(factor, wanted)


def test_nodes_on_the_surface_of_lithium_are_alike_on_any_mesh():
    """23 of 26 lay within it by their last bits on one rank, 2 on two: 6 % of its volume."""
    chosen = load(ROOT / "configs" / "meshes" / "layered.yaml")
    xi = Model(chosen, create_domain(COMM, chosen.geometry)).f.xi
    fill_lithium(xi, chosen)
    values = xi.x.array
    on = abs(values - 0.5) < 1e-9
    assert global_sum(COMM, float(on.sum())) > 20
    assert not (values[on] > 0.5).any()
