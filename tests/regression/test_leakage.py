"""Lithium that forms at leaking boundaries of grains: shipped input, restart, ranks, books."""

import numpy as np
import pytest

from tests.regression.test_resume import run as start
from tests.regression.test_resume import stored
from tests.studies import CONFIGS, run

pytestmark = pytest.mark.serial

CONFIG = CONFIGS / "leakage" / "grains.yaml"
SMALL = (
    "geometry.lithium_thickness=10 um", "geometry.electrolyte_thickness=38 um",
    "geometry.height=24 um", "grains.mean_size=12 um", "grains.electronic_depth=24 um",
    "nucleation.overpotential=1 mV", "output.every=100 s", "solver.charge_tolerance=1e-10",
)  # fmt: skip
BROKEN = (
    *SMALL, "damage={toughness: 2.24 J/m^2, length: 2 um}", "grains.toughness_ratio=0.5",
    "elasticity={pressure: 5 MPa}", "layers=[{begin: 40 um, end: 48 um, lithium: blocked, "
    "ionic_conductivity: 0.5 S/m, young_modulus: 1 MPa}]",
)  # fmt: skip
NUCLEI, OFF, PLATED = "nuclei [1]", "lithium_isolated [mol/m^2]", "lithium_plated [mol/m^2]"
LEAK, ERROR = "electronic_current [A/m^2]", "charge_error [1]"


def test_nuclei_form_and_are_paid(tmp_path):
    """Lithium off the electrodes grows in proportion to the time, and no charge is lost."""
    found = run(CONFIG, tmp_path / "run", *SMALL, "time.end=400 s")
    assert found[NUCLEI][-1] >= 1
    assert found[OFF][0] == 0
    assert 0.001 < found[OFF][-1] / found[PLATED][-1] < 0.5
    assert found[ERROR].max() < 1e-8
    none = run(CONFIG, tmp_path / "none", *SMALL, "nucleation.overpotential=1 V", "time.end=100 s")
    assert none[NUCLEI].max() == 0
    assert none[OFF].max() == 0


def test_it_goes_on_bit_for_bit_with_damage_grains_and_layers(tmp_path):
    start(CONFIG, tmp_path / "full", *BROKEN, "time.max_steps=12")
    start(CONFIG, tmp_path / "half", *BROKEN, "time.max_steps=7")
    start(CONFIG, tmp_path / "half", *BROKEN, "time.max_steps=12", resume=True)
    assert stored(tmp_path / "full", 12) == stored(tmp_path / "half", 12)


@pytest.mark.mpirun
@pytest.mark.slow
def test_ranks_agree(tmp_path):
    one, two, three = (
        run(CONFIG, tmp_path / str(n), *BROKEN, "time.max_steps=14", ranks=n) for n in (1, 2, 3)
    )
    for other in (two, three):
        for column in (NUCLEI, OFF, PLATED, LEAK):
            np.testing.assert_allclose(other[column], one[column], rtol=1e-6, atol=1e-12)
