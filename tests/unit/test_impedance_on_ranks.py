"""The impedance of a cell does not depend on how many ranks share it."""

import numpy as np
from mpi4py import MPI

from dendrolith.domain.place import Place
from dendrolith.observables.reference_input import ReferenceElectrode
from dendrolith.physics.impedance import SmallSignal
from dendrolith.studies.plating.small_signal import LinearResponse
from tests.cases import UM, cell, config, disc, front


def impedances(comm: MPI.Comm) -> np.ndarray:
    """Whole, and up to a wire, of a strip with a piece of floating lithium, under load."""
    wire = ReferenceElectrode(at=Place(25 * UM, 4 * UM), radius=3 * UM, wire=True)
    settings = config(geometry__height=8 * UM, solver__linear="iterative", reference_electrode=wire)
    drop = disc((25 * UM, 4 * UM), 3 * UM)
    made = cell(settings, lambda x: np.maximum(front(10.3 * UM)(x), drop(x)), comm=comm)
    made.f.component(1)[:] = 0.02
    made.f.phi.x.scatter_forward()
    found = []
    with LinearResponse(made, SmallSignal(counter_double_layer=0.2)) as response:
        for frequency in (1e6, 1e3, 1e-3):
            whole = response.impedance(frequency)
            found.append([whole, *(whole * share for share in response.reference_shares())])
    return np.array(found)


def test_as_on_one_rank():
    alone, together = (impedances(comm) for comm in (MPI.COMM_SELF, MPI.COMM_WORLD))
    assert alone.shape == (3, 2)
    assert np.abs(together / alone - 1).max() < 1e-8
