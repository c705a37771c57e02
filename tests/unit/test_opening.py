"""Where the volume grows, in cells that cannot decide."""

import pytest
from dolfinx import fem, mesh
from mpi4py import MPI

from dendrolith.core import compat
from dendrolith.schemes.alternating import UNDECIDED, Opening


@pytest.mark.parametrize("former", [0.0, 1.0])
def test_a_cell_that_opens_and_closes_in_turn_stays_in_the_end(former):
    """Whatever it was before the search, which a restart does not know."""
    plane = mesh.create_unit_square(MPI.COMM_WORLD, 2, 2)
    opens, sign = fem.Function(fem.functionspace(plane, ("DG", 0))), fem.Constant(plane, 1.0)
    trace = fem.Expression(sign, compat.interpolation_points(opens.function_space))
    opening = Opening(opens, trace)
    opens.x.array[:] = former
    assert opening.find(anew=True) == (former == 1.0)
    for change in range(1, UNDECIDED + 1):
        sign.value = float(change % 2 == 0)
        assert not opening.find()
    sign.value = 0.0
    assert opening.find()  # as it was, 1
    assert opens.x.array.all()
    assert not opening.find(anew=True)  # a new search decides anew
    assert not opens.x.array.any()
