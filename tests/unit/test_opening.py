"""Where the volume grows, in cells that cannot decide."""

from dolfinx import fem, mesh
from mpi4py import MPI

from dendrolith.core import compat
from dendrolith.schemes.alternating import UNDECIDED, Opening


def test_a_cell_that_opens_and_closes_in_turn_stays_in_the_end():
    plane = mesh.create_unit_square(MPI.COMM_WORLD, 2, 2)
    opens, sign = fem.Function(fem.functionspace(plane, ("DG", 0))), fem.Constant(plane, 1.0)
    trace = fem.Expression(sign, compat.interpolation_points(opens.function_space))
    opening = Opening(opens, trace)
    assert not opening.find(anew=True)
    for sweep in range(2, UNDECIDED + 1):
        sign.value = float(sweep % 2)
        assert not opening.find()
    sign.value = 1.0
    assert opening.find()  # as it was, 0
    assert not opens.x.array.any()
    assert not opening.find(anew=True)  # a new search decides anew
    assert opens.x.array.all()
