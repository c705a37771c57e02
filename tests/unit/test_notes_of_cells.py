"""Notes on cells that a careful user would want to know before the run."""

import dataclasses
import math
import typing

import pytest

from dendrolith.control.stages import Stage, Until
from dendrolith.core import machine
from dendrolith.networks.register import input_of, load
from dendrolith.physics.arrhenius import Arrhenius
from dendrolith.physics.elasticity import Elasticity
from dendrolith.shapes.protrusions import Protrusions
from dendrolith.studies.check import HINT, check
from dendrolith.studies.plating.check import NUMBERS, numbers, size
from dendrolith.studies.plating.consistency import RULES, inconsistencies
from dendrolith.studies.plating.cost import memory_notes
from dendrolith.studies.plating.electrolyte_input import ElectrolyteLayer
from dendrolith.studies.plating.flat_front import (
    electrolyte_resistance,
    rest_voltage,
    stage_current,
)
from dendrolith.studies.plating.scales import NOTES, Scales, largest_charge, warnings
from dendrolith.studies.plating.schema import Config
from dendrolith.studies.plating.summary import describe
from tests.cases import UM, config
from tests.studies import INPUTS

CELL = {"kinetics__exchange_current_density": 100.0, "geometry__height": 10 * UM}


def found(**changes) -> str:
    return " | ".join(warnings(config(**CELL | changes)))


@pytest.mark.parametrize("layer", ["lithium_thickness", "electrolyte_thickness"])
def test_a_layer_thinner_than_two_widths(layer):
    assert layer not in found()
    said = found(**{f"geometry__{layer}": 6 * UM})
    assert f"{layer} = 6 um is thinner than two interface widths (8 um)" in said


def test_a_reaction_that_spreads():
    assert "L_eta/(L_xi W)" not in found()
    said = found(kinetics__exchange_current_density=1e5)
    assert "above 2 the reaction spreads" in said


def test_a_front_wider_than_its_field():
    """l_k = 1 S/m RT/(F i₀): 4 µm over 2.57 µm at 1e4 A/m², over half of that at 2e4."""
    assert "delta/l_k" not in found(kinetics__exchange_current_density=1e4)
    said = found(kinetics__exchange_current_density=2e4)
    assert "delta/l_k = 3.1, l_k = sigma_ion RT/(F i0): above 2 the front is wider" in said
    for lithium, wider in (("open", True), ("blocked", False)):
        poor = ElectrolyteLayer(20 * UM, 30 * UM, ionic_conductivity=1e-2, lithium=lithium)
        assert (
            "delta/l_k = 3.1" in found(kinetics__exchange_current_density=200.0, layers=(poor,))
        ) == wider


def test_a_charge_without_room():
    """2 mAh/cm² are 137 µm of lithium with a fill fraction of 0.0715."""
    few, many = ((Stage(current=10.0, until=Until(charge=charge)),) for charge in (50.0, 72000.0))
    rare = {"lithium_metal__fill_fraction": 0.0715}
    rare["time__end"] = 7200.0
    assert "more than the electrolyte" not in found(control=few, **rare)
    said = found(control=many, **rare)
    assert "(2 mAh/cm^2) are 137 um of lithium with fill_fraction 0.0715, more than" in said


def test_the_charge_of_stages():
    """What is plated at most on the way, within the time of the run."""
    held, long = Stage(current=10.0), Until(time=100.0)
    assert largest_charge((held,), 60.0) == 600.0
    assert largest_charge((Stage(current=10.0, until=long), held), 150.0) == 1500.0
    cycle = (Stage(current=10.0, until=long), Stage(current=-10.0, until=long), Stage(rest=5.0))
    assert largest_charge(cycle * 3, 1e4) == 1000.0
    assert largest_charge((Stage(current=10.0, until=Until(charge=50.0)),) * 3, 1e4) == 150.0
    assert largest_charge((Stage(voltage=0.1), Stage(voltage=0.1, until=Until(charge=7.0))), 9) == 7
    assert largest_charge((Stage(voltage=-0.1, until=Until(charge=7.0)), held), 1.0) == 3.0
    assert largest_charge((Stage(rest=5.0), held), 6.0) == 10.0


def test_a_voltage_below_that_at_rest_strips():
    """Held at 2.8 V, a cell that rests at 3.5 V gives its charge back."""
    hold = Stage(voltage=2.8, until=Until(charge=500.0))
    stages = (Stage(current=10.0, until=Until(charge=1000.0)), hold)
    assert largest_charge(stages, 1e4, 3.5) == 1000.0
    assert largest_charge(stages, 1e4, 2.0) == 1500.0
    assert rest_voltage(config(**CELL | {"kinetics__equilibrium_potential": -0.1})) == 0.1


def test_layers_resist_one_after_another():
    """30 µm of 1 S/m: 10 µm of a tenth of that make it 2e-5 + 1e-4 Ω m², and fronts slower."""
    layer = ElectrolyteLayer(20 * UM, 30 * UM, ionic_conductivity=0.1)
    plain, slow = config(**CELL), config(**CELL | {"layers": (layer,)})
    assert electrolyte_resistance(plain) == pytest.approx(3e-5)
    assert electrolyte_resistance(slow) == pytest.approx(1.2e-4)
    cells = (config(**CELL | {"layers": of, "voltage": 0.02}) for of in ((), (layer,)))
    fast, slow = (stage_current(cell, cell.control[0]) for cell in cells)
    kinetic = 298.15 * 8.314462618 / 96485.33212 / 100.0
    ohmic = 1e-5 + kinetic
    assert fast / slow == pytest.approx((1.2e-4 + ohmic) / (3e-5 + ohmic), rel=0.01)


def charge_bound(**changes) -> list[float]:
    """What `check` says of the time in which charge fills filaments [s]."""
    cell = config(**CELL | {"protrusions": Protrusions(1, 4 * UM, 4 * UM)} | changes)
    rows = numbers(cell)
    return [float(value.split()[0]) for name, value in rows if name == "charge bound on a short"]


def test_the_charge_of_filaments():
    """φ L² F c_Li/(2σΔV): a stripe of 4 in 10 µm, a round wire in 10 × 20 µm; ΔV = V + E_eq."""
    (flat,) = charge_bound(voltage=0.1)
    charge = 96485.33212 / 1.309e-5 * (26 * UM) ** 2
    assert flat == pytest.approx(0.4 * charge / 0.2, rel=5e-3)
    (deep,) = charge_bound(voltage=0.1, geometry__depth=20 * UM)
    assert deep == pytest.approx(math.pi / 4 * 4**2 / 200 * charge / 0.2, rel=5e-3)
    (less,) = charge_bound(voltage=0.1, kinetics__equilibrium_potential=-0.05)
    assert less == pytest.approx(2 * flat, rel=5e-3)
    assert not charge_bound(voltage=0.1, kinetics__equilibrium_potential=-0.1)


def test_the_longest_step_is_that_of_the_warm_cell():
    """1/(L_ξ W) falls by what the capillary mobility rises."""
    warm = {"kinetics__temperature": 333.15, "time__max_step": 1e3}
    arrhenius = Arrhenius(capillary_mobility=60e3)
    cold, hot = (
        float(dict(size(config(**CELL | warm | more)))["longest step"].split()[0])
        for more in ({}, {"arrhenius": arrhenius})
    )
    assert cold / hot == pytest.approx(arrhenius.factor(60e3, 333.15), rel=5e-3)


def test_tips_that_mesh_or_protrusions_cannot_have():
    """L_ξκ/v with v = j/(F c_Li): 2e-12/(j 1.35e-10)."""
    nuclei = Protrusions(1, 4 * UM, 4 * UM)
    thin, good, thick = (
        found(control=(Stage(current=current),), protrusions=nuclei, lithium_metal__fill_fraction=1)
        for current in (2e4, 6e3, 2e3)
    )
    assert "is below the mesh size 1 um" in thin
    assert "thinnest stable tip" not in good
    assert "is wider than a protrusion of 4 um" in thick
    assert "thinnest stable tip" not in found(control=(Stage(current=-2e4),), protrusions=nuclei)
    both = (Stage(current=2e3, until=Until(time=1.0)), Stage(current=-2e4))
    cycled = found(control=both, protrusions=nuclei, lithium_metal__fill_fraction=1)
    assert "is wider than a protrusion of 4 um" in cycled  # as it grows, whatever strips it
    assert "thinnest stable tip" not in found(control=(Stage(rest=1.0),), protrusions=nuclei)


def test_a_tip_in_space_curves_both_ways():
    """A sphere shrinks twice as fast as a disc of its radius: 2L_ξκ/v."""
    plane = config(voltage=0.02, geometry__height=10 * UM)
    deep = config(voltage=0.02, geometry__height=10 * UM, geometry__depth=10 * UM)
    tips = [Scales.of(settings).thinnest_tip for settings in (plane, deep)]
    assert tips[1] == pytest.approx(2 * tips[0], rel=1e-12)
    assert dict(numbers(deep))["thinnest stable tip"].endswith(" = 2 L_xi kappa/v")


def test_a_front_that_ripples_with_the_mesh():
    fast = {"control": (Stage(current=4e4),)}
    assert "ripples with the mesh" in found(**fast)
    fine = fast | {"geometry__mesh_size": 0.6 * UM}
    assert "Pe = " in found(**fine)
    assert "ripples with the mesh" not in found(**fine)
    assert "ripples with the mesh" not in found(control=(Stage(current=1e4),))


def test_memory_beyond_the_machine(monkeypatch):
    small = config(**CELL)
    assert memory_notes(small, 2) == []
    monkeypatch.setattr(machine, "memory", lambda: 1e8)
    (note,) = memory_notes(small, 1)
    assert note.startswith("about 0.165 GB are needed on one process, and this machine has 0.1 GB")
    assert note in describe(small, 1)
    monkeypatch.setenv("OMPI_COMM_WORLD_LOCAL_SIZE", "2")
    assert memory_notes(small, 8)[0].startswith("about 0.321 GB are needed on 2 processes here")
    monkeypatch.undo()
    assert 1e8 < machine.memory() < 1e15


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.stem)
def test_every_number_of_a_check_has_its_legend(path):
    given = load(path)
    study = input_of(given)
    rows = [*study.size(given), *study.numbers(given), *study.accuracy(given)]
    names = [name for name, _ in rows if name]
    unknown = [name for name in names if not any(name.startswith(word) for word in study.legend)]
    assert not unknown
    explained = check(study, given, legend=True)
    assert all(f"\n  {name}" in explained for name in names)
    plain = check(study, given)
    assert len(explained.splitlines()) > len(plain.splitlines()) + len(names) - 2
    assert plain.endswith(HINT)


def declared(kind, found):
    """Classes of all sections that an input of a class can hold."""
    found.add(kind)
    for hint in typing.get_type_hints(kind).values():
        for part in (hint, *typing.get_args(hint)):
            if dataclasses.is_dataclass(part) and part not in found:
                declared(part, found)
    return found


@pytest.mark.parametrize("table", [RULES, NUMBERS, NOTES])
def test_what_is_known_of_a_section_is_of_one_that_an_input_has(table):
    """They go by its class alone: of the class above it they would never be asked."""
    assert table.keys() <= declared(Config, set())


def test_numbers_of_a_counter_electrode():
    given = load(next(file for file in INPUTS if file.name == "mesh_soft_short.yaml"))
    said = check(input_of(given), given)
    assert "current of 1C              39.62 A/m^2" in said
    assert "plateau of stage 0         0.3804 V" in said


def test_keys_that_do_nothing_are_noted():
    for name in ("mesh_soft_short.yaml", "pressure.yaml"):
        given = next(file for file in INPUTS if file.name == name)
        assert "does nothing" not in " ".join(warnings(load(given)))
    cell = next(file for file in INPUTS if file.name == "mesh_soft_short.yaml")
    said = " ".join(warnings(load(cell, ["electrodes.ionic_resistance=1 Ohm cm^2"])))
    assert "electrodes.ionic_resistance does nothing beside counter_electrode" in said
    stiff = Elasticity(frame_stiffness=1e12)
    assert "frame_stiffness does nothing without right: frame" in found(elasticity=stiff)
    assert "does nothing" not in found(elasticity=dataclasses.replace(stiff, right="frame"))


def test_a_foil_with_an_open_layer_as_wide_as_the_interface():
    """As the message asks: 10 µm of foil, 4 µm of room, though 10e-6 + 4e-6 is above 14e-6."""
    foil = {**CELL, "geometry__lithium_thickness": 10e-6}
    layer = ElectrolyteLayer(14e-6, 20e-6, lithium="blocked")
    assert inconsistencies(config(**foil, layers=(layer,))) == []
    layer = ElectrolyteLayer(13e-6, 20e-6, lithium="blocked")
    assert "blocks the foil" in str(inconsistencies(config(**foil, layers=(layer,))))


def test_what_no_activation_energy_changes_is_noted():
    """Boundaries of grains kept their resistance at 60 degC, and nothing said so."""
    path = next(file for file in INPUTS if file.name == "grains.yaml")
    warm = ["arrhenius.ionic_conductivity=0.35 eV", "kinetics.temperature=333 K"]
    assert "arrhenius leaves the values of grains as they are" in " ".join(
        warnings(load(path, warm))
    )
    assert "arrhenius" not in " ".join(warnings(load(path)))
