"""`crack_length` of slits whose length is known."""

import math
from types import SimpleNamespace

import pytest
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI

from dendrolith.core.parallel import integral
from dendrolith.domain.place import Place
from dendrolith.physics.fracture import Fracture
from dendrolith.shapes.seed_crack import SeedCrack
from dendrolith.studies.plating.observables.cracks import shortest_edge
from dendrolith.studies.plating.schema import Geometry
from dendrolith.studies.plating.seeds import put_cracks

ELL, H, LENGTH = 4.0, 1.0, 50.0
BOX = Geometry(20.0, 100.0, 61.0, H)


def length(model, begin, held=0.0):
    """Of a slit from x = `begin` on; where x ≤ `held` damage is 0, as in foil."""
    law = Fracture(1.0, ELL, model=model)
    plane = mesh.create_rectangle(MPI.COMM_WORLD, [[0, 0], [120, 61]], [120, 61])
    d = fem.Function(fem.functionspace(plane, ("Lagrange", 1)))
    ends = (Place(begin, 30.5), Place(begin + LENGTH, 30.5))
    put_cracks(d, (SeedCrack(ends),), law, BOX)
    x = d.function_space.tabulate_dof_coordinates()[:, 0]
    d.x.array[x <= held] = 0.0
    h = shortest_edge(SimpleNamespace(mesh=plane, comm=plane.comm))
    assert h == pytest.approx(H)
    return integral(fem.form(law.length_density(d, h) * ufl.dx))


@pytest.mark.parametrize("model", ["AT1", "AT2"])
def test_a_slit_counts_its_length_and_its_ends(model):
    """Each end πℓ/4 and a mouth at foil nothing, each within half a cell."""
    end = math.pi * ELL / 4
    within, at_foil = length(model, 35.0), length(model, 20.0, held=20.0)
    assert within == pytest.approx(LENGTH + 2 * end, abs=H)
    assert at_foil == pytest.approx(LENGTH + end, abs=H)
