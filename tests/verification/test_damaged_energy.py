"""Damaged material with the eigenstrain of lithium in it: its energy, and the force it bears."""

import numpy as np
import pytest
import ufl
from dolfinx import fem

from dendrolith.core import compat
from dendrolith.core.parallel import global_sum, integral
from dendrolith.physics.crack_access import Cracks
from dendrolith.physics.elasticity import FIXED_GAP, PRESSURE, Elasticity
from dendrolith.physics.fracture import Fracture
from dendrolith.physics.lithium_pressure import LithiumPressure
from dendrolith.schemes.alternating import Opening
from dendrolith.studies.plating.boundary import dofs_on
from dendrolith.studies.plating.stress import Stress
from tests.cases import UM, Stepper, cell, config, front


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


def crack(along, across):
    """Damage of a crack 10 µm long around (30 µm, 10 µm)."""

    def d(x):
        beside = np.maximum(1 - np.abs(x[across] - (30 * UM, 10 * UM)[across]) / (8 * UM), 0)
        return beside**2 * (np.abs(x[along] - (30 * UM, 10 * UM)[along]) < 5 * UM)

    return d


@pytest.mark.parametrize("right", [PRESSURE, FIXED_GAP])
@pytest.mark.parametrize("axes", [(0, 1), (1, 0)])
def test_stack_pressure_is_the_force_on_the_right_side(axes, right):
    """Also where lithium presses a crack open, within which no stress tells of it.

    What pushes on the clamped side is the sum of its nodal reactions.
    """
    settings = config(
        geometry__height=20 * UM, elasticity=Elasticity(pressure=4e6, right=right),
        damage=Fracture(toughness=2e3, length=4 * UM), cracks=Cracks(),
        lithium_pressure=LithiumPressure(),
    )  # fmt: skip
    made = cell(settings, front(10 * UM))
    (mechanics,), (broken,) = made.laws.mechanics, made.laws.damages
    broken.d.interpolate(crack(*axes))
    broken.opens.x.array[:] = 1.0
    split = Stepper(made)
    split.update_stress()
    stress = split.block(Stress)
    broken.pressures[0].x.array[:] = 100e6
    stress.solve()
    stress.renew()
    reactions = compat.create_vector(mechanics.residual)
    compat.assemble_vector(reactions, mechanics.residual)
    clamped = dofs_on(made.f.u.function_space.sub(0), made.domain, "left")
    own = reactions.array[clamped[clamped < reactions.getLocalSize()]]
    pushed = global_sum(made.domain.comm, float(own.sum())) / made.domain.area("right")
    assert pushed == pytest.approx(4e6, rel=1e-6) or right == FIXED_GAP
    assert stress.stack_pressure() == pytest.approx(pushed, rel=1e-6)
    split.close()


def test_a_platen_carries_the_stack_pressure_once_cracks_are_there():
    """It is put in place with the profiles of cracks, and with what of them is open or closed."""
    law = Elasticity(pressure=4e6, right=FIXED_GAP, sides="free")
    settings = config(
        geometry__height=20 * UM, elasticity=law, damage=Fracture(toughness=2e3, length=4 * UM)
    )
    made = cell(settings, front(10 * UM))
    (broken,) = made.laws.damages
    broken.d.interpolate(
        lambda x: 1.0 * ((abs(x[0] - x[1] - 15 * UM) < 1.5 * UM) & (x[0] < 32.5 * UM))
    )
    split = Stepper(made)
    split.start(1e-6)
    stress = split.block(Stress)
    assert stress.stack_pressure() == pytest.approx(4e6, rel=1e-4)
    split.close()
