"""The energy of damaged material with the eigenstrain of lithium in it."""

import numpy as np
import pytest
import ufl
from dolfinx import fem

from dendrolith.core import compat
from dendrolith.core.parallel import global_sum, integral
from dendrolith.physics.elasticity import Elasticity
from dendrolith.physics.fracture import Fracture
from dendrolith.schemes.alternating import Opening
from tests.cases import UM, cell, config, front


def rough(u, seed):
    """Displacements of 2 nm that differ from node to node, alike on any ranks."""
    x = np.repeat(u.function_space.tabulate_dof_coordinates(), 2, axis=0) / UM
    other = np.tile([0.0, 1.0], len(x) // 2)
    return 2e-9 * np.sin(1e3 * seed + 37 * x[:, 0] + 91 * x[:, 1] + 5 * other)


@pytest.mark.parametrize("cell_type", ["triangle", "quadrilateral"])
def test_energy_is_convex_in_the_displacement(cell_type):
    """Also in cells that a front of lithium crosses, whose corners open at different strains.

    Along a straight line of displacements second differences are not negative. One sign of tr ε for
    a whole cell makes steps of 1e-3 of the energy, at which no minimisation settles.
    """
    settings = config(
        geometry__cell_type=cell_type, geometry__height=8 * UM,
        elasticity=Elasticity(eigenstrain=5e-3), damage=Fracture(toughness=2.0, length=4 * UM),
    )  # fmt: skip
    made = cell(settings, front(20.3 * UM))
    (mechanics,), (broken,) = made.laws.mechanics, made.laws.damages
    made.f.xi_stressed.x.array[:] = made.f.xi.x.array
    broken.d.interpolate(lambda x: 0.5 + 0.49 * np.cos(x[0] / UM + 2 * x[1] / UM))
    points = compat.interpolation_points(broken.opens.function_space)
    grows = ufl.conditional(ufl.ge(mechanics.trace, 0.0), 1.0, 0.0)
    opening = Opening(broken.opens, fem.Expression(grows, points))
    u, energy = made.f.u, fem.form(mechanics.elastic_energy)
    ends = []
    for stretch in (4e-3, 1e-2):
        u.interpolate(lambda x, stretch=stretch: stretch * np.stack([x[0], np.sin(x[1] / UM) * UM]))
        ends.append(u.x.array + rough(u, stretch))
    values, opened = [], set()
    for part in np.linspace(0.0, 1.0, 201):
        u.x.array[:] = (1 - part) * ends[0] + part * ends[1]
        opening.find()
        opened.add(global_sum(made.domain.comm, float(broken.opens.x.array.sum())))
        values.append(integral(energy))
    assert len(opened) > 5  # corners that open on the way
    assert np.diff(values, 2).min() > -1e-9 * max(values)
