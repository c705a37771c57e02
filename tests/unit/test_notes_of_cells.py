"""Notes on cells that a careful user would want to know before the run."""

import pytest

from dendrolith.control.stages import Stage, Until
from dendrolith.studies.plating.scales import warnings
from tests.cases import UM, config

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
    assert "more than the electrolyte" not in found(control=few, **rare)
    assert "are 137 um of lithium with fill_fraction 0.0715" in found(control=many, **rare)
