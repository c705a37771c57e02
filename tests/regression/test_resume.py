"""A run that stops and goes on is the run that never stopped, to the last digit."""

import json
from pathlib import Path

import adios2
import numpy as np
import pytest

from dendrolith.results.study_of_run import study_of_run
from tests.command import ROOT, dendrolith, quietly, settings
from tests.parallel.test_ranks import SMALL
from tests.studies import RUNS

pytestmark = pytest.mark.serial

QUICKSTART = ROOT / "configs" / "quickstart.yaml"
# a part of the cells that would take minutes
PART = {
    "pressure": ["geometry.height=125 um", "geometry.electrolyte_thickness=200 um",
                 "geometry.lithium_thickness=50 um", "protrusions.count=1"],
    "pores_3d": ["geometry.height=25.5 um", "geometry.depth=25.5 um",
                 "geometry.electrolyte_thickness=37 um", "geometry.lithium_thickness=11 um"],
    "dendrite_3d": ["geometry.height=27 um", "geometry.depth=27 um",
                    "geometry.electrolyte_thickness=33 um", "pores.mean_diameter=8 um",
                    "pores.fraction=0.05"],
    "laboratory": ["geometry.height=40 um", "geometry.electrolyte_thickness=40 um",
                   "pores.fraction=0.0962"],
}  # fmt: skip
# a minute and more on two cores between them, of physics that another of the runs has as well
LONG = (
    *("pores_3d", "dendrite_3d", "pressure", "pores", "small_dendrite", "laboratory"),
    *("kinked_crack", "dry_crack", "bipolar_crack", "slit", "reversal", "dendrite", "separator"),
    *("strip_charge", "layered", "1a", "disc", "leaf", "pressed_crack", "0MPa", "5MPa", "10MPa"),
    *("dendrite_under_creep", "press_ptfe", "pressed_stack_charge", "lithium_in_crack"),
    "lithium_cracks_plate",
    *("dendrite_under_creep", "press_ptfe", "pressed_stack_charge"),
    *("mesh_soft_short", "lto_soft_short"),
)


def shipped(path: Path):
    """The parameter of a shipped input."""
    return pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if path.stem in LONG else [])


def run(
    config: Path,
    out: Path,
    *overrides: str,
    ranks: int = 1,
    resume: bool = False,
    pictures: bool = False,
) -> str:
    """One start of a run; what it said."""
    words = ["run", config, "--out", out, *settings(*overrides)]
    words += ["--resume", "auto"] if resume else []
    done = dendrolith(*words) if pictures else quietly(*words, ranks=ranks)
    assert done.returncode == 0, done.stderr
    return done.stderr


def stored(out: Path, step: int) -> dict[str, bytes]:
    """Tables and checkpoint of a step: every field, number and age of the run."""
    slot = out / "checkpoints" / f"step-{step:08d}"
    files = [*sorted(out.glob("*.csv")), *slot.glob("rank-*.npz")]
    found = {file.name: file.read_bytes() for file in files}
    tables = {"timeseries.csv"}
    if study_of_run(out).name == "plating":
        tables |= {"pieces.csv", "piece_events.csv"}
    assert tables <= found.keys()
    numbers = json.loads((slot / "run.json").read_text(encoding="utf-8"))
    del numbers["record.wall"]
    return {**found, "run.json": json.dumps(numbers, sort_keys=True).encode()}


@pytest.mark.parametrize("config", [shipped(path) for path in RUNS])
def test_every_shipped_config(config, tmp_path):
    """Four steps at once with their pictures, and two and two."""
    part = PART.get(config.stem, [])
    run(config, tmp_path / "full", *part, "time.max_steps=4", pictures=True)
    assert list((tmp_path / "full").glob("*.png"))
    run(config, tmp_path / "half", *part, "time.max_steps=2")
    said = run(config, tmp_path / "half", *part, "time.max_steps=4", resume=True)
    assert "resumed    at step 2" in said
    assert stored(tmp_path / "full", 4) == stored(tmp_path / "half", 4)


@pytest.mark.mpirun
@pytest.mark.parametrize("ranks", [pytest.param(2, marks=pytest.mark.slow), 3])
def test_on_several_ranks(ranks, tmp_path):
    small = [*SMALL, "output.every=0.05 s"]
    run(QUICKSTART, tmp_path / "full", *small, ranks=ranks)
    run(QUICKSTART, tmp_path / "half", *small, "time.max_steps=9", ranks=ranks)
    run(QUICKSTART, tmp_path / "half", *small, ranks=ranks, resume=True)
    steps = (tmp_path / "full" / "timeseries.csv").read_text(encoding="utf-8").count("\n") - 1
    full = stored(tmp_path / "full", steps)
    assert full == stored(tmp_path / "half", steps)
    assert full["pieces.csv"].count(b"\n") == 12  # the header, t = 0 and ten output times


WHOLE_CELL = [
    "counter_electrode={potential: NMC811, areal_capacity: 2 mAh/cm^2, "
    "exchange_current_density: 200 A/m^2, molar_volume: 1.6e-6 m^3/mol, initial_fraction: 0.7}",
    "impedance={every: 0.05 s, points_per_decade: 1, lowest_frequency: 100 kHz}",
    "reference_electrode={at: {x: 40 um, y: 24 um}}",
    "electrodes.direct_reduction=2 kA/m^2",
    "electrodes.product_charge=50 C/m^2",
    "control=[{current: 500 A/m^2}]",
    "elasticity.right=frame",
    "elasticity.coupling=overpotential",
    "output.every=0.05 s",
]


@pytest.mark.parametrize(
    "ranks",
    [1, pytest.param(2, marks=pytest.mark.mpirun),
     pytest.param(3, marks=[pytest.mark.mpirun, pytest.mark.slow])],
)  # fmt: skip
def test_a_whole_cell(ranks, tmp_path):
    """Frame, counter and reference electrode, direct reduction, spectra, a held current: all."""
    cell = [*SMALL, *WHOLE_CELL]
    run(QUICKSTART, tmp_path / "full", *cell, "time.max_steps=12", ranks=ranks)
    run(QUICKSTART, tmp_path / "half", *cell, "time.max_steps=7", ranks=ranks)
    run(QUICKSTART, tmp_path / "half", *cell, "time.max_steps=12", ranks=ranks, resume=True)
    assert stored(tmp_path / "full", 12) == stored(tmp_path / "half", 12)


def test_a_finished_run_has_nothing_left_to_do(tmp_path):
    """And goes on where a later end asks for more."""
    out = tmp_path / "run"
    small = [*SMALL, "output.every=0.05 s"]
    run(QUICKSTART, out, *small, "time.end=0.1 s", resume=True)
    steps = json.loads((out / "status.json").read_text(encoding="utf-8"))["steps"]
    before = stored(out, steps)
    assert "is complete: nothing to do" in run(
        QUICKSTART, out, *small, "time.end=0.1 s", resume=True
    )
    assert stored(out, steps) == before
    run(QUICKSTART, out, *small, "time.end=0.15 s", resume=True)
    status = json.loads((out / "status.json").read_text(encoding="utf-8"))
    assert (status["state"], status["time"]) == ("done", 0.15)


@pytest.mark.mpirun
def test_one_series_for_paraview(tmp_path):
    """Output times of a resumed run, joined: those and the values of the run that never stopped."""
    small = [*SMALL, "output.every=0.1 s", "time.end=0.3 s"]
    run(QUICKSTART, tmp_path / "full", *small)
    run(QUICKSTART, tmp_path / "half", *small, "time.max_steps=12", ranks=2)
    run(QUICKSTART, tmp_path / "half", *small, ranks=2, resume=True)
    done = dendrolith("join", tmp_path / "half")
    assert done.returncode == 0, done.stderr
    with (
        adios2.FileReader(str(tmp_path / "full" / "fields" / "cell.bp")) as full,
        adios2.FileReader(str(tmp_path / "half" / "fields" / "all-cell.bp")) as joined,
    ):
        steps = full.num_steps()
        assert joined.num_steps() == steps == 4
        times = [file.read("step", step_selection=[0, steps]).ravel() for file in (full, joined)]
        np.testing.assert_array_equal(*times)
        assert full.read_attribute("vtk.xml") == joined.read_attribute("vtk.xml")
        last = [nodal(file, "xi", steps - 1) for file in (full, joined)]
        assert last[0].keys() == last[1].keys()
        for place, value in last[0].items():
            assert last[1][place] == pytest.approx(value, abs=1e-7)
        assert cells(full) == cells(joined)


def cells(file):
    """Every cell by its middle in nanometres; ranks share those beside a cut."""
    corners = file.read("connectivity", block_id=0, step_selection=[0, 1])[:, 1:]
    points = file.read("geometry", block_id=0, step_selection=[0, 1])
    middles = np.round(1e9 * points[corners].mean(axis=1)).astype(int)
    return set(map(tuple, middles.tolist()))


def nodal(file, name, step):
    """Value by place, in nanometres."""
    points = file.read("geometry", block_id=0, step_selection=[step, 1])
    values = file.read(name, block_id=0, step_selection=[step, 1]).ravel()
    return {
        tuple(np.round(1e9 * point).astype(int)): value
        for point, value in zip(points, values, strict=True)
    }
