"""A small dendrite among spherical pores under pressure, in 3-D, through the command line."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from tests.command import ROOT, dendrolith, in_its_own_process, settings

pytestmark = pytest.mark.serial

CONFIG = ROOT / "configs" / "dendrite_3d.yaml"
SMALL = [
    "geometry.lithium_thickness=8 um", "geometry.electrolyte_thickness=32 um",
    "geometry.height=24 um", "geometry.depth=24 um", "geometry.mesh_size=2 um",
    "protrusions.height=10 um", "pores.fraction=0.03", "pores.mean_diameter=8 um",
    "pores.walls.wall_width=4 um", "time.end=1 s", "output.every=0.5 s",
    "solver.charge_tolerance=1e-10",
]  # fmt: skip


def run(out: Path, ranks: int, *overrides: str) -> list[dict[str, float]]:
    words = ("run", CONFIG, "-q", "--out", out, *settings(*SMALL, *overrides))
    done = dendrolith(*words) if ranks == 1 else in_its_own_process(*words, ranks=ranks)
    assert done.returncode == 0, done.stderr
    with (out / "timeseries.csv").open(newline="", encoding="utf-8") as file:
        return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    out = tmp_path_factory.mktemp("run") / "n1"
    return run(out, 1), out


def test_dendrite_grows_and_charge_balances(grown):
    rows, out = grown
    first, last = rows[0], rows[-1]
    assert last["time [s]"] == 1.0
    assert max(row["charge_error [1]"] for row in rows) < 1e-6
    assert last["inventory_error [1]"] < 1e-7
    assert last["tip_height [m]"] > first["tip_height [m]"] + 1e-6
    assert last["lithium_plated [mol/m^2]"] > 0
    plated = sum(row["ionic_current [A/m^2]"] * row["dt [s]"] for row in rows) / 96485.33
    assert last["lithium_plated [mol/m^2]"] == pytest.approx(plated, rel=1e-5)
    assert last["lithium_pieces [1]"] == 1
    assert 1e6 < last["pressure_in_lithium [Pa]"] < 5e7
    status = json.loads((out / "status.json").read_text(encoding="utf-8"))
    assert status["state"] == "done"


def test_pictures_and_fields_are_there(grown):
    import adios2

    _, out = grown
    for name in ("overview", "label", "phi_ion", "phi_el", "pressure", "timeseries"):
        assert (out / f"{name}.png").stat().st_size > 10_000, name
    with adios2.FileReader(str(out / "fields" / "cell.bp")) as file:
        xi = file.read("xi", step_selection=[2, 1])
        assert xi.size == 21 * 13 * 13
        assert np.isfinite(xi).all()
    with adios2.FileReader(str(out / "fields" / "u.bp")) as file:
        assert file.read("u").size == 3 * 21 * 13 * 13


def test_report_shows_it_in_space(grown, tmp_path):
    """Lithium, pores and mid-plane from three times; the planes of all fields beside them."""
    _, out = grown
    page = tmp_path / "page.html"
    done = dendrolith("report", out, "--out", page)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    text = page.read_text(encoding="utf-8")
    assert text.count('alt="Lithium and pores, with the mid-plane at t = ') == 3
    assert text.count("mid-plane z = 12 µm</figcaption>") == 5 * 3


@pytest.mark.slow
def test_two_ranks_grow_the_same_dendrite(grown, tmp_path):
    rows, _ = grown
    others = run(tmp_path / "n2", 2)
    assert len(others) == len(rows)
    for column in ("time [s]", "ionic_current [A/m^2]", "electronic_current [A/m^2]",
                   "tip_height [m]", "lithium_plated [mol/m^2]", "pressure_in_lithium [Pa]",
                   "lithium_in_electrolyte [mol/m^2]"):  # fmt: skip
        assert others[-1][column] == pytest.approx(rows[-1][column], rel=1e-5), column


@pytest.mark.slow
def test_tetrahedra_grow_nearly_the_same_dendrite(grown, tmp_path):
    """As coarse as this (h = δ/3) the front feels the lattice: they agree to 15 %."""
    rows, _ = grown
    others = run(tmp_path / "tets", 1, "geometry.cell_type=tetrahedron")
    for column in ("ionic_current [A/m^2]", "lithium_plated [mol/m^2]"):
        assert others[-1][column] == pytest.approx(rows[-1][column], rel=0.15), column
