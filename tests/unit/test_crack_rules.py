"""What an input says of cracks: refused combinations, and the numbers that `check` prints."""

import pytest

from dendrolith.core.errors import ConfigError
from dendrolith.physics.lithium_pressure import LithiumPressure
from dendrolith.studies.plating.check import numbers
from dendrolith.studies.plating.crack_rules import capillary_overpotential, crack_notes
from dendrolith.studies.plating.scales import warnings
from dendrolith.studies.register import load
from tests.studies import CONFIGS

pytestmark = pytest.mark.serial

CONFIG = CONFIGS / "fracture" / "lithium_in_crack.yaml"


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["damage.length=4 um"], "cracks.intact_access: leaves a band of 7.88 um, below 2.5 delta"),
        (["geometry.mesh_size=1.4 um"], "needs geometry.mesh_size of 1 um or less"),
        (["geometry.depth=8 um"], "leave geometry.depth out"),
        (["geometry.periodic=true"], "leave geometry.periodic out"),
        (["lithium_metal.fill_fraction=0.5"], "needs lithium_metal.fill_fraction: 1, not 0.5"),
        (["time.scheme=bdf2"], "must be split"),
        (["lithium_pressure.mode=equilibrium"], "share: is required by mode: equilibrium"),
        (["lithium_pressure.share=0.5"], "share: does nothing with mode: segments"),
        (["seed_cracks.0.through.0.x=8 um"], "seed_cracks.0.through.0: is at x = 8 um: keep x"),
        (["seed_cracks.0.through.1.x=70 um"], "2 ell off the sides that hold"),
        (["seed_cracks.0.through.1.y=60 um"], "through.1.y: is outside the cell, which ends at 49"),
        (["seed_cracks.0.through.1.z=20 um"], "through.1.z: is outside the cell, which ends at 0"),
        (["seed_cracks.0.through.1.x=16 um"], "through.1: is the point before it: leave it out"),
        (["cracks.void_conductivity=1e-5"], "must be at least 0.0001"),
    ],
)
def test_refused(overrides, words):
    with pytest.raises(ConfigError) as refused:
        load(CONFIG, overrides)
    assert any(words in problem for problem in refused.value.problems), refused.value.problems


@pytest.mark.parametrize("section", ["damage", "cracks", "elasticity"])
def test_sections_that_need_each_other(section, tmp_path):
    kept, skip = [], False
    for line in CONFIG.read_text(encoding="utf-8").splitlines():
        skip = line.startswith(f"{section}:") or (skip and line.startswith(" "))
        kept += [] if skip else [line]
    path = tmp_path / "case.yaml"
    path.write_text("\n".join(kept), encoding="utf-8")
    with pytest.raises(ConfigError, match=f"does nothing without the section {section}"):
        load(path)


def test_numbers():
    rows = dict(numbers(load(CONFIG)))
    assert rows["w_A/delta"].startswith("3.44 ")
    assert rows["ell"].startswith("8 um, 8 h")
    # an edge crack: sqrt(E' G_c/(pi a))/1.1215
    assert "opens at 20.5 MPa" in rows["smallest seed crack"]
    assert "sweeps" in rows["step while a crack grows"]


@pytest.mark.parametrize(("sides", "length"), [("roller", 32), ("free", 16)])
def test_a_flaw_at_a_line_of_symmetry_is_half_of_one(sides, length):
    flaw = "{through: [{x: 36.5 um, y: 49 um}, {x: 36.5 um, y: 33 um}]}"
    rows = dict(numbers(load(CONFIG, [f"seed_cracks=[{flaw}]", f"elasticity.sides={sides}"])))
    assert rows["smallest seed crack"].startswith(f"{length} um long")


def test_capillary_overpotential():
    """13 mV with L_ξκ 5e-14 m²/s, i₀ 100 A/m², φ_c 1; its note above a tenth of the voltage."""
    coarse = ["lithium_metal.capillary_mobility=5e-14 m^2/s", "cracks.least_capacity=1",
              "kinetics.exchange_current_density=100 A/m^2"]  # fmt: skip
    config = load(CONFIG, coarse)
    assert capillary_overpotential(config.cracks, config) == pytest.approx(0.0138, rel=0.01)
    assert crack_notes(config.cracks, config) != []
    assert crack_notes(load(CONFIG).cracks, load(CONFIG)) == []


def test_notes_on_cracks_have_the_values_of_the_temperature():
    """i₀ is 32 times as large at 360 K, so capillarity takes 1/26 of what it takes at 298 K."""
    coarse = ["lithium_metal.capillary_mobility=5e-14 m^2/s", "cracks.least_capacity=1",
              "kinetics.exchange_current_density=100 A/m^2", "control=[{voltage: 30 mV}]",
              "kinetics.temperature=360 K"]  # fmt: skip
    warm = [*coarse, "arrhenius={exchange_current_density: 50 kJ/mol}"]
    cold_notes, warm_notes = (" ".join(warnings(load(CONFIG, given))) for given in (coarse, warm))
    assert "capillarity takes" in cold_notes
    assert "capillarity takes" not in warm_notes


def test_a_strong_flaw_is_told():
    config = load(CONFIG, ["seed_cracks.0.through.1.x=19 um"])
    (note,) = crack_notes(config.cracks, config)
    assert "governed by strength" in note


def test_a_pressure_that_crushes_is_told():
    """48.7 MPa of strength; half of F·12 mV/V_m is 44.2 MPa, of 14 mV 51.6 MPa."""
    imposed = ["lithium_pressure.mode=equilibrium", "lithium_pressure.share=0.5"]
    for voltage, told in ((12, 0), (14, 1)):
        config = load(CONFIG, [*imposed, f"control.0.voltage={voltage} mV"])
        notes = [note for note in crack_notes(config.cracks, config) if "crushes" in note]
        assert len(notes) == told
    assert "by 51.6 MPa at once, above the strength of 48.7 MPa" in notes[0]


def test_pressure_of_the_literature():
    law = LithiumPressure(mode="equilibrium", share=0.5)
    assert law.imposed(-1e-3, 1.309e-5) == pytest.approx(3.685e6, rel=1e-3)
    assert law.imposed(1e-3, 1.309e-5) == 0


def test_lithium_that_takes_no_place_of_electrolyte_needs_no_room_there():
    """It lifts the electrolyte, and a crack holds a part of what its band would."""
    charged = ["control=[{current: 50 A/m^2, until: {charge: 3e6 C/m^2}}]", "time.end=100 h"]
    driven = ["control=[{voltage: 0.1 V}]"]
    driven += ["protrusions={count: 1, height: 8 um, width: 8 um}"]
    for access, said in (("0", False), ("1", True)):
        held = load(CONFIG, [f"cracks.intact_access={access}", *charged])
        notes = any("more than the electrolyte" in note for note in warnings(held))
        found = load(CONFIG, [f"cracks.intact_access={access}", *driven])
        assert notes == said
        assert "charge bound on a short" not in dict(numbers(found))
