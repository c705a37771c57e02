"""The input file: everything wrong is said at once, with its place and the cure."""

import re
from pathlib import Path

import pytest

from dendrolith.config.document import child
from dendrolith.config.materials import material_set, material_sets
from dendrolith.config.units import UnitError, to_si
from dendrolith.core.bibliography import PAPERS, cited_in
from dendrolith.core.errors import ConfigError
from dendrolith.results.resolved_input import resolved_yaml
from dendrolith.studies.register import load

QUICKSTART = Path(__file__).parents[2] / "configs" / "quickstart.yaml"

pytestmark = pytest.mark.serial


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("0.5 mA/cm^2", "A/m^2", 5.0),
        ("5 A/m^2", "A/m^2", 5.0),
        ("10 um", "m", 1e-5),
        ("10 µm", "m", 1e-5),
        ("1e-12 m^2/s", "m^2/s", 1e-12),
        ("-2.5 mV", "V", -2.5e-3),
        ("3 Ohm cm^2", "Ohm m^2", 3e-4),
        ("13.09 cm^3/mol", "m^3/mol", 1.309e-5),
        ("1e-18 m^5/(J s)", "m^5/(J s)", 1e-18),
        ("2 h", "s", 7200.0),
        ("0.35 eV", "J/mol", 33.76987e3),
        ("30 degree", "rad", 0.5235988),
    ],
)
def test_units(text, unit, value):
    assert to_si(text, unit) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("5", "has no unit"),
        ("um", "not a number with a unit"),
        ("5 bananas", "unknown unit"),
        ("5 kg", "wrong dimension"),
        ("5 m; import os", "unreadable unit"),
        ("__import__('os')", "not a number with a unit"),
    ],
)
def test_bad_units_are_refused(text, complaint):
    with pytest.raises(UnitError, match=complaint):
        to_si(text, "m")


@pytest.mark.parametrize(
    ("overrides", "complaint"),
    [
        (["noise.amplitude=0.01", "time.scheme=bdf2"], "smooth in time"),
        (["electrodes.ionic_resistance=0 Ohm m^2", "control.0.rest=1 s"], "raise electrodes"),
        (["pores.access=surface_transport", "pores.surface_mobility=1e-18 m^5/(J s)",
          "time.scheme=bdf2"], "must be split: in pores"),
        (["geometry.depth=20 um", "anisotropy.strength=0.02", "anisotropy.mode=6"], "must be 4"),
        (["geometry.depth=20 um", "anisotropy.strength=0.02", "anisotropy.angle=0.1 rad"],
         "does nothing in 3-D"),
        (["elasticity.coupling=overpotential", "elasticity.pore_modulus_part=false"],
         "does nothing with coupling: overpotential"),
    ],
)  # fmt: skip
def test_values_that_do_not_go_together_are_refused(overrides, complaint):
    with pytest.raises(ConfigError) as caught:
        load(QUICKSTART, overrides)
    assert any(complaint in problem for problem in caught.value.problems), caught.value.problems


def test_schedule_in_yaml(tmp_path):
    """Stages with their conditions, and every other section, as people write them."""
    text = QUICKSTART.read_text(encoding="utf-8")
    start = text.index("control:")
    end = text.index("elasticity:")
    file = tmp_path / "schedule.yaml"
    file.write_text(text[:start] + SCHEDULE + text[end:], encoding="utf-8")
    config = load(file)
    charge, rest, strip = config.control
    assert (charge.current, charge.until.charge) == (10.0, 500.0)
    assert charge.until.short
    assert (rest.duration, rest.current_density) == (60.0, 0.0)
    assert (strip.voltage, strip.duration) == (-0.05, 120.0)
    again = tmp_path / "again.yaml"
    again.write_text(resolved_yaml(config), encoding="utf-8")
    assert load(again) == config


def test_a_stage_that_never_ends_is_refused(tmp_path):
    text = QUICKSTART.read_text(encoding="utf-8")
    file = tmp_path / "endless.yaml"
    file.write_text(text.replace("'rest: 60 s'", "x\n  - rest: 1 s"), encoding="utf-8")
    with pytest.raises(ConfigError, match="never ends"):
        load(file)


SCHEDULE = """control:
  - current: 1 mA/cm^2
    until:
      charge: 500 C/m^2
      voltage_above: 0.4 V
      short: true
  - rest: 1 min
  - voltage: -50 mV
    until: {time: 2 min}

ion_transport:
  transference_number: 0.4
  reference_concentration: 1 mol/l
arrhenius:
  ionic_conductivity: 33.8 kJ/mol
anisotropy:
  strength: 0.05
  angle: 30 degree
noise:
  amplitude: 0.02
  seed: 4

"""


@pytest.mark.parametrize("title", ["a: b: c", '"x', "# hi", "[1", "plain"])
def test_any_text_on_the_command_line_is_text(title):
    assert load(QUICKSTART, [f"title={title}"]).title == title


def test_whole_numbers_are_decimal():
    assert load(QUICKSTART, ["pores.seed=010"]).pores.seed == 10
    assert load(QUICKSTART, ["pores.seed=0x10"]).pores.seed == 16


def test_all_problems_at_once_with_their_place(tmp_path):
    text = QUICKSTART.read_text(encoding="utf-8")
    bad = tmp_path / "bad.yaml"
    bad.write_text(text.replace("1 um", "1").replace("count: 1", "cuont: 1"), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(bad)
    found = caught.value.problems
    line = 1 + text[: text.index("mesh_size")].count("\n")
    assert f"{bad}:{line}:14: geometry.mesh_size: '1' has no unit" in found[0].replace(
        "1 has", "'1' has"
    )
    assert any("protrusions.cuont: unknown key; did you mean count?" in p for p in found)
    assert any("protrusions.count: is missing" in p for p in found)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is empty"),
        ("[1, 2]", "must be a mapping"),
        ("geometry: {", "not valid YAML"),
        ("geometry: 1\ngeometry: 2\n", "appears twice"),
    ],
)
def test_broken_files_are_refused(tmp_path, text, complaint):
    file = tmp_path / "broken.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=complaint):
        load(file)


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "absent.yaml")


def test_resolved_config_loads_to_the_same(tmp_path):
    config = load(QUICKSTART, ["elasticity.pressure=10 MPa"])
    again = tmp_path / "resolved.yaml"
    again.write_text(resolved_yaml(config), encoding="utf-8")
    assert load(again) == config
    assert config.elasticity is not None
    assert config.elasticity.pressure == pytest.approx(1e7)


@pytest.mark.parametrize("kind", ["lithium", "electrolyte", "counter"])
def test_material_values_have_a_source(kind):
    """A paper of the bibliography, or the plain word that it is none of that."""
    named = {
        "lithium": ["Li"],
        "electrolyte": ["LLZO", "LPSCl"],
        "counter": ["LTO", "Li", "Li-In", "NCA", "NMC811"],
    }
    assert material_sets(kind) == named[kind]
    for name in material_sets(kind):
        for phase, entries in material_set(kind, name).value:
            for key, entry in entries.value:
                where = f"{name}: {phase.value}.{key.value}"
                assert child(entry, "value") is not None, where
                source = child(entry, "source")
                assert source is not None, where
                plain = re.search("regularisation|assumption|numerical cap", source.value)
                assert plain or cited_in(source.value), where
                for paper in cited_in(source.value):
                    assert PAPERS[paper].doi in source.value, where


def test_material_sets_are_chosen_by_name_and_overridden_by_key():
    argyrodite = load(QUICKSTART).materials
    garnet = load(
        QUICKSTART, ["materials.electrolyte_set=LLZO", "materials.pore.young_modulus=2 GPa"]
    ).materials
    assert argyrodite.electrolyte.young_modulus == 22.1e9
    assert garnet.electrolyte.young_modulus == 149.8e9
    assert garnet.pore.young_modulus == 2e9
    regularised = 1e-4 * garnet.electrolyte.ionic_conductivity
    assert garnet.lithium.ionic_conductivity == pytest.approx(regularised)
    assert garnet.lithium.young_modulus == argyrodite.lithium.young_modulus


@pytest.mark.parametrize(
    ("stage", "complaint"),
    [
        ("rest: 1 s\n    until: {short: true}", "means nothing at rest"),
        ("rest: 1 s\n    until: {charge: 1 C/m^2}", "no charge passes"),
        ("rest: 1 s\n    until: {time: 1 s}", "given twice"),
        ("current: 1 A/m^2\n    until: {voltage_below: 1 V, voltage_above: 0 V}", "every voltage"),
    ],
)  # fmt: skip
def test_stages_that_make_no_sense_are_refused(tmp_path, stage, complaint):
    text = QUICKSTART.read_text(encoding="utf-8")
    file = tmp_path / "stage.yaml"
    file.write_text(text.replace("voltage: 0.1 V", stage), encoding="utf-8")
    with pytest.raises(ConfigError, match=complaint):
        load(file)
