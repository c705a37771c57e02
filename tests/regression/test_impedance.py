"""``dendrolith impedance`` on a run: files, report, and states that it refuses."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from dendrolith.cli import main
from dendrolith.core.errors import ConfigError
from dendrolith.results.open_run import open_run
from dendrolith.results.report.impedance import impedance_charts, impedance_rows
from dendrolith.results.report.run_data import read_runs
from dendrolith.studies.register import load

pytestmark = pytest.mark.serial

FEW = ("--set", "points_per_decade=1", "--set", "lowest_frequency=100 Hz")
OTHER = Path(__file__).parents[2] / "configs" / "pfhub" / "1a.yaml"


@pytest.fixture
def copied(small_run, tmp_path):
    """A run to write into."""
    return shutil.copytree(small_run, tmp_path / "run")


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return [[float(cell) for cell in row] for row in list(csv.reader(file))[1:]]


def test_spectra_of_a_run_and_its_report(copied, capsys):
    """The last output time and the checkpoint are one state."""
    for label, more in (("fields", ("--at", "0.5 s")), ("kept", ())):
        assert main(["impedance", str(copied), "--label", label, *more, *FEW]) == 0
    assert "too few frequencies to tell" in capsys.readouterr().out
    folder = copied / "impedance"
    for one, other in zip(rows(folder / "fields.csv"), rows(folder / "kept.csv"), strict=True):
        assert one[:3] == pytest.approx(other[:3], rel=1e-9)
    assert json.loads((folder / "kept.json").read_text(encoding="utf-8"))["solves"] == 5
    assert {path.name for path in folder.glob("*.png")} == {"nyquist.png", "bode.png"}
    in_ohm = ("--label", "kept", "--in", "ohm", "--area", "0.5 cm^2")
    assert main(["impedance", str(copied), *in_ohm, *FEW]) == 0
    assert "i Ohm\n" in capsys.readouterr().out
    for one, other in zip(rows(folder / "kept.csv"), rows(folder / "kept_ohm.csv"), strict=True):
        assert other[1:3] == pytest.approx([part / 0.5e-4 for part in one[1:3]], rel=1e-12)
    runs = read_runs([copied])
    assert impedance_rows(runs)[0].name == "fields: time of the state"
    drawn = impedance_charts(runs)
    titles = [f"Impedance: {name}" for name in ("Nyquist", "modulus", "phase")]
    assert [title for title, _, _ in drawn] == titles
    assert all("fields" in words and "kept" in words for _, words, _ in drawn)


def test_a_whole_cell_has_both_electrodes_and_its_storage(tmp_path, capsys):
    """With a reference the table has them apart; C_χ = Q/|U′| is that of the state."""
    case = OTHER.parents[1] / "cells" / "with_mesh.yaml"
    where = "reference_electrode={at: {x: 140 um, y: 2 um}}"
    run = ["run", str(case), "--out", str(tmp_path / "run"), "-q", "--set", where]
    assert main([*run, "--set", "time.end=1 h", "--set", "output.every=1 h"]) == 0
    few = ("--set", "points_per_decade=1", "--set", "lowest_frequency=1e-3 Hz")
    assert main(["impedance", str(tmp_path / "run"), "--label", "whole", *few]) == 0
    folder = tmp_path / "run" / "impedance"
    table = np.array(rows(folder / "whole.csv"))
    np.testing.assert_allclose(table[:, 1:3], table[:, 3:5] + table[:, 5:7], rtol=1e-12)
    law = json.loads((folder / "whole.json").read_text(encoding="utf-8"))["settings"]
    capacitance = law["counter_capacitance"]
    slowest = 2 * np.pi * table[-1, 0]
    assert -table[-1, 6] == pytest.approx(1 / (slowest * capacitance), rel=1e-3)
    assert 5e4 < capacitance < 2e5  # Q of 1.1e5 C/m² over a slope near 1 V


def test_spectra_over_time(tmp_path):
    """Those of the running state are those of the saved one; the report shows first and last."""
    case, where = OTHER.parents[1] / "cells" / "with_mesh.yaml", tmp_path / "run"
    few = "points_per_decade: 1, lowest_frequency: 1e-2 Hz"
    more = (
        *("--set", f"impedance={{every: 20 min, {few}}}", "--set", "output.every=10 min"),
        *("--set", "time.end=20 min", "--set", "reference_electrode={at: {x: 140 um, y: 2 um}}"),
    )
    assert main(["run", str(case), "--out", str(where), "-q", *more]) == 0
    table = np.array(rows(where / "spectra.csv"))
    assert sorted(set(table[:, 0])) == [0, 1200]
    set_few = [word for pair in few.split(", ") for word in ("--set", pair.replace(": ", "="))]
    assert main(["impedance", str(where), "--label", "saved", *set_few]) == 0
    saved = np.array(rows(where / "impedance" / "saved.csv"))
    np.testing.assert_allclose(table[table[:, 0] == 1200][:, 1:6], saved[:, :5], rtol=1e-6)
    series = open_run(where).series
    assert series["hf_resistance"][-1] == pytest.approx(saved[0, 1], rel=1e-6)
    assert series["lf_resistance"][0] == pytest.approx(table[8, 2], rel=1e-12)
    runs = read_runs([where])
    assert [row.name.split(":")[0] for row in impedance_rows(runs)[::3]] == [
        *("t = 0 s", "t = 1200 s", "saved")
    ]
    with pytest.raises(ConfigError, match="is no multiple of"):
        load(case, ["impedance={every: 15 min}", "output.every=10 min"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--at", "0.3 s"), "no fields at t = 0.3 s"),
        (("--at", "1"), "has no unit"),
        (("--label", "a/b"), "use letters"),
        (("--in", "ohm"), "a cell in 2-D has no area"),
        (("--area", "1 cm^2"), "say --in ohm as well"),
        (("--set", "double_layer=3"), "has no unit"),
        (("--set", "double_lair=3 F/m^2"), "did you mean double_layer"),
        (("--set", "lowest_frequency=2 MHz"), "is above highest_frequency"),
    ],
)
def test_bad_options(small_run, arguments, message, capsys):
    assert main(["impedance", str(small_run), *arguments]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("error:") == 1


def test_other_folders(small_run, tmp_path, capsys):
    shutil.copy(OTHER, tmp_path / "config.yaml")
    assert main(["impedance", str(tmp_path)]) == 2
    assert main(["impedance", str(tmp_path / "no")]) == 2
    bare = shutil.copytree(small_run, tmp_path / "bare")
    config = bare / "config.yaml"
    config.write_text(config.read_text(encoding="utf-8").replace("1.5e-06 m", "1e-06 m"))
    assert "mesh_size: 1e-06 m" in config.read_text(encoding="utf-8")
    assert main(["impedance", str(bare), "--at", "0.5 s"]) == 2
    shutil.rmtree(bare / "checkpoints")
    assert main(["impedance", str(bare)]) == 2
    said = capsys.readouterr().err
    for message in (
        "another mesh",
        "an impedance needs one of plating",
        "no such folder",
        "no checkpoint",
    ):
        assert message in said
