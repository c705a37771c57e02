"""Lithium in a box of three dimensions, squeezed between plates."""

import math

import numpy as np
import pytest
from dolfinx import mesh
from mpi4py import MPI

from dendrolith.studies.creep.flow import Flow
from dendrolith.studies.creep.geometry import Shape
from dendrolith.studies.creep.power_flow import PowerFlow

pytestmark = pytest.mark.serial

N = 1 / 6.6
END = 1e-9


def squeezed(sizes, cells, n, *, slips=False, walls=()) -> float:
    """p̄ of a quarter of a box of half its height; the plate comes down at speed 1/2.

    Args:
        sizes: half lengths and half height.
        cells: along each.
        n: rate sensitivity.
        slips: the plate holds no tangential stress.
        walls: directions in which lithium is kept within the sizes.
    """
    box = mesh.create_box(MPI.COMM_SELF, [np.zeros(3), np.array(sizes)], cells)
    x = box.geometry.x
    x[:, 2] = sizes[2] * (1 - (1 - x[:, 2] / sizes[2]) ** 1.5)  # finer at the plate
    fluid = PowerFlow(box, n)
    dofs, place = fluid.velocities()
    plate = place[:, 2] > sizes[2] - END
    held = [dofs[plate, 2], *(dofs[place[:, k] < END, k] for k in range(3))]
    held += [dofs[place[:, k] > sizes[k] - END, k] for k in walls]
    if not slips:
        held.append(dofs[plate, :2].ravel())
    fluid.given.x.array[dofs[plate, 2]] = -0.5
    fluid.hold(np.unique(np.concatenate(held)))
    fluid.least.value = 1e-3 * sizes[0] / sizes[2] ** 2
    fluid.solve()
    force = -fluid.reaction(dofs[plate, 2])
    fluid.close()
    return force / (sizes[0] * sizes[1])


def test_plates_that_slip():
    """σ₁ (V/h)^n; with walls on two sides (2/√3)^(1+n) of it: 1e-4."""
    sizes = (3.0, 2.0, 0.5)
    assert squeezed(sizes, (2, 2, 1), N, slips=True) == pytest.approx(1.0, rel=1e-4)
    flat = squeezed(sizes, (2, 2, 1), N, slips=True, walls=(1,))
    assert flat == pytest.approx((2 / math.sqrt(3)) ** (1 + N), rel=1e-4)


def test_newtonian_square():
    """Plates of side a that hold lithium: p̄ = 0.4217 η V a²/h³, 3η = σ₁, 2 % at a/h = 24."""
    a = 24.0
    found = squeezed((a / 2, a / 2, 0.5), (8, 8, 2), 1 - 1e-9)
    assert found == pytest.approx(0.4217 / 3 * a**2, rel=2e-2)


def test_a_box_between_walls_is_a_strip():
    """As the plane kernel has it, 1 %."""
    R = 6.0
    shape = Shape.straight(R, 1.0, depth=1.0)
    flow = Flow(shape, N, across=8, ratio=1.5)
    strip = flow.solve(shape, 0.0).pressure
    flow.close()
    found = squeezed((R, 0.3, 0.5), (20, 1, 4), N, walls=(1,))
    assert found == pytest.approx(strip, rel=1e-2)
