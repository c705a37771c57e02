"""Ledger, tip, filling, layers, necks, ways and rates along the surface, against what is drawn."""

import dataclasses
import math

import numpy as np
import pytest
from mpi4py import MPI

from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.observables.base import StepView
from dendrolith.physics.elasticity import DRIVING_FORCE, OVERPOTENTIAL, Elasticity
from dendrolith.physics.pores import PoreWalls
from dendrolith.physics.thin_interface import gain_of_motion
from dendrolith.studies.plating.observables.migration import Migration
from dendrolith.studies.plating.schema import Pores
from tests.cases import UM, Stepper, cell, config, front, lithium_in, rows_of, table_of

DELTA = 2 * UM
H = 0.5 * UM
SETTINGS = config(
    geometry__height=20 * UM, geometry__mesh_size=H, lithium_metal__interface_width=DELTA
)


def shape(*inside):
    """ξ of a union of shapes, each by its signed distance, negative inside."""
    return lambda x: 0.5 * (1 - np.tanh(2 * np.minimum.reduce([d(x) for d in inside]) / DELTA))


def bar(x0, x1, y0, y1):
    """Signed distance of a box, in µm."""
    return lambda x: np.maximum.reduce(
        [x0 * UM - x[0], x[0] - x1 * UM, y0 * UM - x[1], x[1] - y1 * UM]
    )


FOIL = bar(-99, 10, -99, 99)


def listed(stepper, name):
    """The rows of a table at an output time, as dictionaries."""
    return rows_of(table_of(stepper), StepView(time=1.0, dt=0.0, milestone=True))[name]


def measured(made):
    table, view = table_of(Stepper(made)), StepView(time=1.0, dt=0.0)
    table.start(view)
    return table.measure(view)


# ------------------------------------------------------------------ ledger


def test_amounts_by_owner_add_up():
    drawn = shape(FOIL, bar(9, 20, 8, 12), bar(38, 99, -99, 99), disc_at(30, 14, 3))
    made = cell(SETTINGS, drawn)
    row = measured(made)
    owners = [row[f"lithium_{name} [mol/m^2]"]
              for name in ("of_anode", "of_dendrites", "of_counter", "isolated")]  # fmt: skip
    area = made.domain.area("right")
    assert sum(owners) == pytest.approx(lithium_in(made) / area, rel=1e-12)
    density = float(made.config.lithium_metal.c_Li)
    assert owners[0] == pytest.approx(density * 10 * UM, rel=0.03)
    # half of the foil's diffuse surface lies beyond it
    assert owners[1] == pytest.approx(density * (10 * 4 / 20 + 0.2) * UM, rel=0.15)
    assert owners[2] == pytest.approx(density * 2 * UM, rel=0.1)
    assert owners[3] == pytest.approx(density * math.pi * 9 / 20 * UM, rel=0.05)


def disc_at(x, y, radius):
    return lambda p: np.hypot(p[0] - x * UM, p[1] - y * UM) - radius * UM


def test_currents_by_owner_add_up():
    """An isolated disc in the field plates on one side what it strips on the other, net zero."""
    settings = dataclasses.replace(SETTINGS, time=dataclasses.replace(SETTINGS.time, end=0.05))
    made = cell(settings, shape(FOIL, disc_at(25, 10, 5)))
    split = Stepper(made)
    split.start(1e-3)
    table = table_of(split)
    table.start(StepView(time=0.0, dt=0.0))
    for step in split.march():
        row = table.measure(StepView(time=step.time, dt=step.dt, report=step.report))
    by_owner = [row[f"reaction_current_{name} [A/m^2]"]
                for name in ("of_anode", "of_counter", "isolated")]  # fmt: skip
    ionic = row["ionic_current [A/m^2]"]
    assert sum(by_owner) == pytest.approx(ionic, rel=1e-7)
    assert by_owner[1] == 0
    assert abs(by_owner[2]) < 1e-3 * row["bipolar_current [A/m^2]"]
    assert row["bipolar_current [A/m^2]"] > 0.05 * ionic


def test_lithium_by_place():
    """Where walls, solid and pores begin, ρ says."""
    pores = Pores(0.1, 8 * UM, walls=PoreWalls(wall_width=2 * UM), access="blocked", seed=1)
    settings = dataclasses.replace(SETTINGS, pores=pores)
    drawn = shape(FOIL, bar(15, 35, 4, 16))
    made = cell(settings, drawn, rho=lambda x: np.tanh((x[0] - 25 * UM) / UM))
    row = measured(made)
    wall, solid, pore = (
        row[f"lithium_{name} [mol/m^2]"] for name in ("on_walls", "in_solid", "in_pores")
    )
    density = float(made.config.lithium_metal.c_Li) * 12 / 20
    assert wall == pytest.approx(density * 2 * UM, rel=0.15)  # 0 ≤ ρ < tanh 2: one wall width
    assert solid == pytest.approx(density * 8 * UM, rel=0.06)
    assert pore == pytest.approx(density * (10 + 0.2 * 20 / 12) * UM, rel=0.05)
    assert row["filled_pore_fraction [1]"] == pytest.approx(10 * 12 / (15 * 20), rel=0.05)
    # of the solid's 15 µm two are wall, of the lithium's 10 µm two
    assert row["wall_preference [1]"] == pytest.approx((2 / 10) / (2 / 15), rel=0.05)


def test_ten_layers():
    """Lithium from 10 to 19 µm of the height 0 to 10: three layers of ten are half full."""
    made = cell(SETTINGS, shape(FOIL, bar(9, 19, -99, 10)))
    layers = listed(Stepper(made), "layers")
    assert [row["layer [1]"] for row in layers] == list(range(1, 11))
    assert layers[0]["from [m]"] == 0
    assert layers[-1]["to [m]"] == pytest.approx(30 * UM)
    fractions = [row["lithium_fraction [1]"] for row in layers]
    assert fractions[1] == pytest.approx(0.5, abs=0.02)
    assert fractions[5:] == pytest.approx([0] * 5, abs=1e-6)
    assert sum(fractions) * 3 * UM == pytest.approx(4.5 * UM + 0.0 * UM, rel=0.1)
    assert all(row["pore_fraction [1]"] < 1e-9 for row in layers)


@pytest.mark.parametrize("h", [0.5, 1.0])
def test_layers_end_where_they_say(h):
    """A front in the middle of a layer fills half of it, one between two as much of either."""
    settings = dataclasses.replace(
        SETTINGS, geometry=dataclasses.replace(SETTINGS.geometry, mesh_size=h * UM)
    )

    def fractions(at):
        layers = listed(Stepper(cell(settings, front(at * UM, DELTA))), "layers")
        return [row["lithium_fraction [1]"] for row in layers]

    for at, layer in ((14.5, 1), (26.5, 5)):
        assert fractions(at)[layer] == pytest.approx(0.5, abs=0.01)
    before, beyond = fractions(22)[3:5]
    assert before + beyond == pytest.approx(1.0, abs=0.01)


def test_a_slab_all_around_has_no_centre_there():
    """As in pieces.csv; a slab that ends has one, across the seam too."""
    settings = dataclasses.replace(
        SETTINGS, geometry=dataclasses.replace(SETTINGS.geometry, periodic=True)
    )
    for begin, centre in ((-99, math.nan), (15, 17.5 * UM)):
        made = cell(settings, shape(FOIL, bar(20, 25, begin, 99)))
        migration = Migration(made.laws, made.pieces, settings.geometry)
        x, y, *_ = migration(StepView(time=0.0, dt=0.0))
        assert x == pytest.approx(22.5 * UM, rel=1e-3)
        assert y == pytest.approx(centre, abs=H, nan_ok=True)


# ------------------------------------------------------------------ the tip


def test_speed_and_current_of_the_tip():
    made = cell(SETTINGS, front(12 * UM, DELTA))
    table = table_of(Stepper(made))
    table.start(StepView(time=0, dt=0))
    made.f.xi.interpolate(front(12.4 * UM, DELTA))
    row = table.measure(StepView(time=0.1, dt=0.1))
    assert row["tip_speed [m/s]"] == pytest.approx(4 * UM, rel=0.02)
    expected = FARADAY * float(made.config.lithium_metal.c_Li) * 4 * UM
    assert row["tip_current_density [A/m^2]"] == pytest.approx(expected, rel=0.02)


def test_thinnest_neck():
    """A stem 6 µm wide with a neck of 3 µm: found where it is, whatever the order of the nodes."""
    made = cell(SETTINGS, shape(
        FOIL, bar(9, 20, 7, 13), bar(19, 23, 8.5, 11.5), bar(22, 33, 7, 13)
    ))  # fmt: skip
    (row,) = listed(Stepper(made), "dendrite")
    assert row["tip_height [m]"] == pytest.approx(23 * UM, abs=0.2 * UM)
    assert row["thinnest_neck [m]"] == pytest.approx(3 * UM, abs=H)
    assert 18 * UM <= row["neck_x [m]"] <= 24 * UM
    assert row["tortuosity [1]"] == pytest.approx(1.0, abs=0.03)


def test_tortuosity_of_a_detour():
    """Up, across and up again: corners are cut, so the way is a little shorter than its middle."""
    made = cell(SETTINGS, shape(
        FOIL, bar(9, 20, 1, 4), bar(17, 20, 1, 19), bar(17, 36, 16, 19)
    ))  # fmt: skip
    (row,) = listed(Stepper(made), "dendrite")
    inner = (17 - 10) + math.hypot(3, 12) + (36 - 20)  # from inner corner to inner corner
    assert row["shortest_path [m]"] == pytest.approx(inner * UM, rel=0.04)
    assert row["tortuosity [1]"] == pytest.approx(inner / 26, rel=0.04)


def test_no_dendrite_no_neck():
    (row,) = listed(Stepper(cell(SETTINGS, front(10 * UM, DELTA))), "dendrite")
    assert math.isnan(row["thinnest_neck [m]"])
    assert math.isnan(row["shortest_path [m]"])


def test_a_front_across_the_cell_has_no_neck():
    """There is one surface alone, and no width between two."""
    (row,) = listed(Stepper(cell(SETTINGS, front(20 * UM, DELTA))), "dendrite")
    assert row["tip_height [m]"] == pytest.approx(10 * UM, rel=0.01)
    assert math.isnan(row["thinnest_neck [m]"])
    assert math.isnan(row["neck_x [m]"])
    assert row["shortest_path [m]"] == pytest.approx(10 * UM, rel=0.01)


def test_a_stem_on_the_side_continues_in_its_image():
    (row,) = listed(Stepper(cell(SETTINGS, shape(FOIL, bar(9, 30, -99, 3)))), "dendrite")
    assert row["thinnest_neck [m]"] == pytest.approx(6 * UM, abs=H)
    assert row["neck_y [m]"] == pytest.approx(0, abs=H)


def test_tip_of_lithium_all_along_the_counter_electrode():
    """No edge leaves it there: dendrite.csv has the tip where the time series has it."""
    made = cell(SETTINGS, front(60 * UM, DELTA))
    (row,) = listed(Stepper(made), "dendrite")
    assert row["tip_height [m]"] == pytest.approx(30 * UM)
    assert measured(made)["tip_height [m]"] == pytest.approx(30 * UM)


# ------------------------------------------------------------------ along the surface


@pytest.mark.parametrize(
    ("coupling", "strength"), [(None, 0.0), (DRIVING_FORCE, 30.0), (OVERPOTENTIAL, 1.0)]
)
def test_rates_along_a_flat_front(coupling, strength):
    """Surface energy does nothing, the reaction −L_η m′ B(η), stress opposes; they add up to ξ̇."""
    elastic = coupling and Elasticity(pressure=5e6, stress_coupling=strength, coupling=coupling)
    settings = dataclasses.replace(SETTINGS, elasticity=elastic)
    made = cell(settings, front(10.2 * UM, DELTA))
    split = Stepper(made)
    split.start(1e-6)
    rows = listed(split, "interface")
    assert len(rows) == MPI.COMM_WORLD.allreduce(len(rows), MPI.MAX) > 40
    lithium, kinetics = made.config.lithium_metal, made.config.kinetics
    L_eta = lithium.L_eta(kinetics.exchange_current_density)
    thermal = GAS_CONSTANT * kinetics.temperature / FARADAY
    for row in rows:
        assert row["x [m]"] == pytest.approx(10.2 * UM, abs=0.02 * UM)
        B = 2 * math.sinh(row["overpotential [V]"] / (2 * thermal))
        peclet = 1.5 * L_eta * B * lithium.relaxation_time
        kernel = 1.5 / (1 - 2 * lithium.metal_threshold)
        moving = float(gain_of_motion(peclet, lithium.metal_threshold))
        expected = -L_eta * kernel * moving * B
        assert row["rate_by_reaction [1/s]"] == pytest.approx(expected, rel=0.02)
        # a flat profile is at rest but for the mesh
        assert abs(row["rate_by_surface_energy [1/s]"]) < 0.01 / lithium.relaxation_time
    if coupling == DRIVING_FORCE:
        assert max(row["rate_by_stress [1/s]"] for row in rows) < 0


@pytest.mark.parametrize(("strength", "beyond"), [(1e3, 1.0), (1e9, 0.0)])
def test_lithium_beyond_its_yield_strength(strength, beyond):
    """Of a foil between rollers under 5 MPa all or nothing, by its von Mises stress of some MPa."""
    settings = dataclasses.replace(
        SETTINGS, elasticity=Elasticity(pressure=5e6, yield_strength=strength)
    )
    made = Stepper(cell(settings, front(10 * UM)))
    made.advance(1e-3)
    made.accept()
    table, view = table_of(made), StepView(1e-3, 1e-3)
    table.start(view)
    found = table.measure(view)
    assert 1e3 < found["von_mises_in_lithium [Pa]"] < 1e9
    assert found["beyond_yield [1]"] == beyond
    made.close()


def test_the_gain_of_motion_ends_where_fronts_were_computed():
    a_c = 3.2 * (1 - math.exp(-12.5 * 0.05))
    for peclet, at in ((-0.5, 0.5), (2.0, 2.0), (5.0, 2.0)):
        expected = math.sqrt(1 + a_c * at**2)
        assert float(gain_of_motion(peclet, 0.05)) == pytest.approx(expected, rel=1e-12)


def test_the_rate_by_stress_belongs_to_the_lithium_in_the_stress():
    """Where lithium has moved on since the stress was solved for, or not come so far yet.

    The force follows h, so the rates at ξ = ½ lie as far above as below that of a fresh stress.
    Over h′ of where lithium is now both would be a twelfth lower.
    """
    elastic = Elasticity(pressure=5e6, stress_coupling=30.0, coupling=DRIVING_FORCE)
    settings = dataclasses.replace(SETTINGS, elasticity=elastic)

    def rate(moved: float) -> float:
        made = cell(settings, front(10.2 * UM - moved, DELTA))
        split = Stepper(made)
        split.start(1e-6)
        made.f.xi.interpolate(front(10.2 * UM, DELTA))
        return float(np.mean([row["rate_by_stress [1/s]"] for row in listed(split, "interface")]))

    behind, fresh, ahead = (rate(moved) for moved in (0.2 * UM, 0.0, -0.2 * UM))
    assert (behind + ahead) / 2 == pytest.approx(fresh, rel=0.02)
