"""A config from a dict: the checks of a file, with the path in the dict instead of a line."""

import copy
import dataclasses
import math
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import ruamel.yaml

import dendrolith
from dendrolith.core.errors import ConfigError
from dendrolith.networks.register import INPUTS as STUDIES
from dendrolith.networks.register import load
from dendrolith.results.resolved_input import resolved_yaml
from tests.studies import INPUTS

pytestmark = pytest.mark.serial


ROOT = Path(__file__).parents[2]
CONFIGS = [*INPUTS, ROOT / "tests/unit/bad_configs/base.yaml"]
SMALL = {
    "geometry": {"lithium_thickness": "10 um", "electrolyte_thickness": "30 um",
                 "height": "24 um", "mesh_size": "1 um"},
    "materials": {"lithium_set": "Li", "electrolyte_set": "LPSCl"},
    "lithium_metal": {"interface_width": "4 um", "capillary_mobility": "2.8e-12 m^2/s"},
    "kinetics": {"exchange_current_density": "5000 A/m^2"},
    "control": [{"current": "1 mA/cm^2", "until": {"time": "1 min"}}, {"voltage": "0.1 V"}],
    "time": {"end": "2 s"},
    "output": {"every": "1 s"},
}  # fmt: skip


def changed(**sections):
    """The small input with keys of some sections replaced; a section may be new."""
    made = copy.deepcopy(SMALL)
    for name, value in sections.items():
        old = made.get(name)
        made[name] = {**old, **value} if isinstance(old, dict) and type(value) is dict else value
    return made


def problems(values, overrides=()):
    with pytest.raises(ConfigError) as caught:
        load(values, overrides)
    return caught.value.problems


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_a_dict_is_read_as_the_file_that_says_the_same(file, monkeypatch):
    monkeypatch.chdir(file.parent)  # from where paths within a dict are meant
    plain = ruamel.yaml.YAML(typ="safe", pure=True).load(file)
    assert load(plain) == load(file)


def test_plain_numbers_and_flags_where_yaml_takes_them(tmp_path):
    values = changed(
        anisotropy={"strength": 0.05, "mode": 4}, geometry={"periodic": True}, title=2026,
        time={"max_change": 1e-05}, protrusions={"count": 1, "height": "5 um", "width": "6 um"},
    )  # fmt: skip
    config = load(values, ["elasticity.pressure=10 MPa"])
    assert (config.anisotropy.strength, config.anisotropy.mode) == (0.05, 4)
    assert config.geometry.periodic is True
    assert (config.title, config.time.max_change) == ("2026", 1e-5)
    assert config.elasticity.pressure == 1e7
    again = tmp_path / "again.yaml"
    again.write_text(resolved_yaml(config), encoding="utf-8")
    assert load(again) == config


def test_other_mappings_and_tuples_are_taken():
    values = OrderedDict(SMALL, control=tuple(SMALL["control"]))
    assert load(values) == load(SMALL)


def test_the_dict_is_left_as_it_is():
    values = copy.deepcopy(SMALL)
    load(values, ["materials.pore.young_modulus=2 GPa", "noise.amplitude=0.1"])
    assert values == SMALL


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ({"elasticity": {"pressure": "5"}},
         "elasticity.pressure: '5' has no unit: write for example '5 Pa'"),
        ({"elasticity": {"pressure": 5}},
         "elasticity.pressure: '5' has no unit: write for example '5 Pa'"),
        ({"elasticity": {"presure": "5 Pa"}},
         "elasticity.presure: unknown key; did you mean pressure or stress_free?"),
        ({"anisotropy": {"strength": "0.05"}},
         "anisotropy.strength: '0.05' is not a plain number, such as 0.5: leave the quotes out"),
        ({"anisotropy": {"strength": 0.1, "mode": 4.0}},
         "anisotropy.mode: '4.0' is not a whole number"),
        ({"geometry": {"periodic": "true"}},
         "geometry.periodic: 'true' is not true or false: leave the quotes out"),
        ({"geometry": {"periodic": 1}}, "geometry.periodic: '1' is not true or false"),
        ({"control": {"voltage": "0.1 V"}},
         "control: must be a list"),
        ({"control": [{"voltage": "1 kV"}]}, "control.0.voltage: '1 kV' must be at most 10 V"),
        ({"control": [{"voltage": "1 V"}, {"rest": "1 s"}]},
         "control.0: never ends, so the next stage is never reached: give 'until'"),
        ({"noise": None}, "noise: is empty: give it keys ({} for its defaults), or leave it out"),
        ({"noise": {"amplitude": None}},
         "noise.amplitude: is empty: give a value or leave the key out"),
        ({"noise": {}}, "noise.amplitude: is missing (amplitude A of the noise)"),
        ({"time": "2 s"}, "time: must be a section with keys of its own"),
        ({"title": "a\nb"},
         "title: 'a\\nb' holds control characters: write one line of plain text"),
        (
            {"study": "platin"},
            f"study: 'platin' is not one of: {', '.join(STUDIES)}; did you mean plating?",
        ),
        ({"study": {}}, "study: must be a single value"),
        ({"geometry": {"mesh_size": "3 um"}},
         "geometry.mesh_size: h = 3 um cannot resolve the interface width 4 um: use h <= 1 um "
         "(delta/4)"),
    ],
)  # fmt: skip
def test_messages_name_the_path(sections, said):
    assert problems(changed(**sections)) == [f"input: {said}"]


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ({"noise": {5: 1}}, "noise: a key must be a str; '5' is int"),
        ({"noise": {("a", "b"): 1}}, "noise: a key must be a str; one is tuple"),
        ({"noise": {"amplitude": math.nan}}, "noise.amplitude: nan is not a finite number"),
        ({"title": -math.inf}, "title: -inf is not a finite number"),
        ({"noise": {"amplitude": np.float64(0.1)}},
         "noise.amplitude: is a numpy.float64: write plain Python, value.item()"),
        ({"noise": {"amplitude": np.array(0.1)}},
         "noise.amplitude: is a numpy.ndarray: write plain Python, value.item()"),
        ({"noise": {"amplitude": np.ones(3)}},
         "noise.amplitude: is a numpy.ndarray: give text with a unit, a number, true or false, a "
         "dict or a list"),
        ({"geometry": {"height": b"24 um"}},
         "geometry.height: is a bytes: give text with a unit, a number, true or false, a dict or "
         "a list"),
        ({"control": [{"voltage": 1j}]},
         "control.0.voltage: is a complex: give text with a unit, a number, true or false, a dict "
         "or a list"),
        ({"noise": {"seed": 10**100_000}}, "noise.seed: has too many digits"),
    ],
)  # fmt: skip
def test_what_is_no_value_is_said_once(sections, said):
    assert problems(changed(**sections)) == [f"input: {said}"]


def test_all_problems_at_once():
    found = problems(changed(noise={"seed": "x"}, elasticity={"pressure": "5 K"}))
    assert len(found) == 3
    assert all(line.startswith("input: ") for line in found)
    found = problems({})
    assert "input: geometry: is missing (the cell and its mesh)" in found


def test_overrides_name_themselves():
    said = problems(SMALL, ["time.end=5"])
    assert said == ["--set time.end=5: time.end: '5' has no unit: write for example '5 s'"]
    assert load(SMALL, ["control.1.voltage=0.2 V"]).control[1].voltage == 0.2


def test_dicts_without_end_are_refused():
    endless = {}
    endless["geometry"] = endless
    said = problems(endless)
    assert len(said) == 1
    assert said[0].startswith("input: geometry.geometry.")
    assert said[0].endswith("...: is nested more than 32 deep: not an input")
    wide = []
    wide += [wide, wide]
    assert "is nested more than 32 deep" in problems({"control": wide})[0]
    assert problems({"a": ["x"] * 30_000}) == [
        "input: a.19999: has more than 20000 entries before it: not an input"
    ]


@pytest.mark.parametrize("source", [None, 5, ["a"], b"case.yaml"])
def test_neither_file_nor_dict(source):
    assert problems(source)[0].endswith(": give a file or a dict")


def test_names_for_users():
    assert {"load", "Simulation", "march", "open_run"} <= set(dir(dendrolith))
    assert dendrolith.load is load
    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        dendrolith.lod  # noqa: B018
    example = dendrolith.__doc__.split("dendrolith.load({")[1].split("})")[0]
    assert load(eval("{" + example + "}")) == dataclasses.replace(
        load(SMALL), control=load(SMALL).control[1:]
    )
