"""Notes on cells that a careful user would want to know before the run."""

import dataclasses
import typing

import pytest

from dendrolith.control.stages import Stage, Until
from dendrolith.core import machine
from dendrolith.networks.register import input_of, load
from dendrolith.shapes.protrusions import Protrusions
from dendrolith.studies.check import HINT, check
from dendrolith.studies.plating.check import NUMBERS
from dendrolith.studies.plating.consistency import RULES, inconsistencies
from dendrolith.studies.plating.cost import memory_notes
from dendrolith.studies.plating.electrolyte_input import ElectrolyteLayer
from dendrolith.studies.plating.scales import NOTES, largest_charge, warnings
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
    assert "thinnest stable tip" not in found(control=(Stage(rest=1.0),), protrusions=nuclei)


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


def test_a_foil_with_an_open_layer_as_wide_as_the_interface():
    """As the message asks: 10 µm of foil, 4 µm of room, though 10e-6 + 4e-6 is above 14e-6."""
    foil = {**CELL, "geometry__lithium_thickness": 10e-6}
    layer = ElectrolyteLayer(14e-6, 20e-6, lithium="blocked")
    assert inconsistencies(config(**foil, layers=(layer,))) == []
    layer = ElectrolyteLayer(13e-6, 20e-6, lithium="blocked")
    assert "blocks the foil" in str(inconsistencies(config(**foil, layers=(layer,))))
