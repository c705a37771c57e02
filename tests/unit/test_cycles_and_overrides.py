"""Cycles of stages, and what the command line may do to lists and sections."""

import json

import pytest

from dendrolith.config.json_schema import json_schema
from dendrolith.config.repeat import MOST_ENTRIES
from dendrolith.control.stages import Stage, Until, in_words
from dendrolith.core.errors import ConfigError
from dendrolith.studies.plating.schema import Config
from dendrolith.studies.register import load
from dendrolith.sweeps.axes import key_at
from dendrolith.sweeps.expand import expand

CELL = {
    "geometry": {"lithium_thickness": "8 um", "electrolyte_thickness": "32 um", "height": "24 um",
                 "mesh_size": "1 um"},
    "materials": {"lithium_set": "Li", "electrolyte_set": "LPSCl"},
    "lithium_metal": {"interface_width": "4 um", "capillary_mobility": "2.8e-12 m^2/s"},
    "kinetics": {"exchange_current_density": "5000 A/m^2"},
    "protrusions": {"count": 1, "height": "8 um", "width": "8 um"},
    "time": {"end": "20 s"},
    "output": {"every": "5 s"},
}  # fmt: skip
PLATE = {"current": "1 mA/cm^2", "until": {"time": "1 s"}}
HELD = [{"voltage": "0.1 V"}]


def stages(control, *overrides):
    return load(CELL | {"control": control}, overrides).control


def problem(control, *overrides):
    with pytest.raises(ConfigError) as caught:
        stages(control, *overrides)
    return str(caught.value)


def test_a_cycle_is_written_out():
    cycle = {"repeat": 3, "stages": [PLATE, {"rest": "2 s"}]}
    plate, rest = Stage(current=10.0, until=Until(time=1.0)), Stage(rest=2.0)
    assert stages([cycle, {"rest": "2 s"}]) == (plate, rest) * 3 + (rest,)
    assert stages([{"repeat": 2, "stages": [cycle, PLATE]}]) == ((plate, rest) * 3 + (plate,)) * 2


def test_a_value_within_a_cycle_can_be_set():
    cycle = {"repeat": 2, "stages": [PLATE]}
    assert stages([cycle], "control.0.stages.0.until.time=3 s", "control.0.repeat=4") == (
        (Stage(current=10.0, until=Until(time=3.0)),) * 4
    )


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"repeat": 0, "stages": [PLATE]}, "control.0.repeat: '0' is no whole number above 0"),
        ({"repeat": "x", "stages": [PLATE]}, "control.0.repeat: 'x' is no whole number"),
        ({"stages": [PLATE]}, "control.0.repeat: needs a whole number"),
        ({"repeat": 2}, "control.0.stages: give a list of what is repeated"),
        ({"repeat": 2, "stages": []}, "control.0.stages: give a list of what is repeated"),
        ({"repeat": 2, "stages": [PLATE], "rest": "1 s"}, "control.0.rest: stands beside repeat"),
        ({"repeat": MOST_ENTRIES + 1, "stages": [PLATE]}, "makes 1001 entries, more than 1000"),
        ({"repeat": 99999999, "stages": [PLATE]}, "more than 1000"),
        ({"repeat": 2, "stages": [{"rest": "1 m"}]}, "control.0.rest: '1 m' has the wrong dim"),
    ],
)
def test_cycles_that_make_no_sense(entry, words):
    assert words in problem([entry])


def test_cycles_in_words_and_in_the_schema():
    cycle = (Stage(current=10.0, until=Until(time=1.0)), Stage(rest=2.0))
    assert in_words(cycle * 3 + (Stage(voltage=0.1),)) == (
        "3 times (10 A/m^2 until time 1 s, then rest 2 s), then 0.1 V"
    )
    assert in_words(cycle) == "10 A/m^2 until time 1 s, then rest 2 s"
    entry, repeated, step = json_schema(Config)["properties"]["control"]["items"]["anyOf"]
    assert "voltage" in entry["properties"]
    assert set(repeated["required"]) == {"repeat", "stages"}
    assert step["type"] == "string"


def test_a_whole_list_and_an_entry_can_be_set():
    assert stages(HELD, "control=[{current: 1 mA/cm2}]") == (Stage(current=10.0),)
    assert stages(HELD, "control.0={current: 1 mA/cm2}") == (Stage(current=10.0),)
    long = "control.0={rest: 1 s}"
    assert stages(HELD, long, "control.1={rest: 2 s}") == (Stage(rest=1.0), Stage(rest=2.0))


def test_null_takes_away():
    held = stages(HELD, "control.0.voltage=null", "control.0.current=1 mA/cm2")
    assert held == (Stage(current=10.0),)
    assert load(CELL | {"control": HELD}, ["protrusions=null"]).protrusions is None
    assert "has voltage and current: leave one out (--set ...voltage=null)" in problem(
        HELD, "control.0.current=1 A/m^2"
    )


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("control=0.1 V", "must be a list: name one of its entries, as control.0.voltage, or"),
        ("control.voltage=0.1 V", "a list: name one of its entries, as control.0.voltage"),
        ("control.until.time=1 s", "a list: name one of its entries, as control.0.until.time"),
        ("control.3={rest: 1 s}", "'3' is not there: the list has 1 entries, from 0 on"),
        ("control.99999999999={rest: 1 s}", "is not there"),
        ("control.00.voltage=1 V", "a list: name one of its entries, as control.0.voltage"),
        ("control.٠={rest: 1 s}", "a list: name one of its entries, as control.0"),
        ("control=[{voltage: 0.1 V]", "not valid YAML"),
        ("control=[*a]", "anchors and aliases"),
        ("protrusions.count=0", "'0' must be at least 1; for none leave the section out"),
        ("pores.fraction=0", "'0' must be above 0; for none leave the section out"),
        ("time.end=", "is empty"),
    ],
)
def test_overrides_that_cannot_be(override, words):
    assert words in problem(HELD, override)


def test_a_sweep_may_vary_a_cycle():
    inner = key_at(Config, "control.0.stages.1.until.time")
    assert inner.declaration.unit == "s"
    assert key_at(Config, "control.0.stages.0.stages.0.current").declaration.unit == "A/m^2"
    assert key_at(Config, "control.0.repeat").kind is int
    with pytest.raises(KeyError, match="number the entries of stages from 0"):
        key_at(Config, "control.0.stages.current")
    with pytest.raises(KeyError, match="unknown key"):
        key_at(Config, "output.probes.0.repeat")


def test_points_of_a_sweep_over_a_cycle(tmp_path):
    base = tmp_path / "base.yaml"
    control = [{"repeat": 2, "stages": [PLATE, {"rest": "2 s"}]}]
    base.write_text(json.dumps(CELL | {"control": control}), encoding="utf-8")
    sweep = tmp_path / "sweep.yaml"
    grid = "{control.0.stages.0.current: [1 mA/cm2, 2 mA/cm2], control.0.repeat: [2, 3]}"
    sweep.write_text(f"base: {base}\ngrid: {grid}\n", encoding="utf-8")
    expand(sweep, tmp_path / "sweep")
    header, *rows = (tmp_path / "sweep" / "index.csv").read_text().splitlines()
    assert header == "point,control.0.stages.0.current [A/m^2],control.0.repeat"
    assert [row.split(",")[1:] for row in rows] == [
        ["10.0", "2"], ["10.0", "3"], ["20.0", "2"], ["20.0", "3"]
    ]  # fmt: skip
