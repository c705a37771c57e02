"""The Rosenbrock step of Cahn–Hilliard: third order, and an error estimate that follows."""

import numpy as np
from mpi4py import MPI

from dendrolith.core.parallel import global_max
from dendrolith.domain.box import create_box
from dendrolith.fields.measures import Measures, nodal_volume
from dendrolith.fields.state import State
from dendrolith.fields.table import Field
from dendrolith.physics.binary_alloy import BinaryAlloy
from dendrolith.schemes.rosenbrock import RosenbrockCahnHilliard
from dendrolith.studies.pfhub.build import ripples
from dendrolith.studies.pfhub.schema import Ripples, Square

ORDER = 3
END = 2.0


def advanced(steps: int) -> tuple[np.ndarray, float]:
    """Nodal values after `steps` equal steps, and the estimated error of the last."""
    square = Square(mesh_size=2.0, side=24.0)
    domain = create_box(MPI.COMM_WORLD, square)
    state, m = (
        State(domain.mesh, [Field("c", "c", "1", "composition", evolves=True)]),
        Measures.of(domain),
    )
    c = state["c"]
    c.interpolate(lambda x: ripples(Ripples(amplitude=0.1), square.folded(x)))
    volume = nodal_volume(c.function_space, m)
    block = RosenbrockCahnHilliard(
        c, BinaryAlloy(), 5.0, m, volume, what="demixing", prefix="composition_"
    )
    errors = [block.advance(END / steps).error for _ in range(steps)]
    block.close()
    return c.x.array.copy(), errors[-1]


def test_third_order_in_time_and_an_estimate_of_third_order():
    exact, _ = advanced(512)
    found = [advanced(steps) for steps in (16, 32, 64)]
    errors = [global_max(MPI.COMM_WORLD, np.abs(values - exact)) for values, _ in found]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert np.all(np.abs(orders - ORDER) < 0.4), (errors, orders)
    estimates = [estimate for _, estimate in found]
    assert np.log2(estimates[-2] / estimates[-1]) > ORDER - 0.6, estimates
