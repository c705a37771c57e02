"""What a reference electrode reads, and what it cannot read."""

import math

import numpy as np
import pytest

from dendrolith.control.stages import Stage
from dendrolith.core.errors import ConfigError
from dendrolith.domain.place import Place
from dendrolith.observables.base import StepView
from dendrolith.observables.reference_input import ReferenceElectrode
from dendrolith.physics.ion_transport import BinaryElectrolyte
from dendrolith.studies.plating.consistency import inconsistencies
from dendrolith.studies.plating.fields import CONCENTRATION
from dendrolith.studies.plating.initial import initialise
from dendrolith.studies.plating.observables.reference import ReferencePotentials
from tests.cases import UM, Stepper, cell, config, disc, front, rows_of, table_of

FOIL, GAP = 10 * UM, 160 * UM


def planar(part: float, **changes):
    """A flat cell with a reference at a part of its electrolyte."""
    at = Place(FOIL + part * GAP, 0.5 * UM)
    return config(
        reference_electrode=ReferenceElectrode(at), geometry__electrolyte_thickness=GAP, **changes
    )


def row_of(settings, xi):
    """A row of the time series at the start."""
    made = Stepper(cell(settings, xi))
    made.start(settings.time.first_step)
    table, view = table_of(made), StepView(0.0, 0.0)
    table.start(view)
    row = table.measure(view)
    made.close()
    return row


@pytest.mark.parametrize("part", [0.25, 0.5, 0.75])
@pytest.mark.parametrize("shift", [0.0, 0.3, 0.7])
def test_share_of_a_planar_cell(part, shift):
    """x/L and x/σ to 1e-3, wherever the front lies between nodes."""
    settings = planar(part)
    row = row_of(settings, front(FOIL + shift * UM))
    length, whole = part * GAP - shift * UM, GAP - shift * UM
    assert row["ohmic_share [1]"] == pytest.approx(length / whole, abs=1e-3)
    sigma = settings.materials.electrolyte.ionic_conductivity
    resistance = length / sigma
    assert row["reference_resistance [Ohm m^2]"] == pytest.approx(resistance, rel=4e-3)


def test_potentials_of_a_planar_cell():
    """E_anode = −|η_a| − j x/σ, and both add up to the voltage to round-off."""
    j = 20.0
    settings = planar(0.5, control=(Stage(current=j),))
    row = row_of(settings, front(FOIL))
    sum_of_both = row["counter_potential [V]"] - row["anode_potential [V]"]
    assert sum_of_both == pytest.approx(row["cell_voltage [V]"], abs=1e-15)
    i_0 = settings.kinetics.exchange_current_density
    eta = 2 * 0.025693 * math.asinh(j / (2 * i_0))
    drop = j * 0.5 * GAP / settings.materials.electrolyte.ionic_conductivity
    # a front that does not move yet reacts up to 4 % too fast (theory, section 2)
    assert row["anode_potential [V]"] == pytest.approx(-eta - drop, abs=0.04 * eta)


def test_where_salt_is_used_up_it_reads_what_lithium_there_would_rest_at():
    """(RT/F) ln c beside φ_ion, as a wire does; half of the salt conducts half as well."""
    rows = []
    for c in (1.0, 0.5):
        model = cell(planar(0.5, ion_transport=BinaryElectrolyte(0.4, 100.0)), front(FOIL))
        made = Stepper(model)
        made.start(1e-3)
        model.f.component(CONCENTRATION)[:] = c
        table = table_of(made)
        table.start(StepView(0.0, 0.0))
        rows.append(table.measure(StepView(0.0, 0.0)))
        made.close()
    full, half = rows
    shift = 8.314462618 * 298.15 / 96485.33212 * math.log(2)
    for name in ("anode_potential [V]", "counter_potential [V]"):
        assert half[name] - full[name] == pytest.approx(shift, rel=1e-9)
    resistances = [row["reference_resistance [Ohm m^2]"] for row in rows]
    assert resistances[1] == pytest.approx(2 * resistances[0], rel=1e-6)


def test_overgrown_it_reads_nothing_more():
    """NaN, and NaN it stays when lithium has gone again."""
    model = cell(planar(0.5), front(FOIL))
    made = Stepper(model)
    made.start(1e-3)
    table = table_of(made)
    table.start(StepView(0.0, 0.0))
    assert math.isfinite(table.measure(StepView(0.0, 0.0))["anode_potential [V]"])
    for place in (FOIL + 0.6 * GAP, FOIL):
        model.f.xi.interpolate(front(place))
        row = table.measure(StepView(0.0, 0.0))
        assert all(math.isnan(row[name]) for name in ReferencePotentials.columns)
    made.close()


def test_a_line_and_a_patch_read_means():
    """Of a potential linear in x, that of their middle."""
    found = []
    for more in ({}, {"to": Place(FOIL + 0.7 * GAP, 5 * UM)}, {"radius": 3 * UM}):
        x = FOIL + (0.3 if "to" in more else 0.5) * GAP
        settings = planar(0.5, geometry__height=10 * UM)
        settings = config(
            reference_electrode=ReferenceElectrode(Place(x, 5 * UM), **more),
            geometry=settings.geometry,
        )
        found.append(row_of(settings, front(FOIL))["ohmic_share [1]"])
    np.testing.assert_allclose(found, found[0], rtol=1e-6)


WIRE = ReferenceElectrode(Place(FOIL + 40 * UM, 20 * UM), radius=6 * UM, wire=True)


def wired(**changes):
    """A cell with a wire in the middle of its electrolyte."""
    return cell(
        config(
            reference_electrode=WIRE, geometry__electrolyte_thickness=80 * UM,
            geometry__height=40 * UM, control=(Stage(current=20.0),), **changes,
        )
    )  # fmt: skip


def test_a_floating_wire_reads_the_mean_around_it():
    """By symmetry half of the ohmic drop, though its curvature and its own kinetics are there."""
    model = wired()
    initialise(model)
    made = Stepper(model)
    made.start(1e-3)
    table = table_of(made)
    table.start(StepView(0.0, 0.0))
    row = table.measure(StepView(0.0, 0.0))
    made.close()
    eta = 2 * 0.025693 * math.asinh(20.0 / 2 / model.config.kinetics.exchange_current_density)
    counter = 20.0 * model.config.electrodes.ionic_resistance
    ohmic = row["cell_voltage [V]"] - eta - counter
    assert -row["anode_potential [V]"] - eta == pytest.approx(ohmic / 2, abs=0.04 * eta)
    assert row["ohmic_share [1]"] == pytest.approx(0.5, abs=1e-6)
    both = row["counter_potential [V]"] - row["anode_potential [V]"]
    assert both == pytest.approx(row["cell_voltage [V]"], abs=1e-15)


def test_a_wire_keeps_its_shape_and_is_overgrown():
    """No surface tension shrinks it; lithium within δ of it ends its readings."""
    model = wired()
    initialise(model)
    before, made = model.f.xi.x.array.copy(), Stepper(model)
    wire = WIRE.distance(model.f.scalar_space.tabulate_dof_coordinates().T) < 4 * UM
    table = table_of(made)
    table.start(StepView(0.0, 0.0))
    for _, step in zip(range(20), made.march(), strict=False):
        assert step.dt > 0
    assert np.abs(model.f.xi.x.array - before)[wire].max() < 1e-3
    assert math.isfinite(table.measure(StepView(1.0, 0.1))["anode_potential [V]"])
    rows = rows_of(table, StepView(1.0, 0.1, milestone=True))["interface"]
    tension = {bool(row["x [m]"] > 30 * UM): row["rate_by_surface_energy [1/s]"] for row in rows}
    assert tension[True] == 0  # at the wire
    assert tension[False] != 0
    model.f.xi.interpolate(front(FOIL + 32 * UM))
    assert math.isnan(table.measure(StepView(1.0, 0.1))["anode_potential [V]"])
    made.close()


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (Place(5 * UM, 0.5 * UM), r"\(5, 0.5\) um lies in lithium; move it"),
        (Place(13 * UM, 0.5 * UM), "lies within an interface width, 4 um, of lithium"),
    ],
)
def test_in_or_at_lithium_it_is_refused(at, said):
    settings = config(reference_electrode=ReferenceElectrode(at))
    with pytest.raises(ConfigError, match=said):
        initialise(cell(settings))


def test_what_contradicts_itself():
    at, to = Place(20 * UM, 0.5 * UM), Place(30 * UM, 0.5 * UM)
    for reference, key in (
        (ReferenceElectrode(at, to, 1 * UM), "radius"),
        (ReferenceElectrode(at, radius=1 * UM), "radius"),
        (ReferenceElectrode(Place(99 * UM, 0.0)), "at.x"),
        (ReferenceElectrode(Place(20 * UM, 6 * UM), wire=True), "radius"),
        (ReferenceElectrode(Place(20 * UM, 6 * UM), radius=1 * UM, wire=True), "radius"),
        (ReferenceElectrode(Place(20 * UM, 6 * UM), radius=4 * UM, wire=True), "at"),
    ):
        height = 12 * UM if reference.wire else 1 * UM
        cell_of_it = config(reference_electrode=reference, geometry__height=height)
        problems = inconsistencies(cell_of_it)
        assert [place for place, _ in problems] == [f"reference_electrode.{key}"]


def test_a_filament_beside_it_shadows_the_reference():
    """A reference in the shadow of lithium sees less of the drop than its mirror image."""

    def share(y):
        at = ReferenceElectrode(Place(FOIL + 12 * UM, y))
        settings = config(reference_electrode=at, geometry__height=30 * UM)
        bump = disc((FOIL, 8 * UM), 9 * UM)
        flat = front(FOIL)
        return row_of(settings, lambda x: np.maximum(flat(x), bump(x)))["ohmic_share [1]"]

    assert share(15 * UM) < 0.9 * share(28 * UM)


@pytest.mark.parametrize("lithium", [0.0, 1.0])
def test_without_lithium_or_electrolyte_there_is_no_share(lithium):
    """Where a foil is used up, or lithium covers the counter electrode, nothing is divided."""
    model = cell(planar(0.5), front(FOIL))
    model.f.xi.x.array[:] = lithium
    (reference,) = (make(model.nodal_volume) for make in model.laws.observables)
    reference.start(StepView(0.0, 0.0))
    assert all(math.isnan(number) for number in (reference._share, reference._resistance))
