"""Cells without pores ask for nothing about pores."""

import pytest

from dendrolith.core.errors import ConfigError
from dendrolith.physics.phases import Metal, Phase
from dendrolith.studies.plating.schema import Materials
from dendrolith.studies.plating.temperature import at_temperature
from dendrolith.studies.register import load
from tests.unit.test_cycles_and_overrides import CELL, HELD

ELECTROLYTE = {
    "ionic_conductivity": "1 S/m", "electronic_conductivity": "1e-7 S/m",
    "young_modulus": "20 GPa", "poisson_ratio": 0.3,
}  # fmt: skip
PORES = {"fraction": 0.1, "mean_diameter": "10 um", "access": "blocked",
         "walls": {"wall_width": "3 um"}}  # fmt: skip
DENSE = CELL | {
    "control": HELD,
    "materials": {"lithium_set": "Li", "electrolyte": ELECTROLYTE},
}


def test_a_dense_cell_needs_no_pore_and_no_ions_in_lithium():
    phases = load(DENSE).materials.phases
    assert phases["lithium"].ionic_conductivity == pytest.approx(1e-4)
    assert phases["pore"] == phases["electrolyte"]


def test_pores_need_their_material():
    with pytest.raises(ConfigError, match=r"materials\.pore: is missing beside the section pores"):
        load(DENSE | {"pores": PORES})
    with pytest.raises(ConfigError, match=r"materials\.pore\.poisson_ratio: is missing"):
        load(DENSE, ["materials.pore.young_modulus=1 MPa"])


def test_ions_in_lithium_follow_the_temperature_of_the_electrolyte():
    warm = DENSE | {"arrhenius": {"ionic_conductivity": "0.35 eV"}}
    warm["kinetics"] = {"exchange_current_density": "5000 A/m^2", "temperature": "350 K"}
    config = load(warm)
    phases = at_temperature(config).materials.phases
    assert phases["electrolyte"].ionic_conductivity > 1.5
    ratio = phases["lithium"].ionic_conductivity / phases["electrolyte"].ionic_conductivity
    assert ratio == pytest.approx(1e-4)


def test_a_layer_like_the_electrolyte_is_the_electrolyte_at_any_temperature():
    """Values of the input hold at the reference temperature, those of layers too."""
    energies = {"ionic_conductivity": "0.35 eV", "electronic_conductivity": "0.5 eV"}
    warm = DENSE | {"arrhenius": energies}
    warm["kinetics"] = {"exchange_current_density": "5000 A/m^2", "temperature": "350 K"}
    slab = {"begin": "20 um", "end": "30 um"}
    own = {key: ELECTROLYTE[key] for key in energies}
    config = at_temperature(load(warm | {"layers": [slab | own, slab | {"begin": "30 um"} | {
        "end": "40 um", "young_modulus": "1 GPa"}]}))  # fmt: skip
    same, other = config.layers
    for key in energies:
        assert getattr(same, key) == getattr(config.materials.electrolyte, key)
        assert getattr(other, key) is None
    assert same.ionic_conductivity == pytest.approx(7.1, rel=0.1)


def test_a_given_value_stays():
    metal, electrolyte = Metal(1e4, 8e9, 0.38, 3e-4), Phase(1.0, 1e-7, 2e10, 0.3)
    assert Materials(metal, electrolyte).phases["lithium"] == Phase(3e-4, 1e4, 8e9, 0.38)
