"""The same physics on every cell type: leakage, flat front, shrinking sphere."""

import functools
import math

import numpy as np
import pytest

from dendrolith.core.constants import FARADAY
from dendrolith.domain.extents import CELL_TYPES
from dendrolith.studies.plating.fields import ELECTRONIC, IONIC
from dendrolith.studies.plating.terminals import counter_current
from tests.cases import DELTA, UM, Stepper, cell, config, front, lithium_volume
from tests.verification.tools import relax

KINDS = CELL_TYPES[2] + CELL_TYPES[3]


def geometry_of(kind: str, h: float) -> dict:
    return {
        "geometry__mesh_size": h, "geometry__height": 2 * h, "geometry__cell_type": kind,
        "geometry__depth": 2 * h if kind in CELL_TYPES[3] else None,
    }  # fmt: skip


@functools.cache
def flat_front(kind: str) -> tuple[float, float, float]:
    """Ionic and electronic current [A/m²] and plated charge per time [A/m²] of a flat front."""
    settings = config(kinetics__exchange_current_density=300.0, **geometry_of(kind, DELTA / 6))
    made = cell(settings, front(10 * UM))
    split, area = Stepper(made), made.domain.area("right")
    dt = 0.05 / (settings.lithium_metal.L_xi * settings.lithium_metal.W)
    for _ in range(40):
        split.advance(dt)
        split.accept()
    before, steps = lithium_volume(made), 40
    for _ in range(steps):
        split.advance(dt)
        split.accept()
    grown = (lithium_volume(made) - before) / area
    currents = [counter_current(split.balance, carrier) / area for carrier in (IONIC, ELECTRONIC)]
    speed = FARADAY * settings.lithium_metal.c_Li * grown / (steps * dt)
    return (*currents, speed)


@pytest.mark.parametrize("kind", KINDS[1:])
def test_currents_of_a_flat_front_do_not_depend_on_the_cells(kind):
    """Ionic current, leakage and speed of the front within 1 % of those on triangles."""
    np.testing.assert_allclose(flat_front(kind), flat_front("triangle"), rtol=0.01)


def sphere_slope(kind: str) -> float:
    """d(R²)/dt over L_ξκ of a shrinking lithium sphere, an octant of it."""
    # trilinear elements need a little more
    size, h = 6.5 * DELTA, DELTA / (5 if kind == "tetrahedron" else 6)
    settings = config(
        geometry__mesh_size=h, geometry__height=size, geometry__depth=size,
        geometry__lithium_thickness=size / 2, geometry__electrolyte_thickness=size / 2,
        geometry__cell_type=kind, solver__linear="iterative",
    )  # fmt: skip
    distance = lambda x: np.linalg.norm(x, axis=0) - 5 * DELTA  # noqa: E731
    made = cell(settings, lambda x: 0.5 * (1 - np.tanh(2 * distance(x) / DELTA)))
    split = Stepper(made)
    dt = 0.1 / (settings.lithium_metal.L_xi * settings.lithium_metal.W)

    def advance(steps: int) -> float:
        for _ in range(steps):
            relax(split, dt)
        return (6 / math.pi * lithium_volume(made)) ** (2 / 3)

    start, steps = advance(10), 40
    return (advance(steps) - start) / (steps * dt) / settings.lithium_metal.capillary_mobility


@pytest.mark.parametrize("kind", CELL_TYPES[3])
def test_shrinking_sphere(kind):
    """d(R²)/dt = −4 L_ξκ in 3-D: twice the mean curvature of the circle."""

    assert sphere_slope(kind) == pytest.approx(-4.0, rel=0.03)
