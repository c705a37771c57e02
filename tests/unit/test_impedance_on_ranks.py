"""The impedance of a cell does not depend on how many ranks share it."""

import numpy as np
from mpi4py import MPI

from dendrolith.physics.impedance import SmallSignal
from dendrolith.studies.plating.small_signal import LinearResponse
from tests.cases import UM, cell, config, disc, front


def impedances(comm: MPI.Comm) -> list[complex]:
    """Of a strip with a piece of floating lithium, under load."""
    settings = config(geometry__height=8 * UM, solver__linear="iterative")
    drop = disc((25 * UM, 0.0), 5 * UM)
    made = cell(settings, lambda x: np.maximum(front(10.3 * UM)(x), drop(x)), comm=comm)
    made.f.component(1)[:] = 0.02
    made.f.phi.x.scatter_forward()
    with LinearResponse(made, SmallSignal(counter_double_layer=0.2)) as response:
        return [response.impedance(frequency) for frequency in (1e6, 1e3, 1e-3)]


def test_as_on_one_rank():
    alone, together = (np.array(impedances(comm)) for comm in (MPI.COMM_SELF, MPI.COMM_WORLD))
    assert np.abs(together / alone - 1).max() < 1e-8
