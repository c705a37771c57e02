"""The three ways lithium may enter a pore."""

import numpy as np
import pytest
import ufl
from dolfinx import fem

from dendrolith.core.constants import FARADAY
from dendrolith.core.parallel import global_max, integral
from dendrolith.observables.base import StepView
from dendrolith.physics.interpolation import metal_fraction
from dendrolith.physics.pores import PoreWalls
from dendrolith.simulation import view_of
from dendrolith.studies.plating.observables.filling import Filling
from dendrolith.studies.plating.observables.regions import Regions
from dendrolith.studies.plating.schema import Pores
from dendrolith.studies.plating.surface_transport import SurfaceTransport
from tests.cases import (
    DELTA,
    UM,
    Stepper,
    cell,
    config,
    front,
    lithium_in,
    surface_energy,
    table_of,
)  # fmt: skip


def half_pore(x):
    """A pore that begins right of the front: ρ = −1 for x > 14 µm."""
    return -np.tanh(2 * (x[0] - 14 * UM) / (3 * UM))


def straight(x):
    return 0.5 * (1 - np.tanh(2 * (x[0] - 10 * UM) / DELTA))


def marched(access: str, **pore_changes):
    pores = Pores(0.1, 10 * UM, walls=PoreWalls(3 * UM), access=access, **pore_changes)
    settings = config(
        pores=pores, geometry__height=4 * UM, geometry__electrolyte_thickness=20 * UM,
        kinetics__exchange_current_density=2000.0, voltage=0.2,
        electrodes__ionic_resistance=1e-7, lithium_metal__fill_fraction=0.05, time__end=10.0,
        solver__charge_tolerance=1e-9,
    )  # fmt: skip
    made = cell(settings, straight, half_pore)
    split = Stepper(made)
    content = lithium(made)
    for _ in split.march():
        pass
    return made, lithium(made) - content


def lithium(made) -> float:
    return lithium_in(made)


def deepest(made) -> float:
    """Farthest lithium [m]."""
    x = made.f.scalar_space.tabulate_dof_coordinates()[:, 0]
    inside = made.f.xi.x.array[: len(x)] > 0.5
    return global_max(made.domain.comm, x[inside])


def test_blocked_pore_stays_empty():
    made, _ = marched("blocked")
    x = made.f.scalar_space.tabulate_dof_coordinates()[:, 0]
    in_pore = x > 18 * UM
    before = straight(made.f.scalar_space.tabulate_dof_coordinates().T)
    np.testing.assert_allclose(made.f.xi.x.array[in_pore], before[in_pore], atol=1e-4)
    assert deepest(made) < 17 * UM


@pytest.mark.parametrize("width", [3.0, 6.0])
def test_blocked_pores_take_no_lithium_whatever_their_walls(width):
    """A front is driven against a pore and around it: not 1 % of ρ < 0 is filled."""

    def pore(x):
        return np.tanh(2 * (np.hypot(x[0] - 16 * UM, x[1] - 10 * UM) - 5 * UM) / (width * UM))

    settings = config(
        pores=Pores(0.1, 10 * UM, walls=PoreWalls(width * UM), access="blocked"),
        geometry__height=20 * UM, geometry__electrolyte_thickness=20 * UM,
        kinetics__exchange_current_density=2000.0, voltage=0.2, time__end=1.8,
        electrodes__ionic_resistance=1e-7, lithium_metal__fill_fraction=0.05,
        solver__charge_tolerance=1e-9,
    )  # fmt: skip
    made = cell(settings, front(7 * UM), pore)
    *_, last = Stepper(made).march()
    assert deepest(made) > 20 * UM
    regions = Regions(made.f, settings.geometry, porous=True)
    filling = Filling(made.f, made.nodal_volume.array, regions, 20 * UM)
    assert filling(view_of(last))[0] < 0.01


def test_a_surface_meets_a_wall_at_a_right_angle():
    """A flat front that ends on a wall stays flat: the pore neither draws nor pushes it."""
    settings = config(
        pores=Pores(0.1, 10 * UM, walls=PoreWalls(3 * UM), access="blocked"), voltage=0.0,
        geometry__height=12 * UM, geometry__mesh_size=0.5 * UM, time__end=20.0,
        geometry__cell_type="quadrilateral",
    )  # fmt: skip
    made = cell(settings, front(20 * UM), lambda x: np.tanh(2 * (x[1] - 5.1 * UM) / (3 * UM)))
    start = made.f.xi.x.array.copy()
    for _ in Stepper(made).march():
        pass
    assert global_max(made.domain.comm, np.abs(made.f.xi.x.array - start)) < 2e-3


def test_accessible_pore_fills():
    made, gained = marched("accessible", ionic_conductivity_ratio=0.1)
    assert deepest(made) > 18 * UM
    assert gained > 0


def test_better_pore_conductivity_fills_faster():
    slow = marched("accessible")[1]
    fast = marched("accessible", ionic_conductivity_ratio=0.1)[1]
    assert fast > 1.5 * slow


def test_surface_transport_moves_lithium_without_charge():
    """Neutral lithium on a pore's surface: shape changes, the inventory and the charge do not."""
    settings = config(
        pores=Pores(0.1, 10 * UM, walls=PoreWalls(3 * UM), access="surface_transport",
                    surface_mobility=2e-18),
        geometry__lithium_thickness=15 * UM, geometry__electrolyte_thickness=15 * UM,
        geometry__height=20 * UM,
    )  # fmt: skip

    def square_blob(x):
        """A sharp-cornered piece of lithium in the pore: capillarity rounds it."""
        d = np.maximum(np.abs(x[0] - 15 * UM) - 8 * UM, np.abs(x[1] - 10 * UM) - 4 * UM)
        return 0.5 * (1 - np.tanh(2 * d / DELTA))

    made = cell(settings, square_blob, lambda x: -np.ones(x.shape[1]))
    transport = Stepper(made).block(SurfaceTransport)
    before, shape = lithium(made), made.f.xi.x.array.copy()
    energy = surface_energy(made)
    for _ in range(20):
        transport.advance(0.05)
    assert lithium(made) == pytest.approx(before, rel=1e-10)
    assert global_max(made.domain.comm, np.abs(made.f.xi.x.array - shape)) > 0.01
    assert surface_energy(made) < energy


def test_surface_transport_carries_lithium_into_a_pore():
    """Through the march, next to a pore: lithium enters it, charge accounts for all."""
    deepest_lithium, errors = {}, []
    for access, extra in (("blocked", {}), ("surface_transport", {"surface_mobility": 2e-18})):
        pores = Pores(0.1, 10 * UM, walls=PoreWalls(3 * UM), access=access, **extra)
        settings = config(
            pores=pores, geometry__height=20 * UM, geometry__electrolyte_thickness=20 * UM,
            kinetics__exchange_current_density=500.0, lithium_metal__fill_fraction=0.05,
            time__end=3.0, solver__charge_tolerance=1e-9,
        )  # fmt: skip

        def pore(x):
            return np.tanh(2 * (np.hypot(x[0] - 17 * UM, x[1] - 10 * UM) - 5 * UM) / (3 * UM))

        made = cell(settings, straight, pore)
        split = Stepper(made)
        start, charge = lithium(made), 0.0
        for step in split.march():
            charge += step.report.number("plated") * step.dt
        errors.append(abs(FARADAY * (lithium(made) - start) / charge - 1))
        in_pore = ufl.conditional(ufl.lt(made.f.rho, 0), 1.0, 0.0)
        m = metal_fraction(made.f.xi, made.laws.lithium.metal_threshold)
        form = fem.form(in_pore * m * made.m.nodes)
        deepest_lithium[access] = integral(form)
    assert max(errors) < 1e-6
    assert deepest_lithium["surface_transport"] > 1.05 * deepest_lithium["blocked"]


def test_lithium_that_moves_after_the_reaction_changes_no_current():
    """Of a bridge beside a pore: collector and counter electrode have one, owners that of ions."""
    pores = Pores(0.1, 10 * UM, walls=PoreWalls(3 * UM), access="surface_transport",
                  surface_mobility=2e-17)  # fmt: skip
    settings = config(
        pores=pores, geometry__height=16 * UM, geometry__electrolyte_thickness=15 * UM,
        voltage=0.02, time__end=0.02,
    )  # fmt: skip

    def bridge(x):
        return 0.5 * (1 - np.tanh(2 * (np.abs(x[1] - 8 * UM) - 3 * UM) / DELTA))

    def pore(x):
        return np.tanh(2 * (np.hypot(x[0] - 25 * UM, x[1] - 13 * UM) - 4 * UM) / (3 * UM))

    made = Stepper(cell(settings, bridge, pore))
    table = table_of(made)
    table.start(StepView(0.0, 0.0))
    for step in made.march():
        row = table.measure(view_of(step))
    names = ("collector", "total", "ionic", "electronic")
    collector, total, ionic, electronic = (row[f"{name}_current [A/m^2]"] for name in names)
    owners = sum(
        row[f"reaction_current_{owner} [A/m^2]"] for owner in ("of_anode", "of_counter", "isolated")
    )
    assert electronic > ionic
    assert collector == pytest.approx(total, rel=1e-8)
    assert owners == pytest.approx(ionic, rel=1e-8)
    made.close()
