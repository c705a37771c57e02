"""Plating on a mesh file, by command: as on the structured mesh, on any number of ranks."""

import csv
import shutil
from pathlib import Path

import pytest

from tests.command import ROOT, dendrolith, in_its_own_process, quietly, settings

pytestmark = pytest.mark.serial

CONFIG = ROOT / "configs" / "meshes" / "layered.yaml"
STEPS = 10
SAME_STEPS = [
    f"time.max_steps={STEPS}", "time.first_step=0.05 s", "time.max_step=0.05 s",
    "output.every=0.5 s", "solver.charge_tolerance=1e-10",
    "solver.petsc_options=-elastic_ksp_rtol 1e-8",
]  # fmt: skip
# Written down before the first comparison: δ/h is 4 on both, where a front is off by 3 %.
CHARGE, TIP = 0.02, 0.25e-6  # relative; m, a quarter of a mesh size


def rows(config: Path, out: Path, *overrides: str, ranks: int = 1) -> list[dict[str, float]]:
    words = ("run", config, "-q", "--out", out, *settings(*overrides))
    done = quietly(*words, ranks=ranks)
    assert done.returncode == 0, done.stderr
    with (out / "timeseries.csv").open(newline="", encoding="utf-8") as file:
        return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def unstructured(tmp_path_factory):
    out = tmp_path_factory.mktemp("unstructured") / "run"
    return out, rows(CONFIG, out, *SAME_STEPS)


def test_charge_and_tip_are_those_of_the_structured_mesh(unstructured, tmp_path):
    text = CONFIG.read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if "  mesh_file" not in line]
    structured = tmp_path / "structured.yaml"
    kept = [line for line in kept if "  mesh_unit" not in line]
    structured.write_text("\n".join(kept), encoding="utf-8")
    one, other = unstructured[1], rows(structured, tmp_path / "run", *SAME_STEPS)
    assert [row["time [s]"] for row in one] == [row["time [s]"] for row in other]
    assert len(one) == STEPS
    for name in ("lithium_plated [mol/m^2]", "ionic_current [A/m^2]"):
        assert one[-1][name] == pytest.approx(other[-1][name], rel=CHARGE)
    assert one[-1]["tip_height [m]"] == pytest.approx(other[-1]["tip_height [m]"], abs=TIP)
    assert one[-1]["tip_height [m]"] - one[0]["tip_height [m]"] > 2 * TIP
    assert max(row["charge_error [1]"] for row in one) < 1e-6


@pytest.mark.mpirun
def test_two_ranks_find_the_same(unstructured, tmp_path):
    one, two = unstructured[1][-1], rows(CONFIG, tmp_path / "two", *SAME_STEPS, ranks=2)[-1]
    for name in ("lithium_plated [mol/m^2]", "tip_height [m]", "ionic_current [A/m^2]"):
        assert two[name] == pytest.approx(one[name], rel=1e-6)


def test_a_run_directory_can_be_moved_and_goes_on(unstructured, tmp_path):
    """It keeps its mesh; another mesh under the old name is refused."""
    moved, more = tmp_path / "moved", ["--set", f"time.max_steps={STEPS + 2}"]
    shutil.copytree(unstructured[0], moved)
    again = dendrolith("run", str(moved / "config.yaml"), "-q", "--out", str(moved), "--resume",
                       "auto", *more)  # fmt: skip
    assert again.returncode == 0, again.stderr
    assert (moved / "mesh.msh").read_bytes() == (ROOT / "meshes" / "layered.msh").read_bytes()
    table = (moved / "timeseries.csv").read_text(encoding="utf-8").splitlines()
    assert len(table) == 1 + STEPS + 2
    other = tmp_path / "other.msh"
    other.write_text((moved / "mesh.msh").read_text() + "$Comments\n$EndComments\n")
    refused = dendrolith("run", str(moved / "config.yaml"), "--out", str(moved), "--resume", "auto",
                         "--set", f"geometry.mesh_file={other}", *more)  # fmt: skip
    assert refused.returncode == 2
    assert "geometry.mesh_file was" in refused.stderr


@pytest.mark.parametrize(
    ("override", "complaint"),
    [
        ("geometry.mesh_file=gone.msh", "'gone.msh' is no file in "),
        ("geometry.periodic=true", "only the structured mesh can have joined sides"),
        ("geometry.cell_type=quadrilateral", "a mesh file has cells of its own, triangles in 2-D"),
        ("geometry.depth=32 um", "holds a 2-D mesh, and the geometry is 3-D"),
        (
            "geometry.height=33 um",
            "spans (0, 0) to (4e-05, 3.2e-05) m, and the geometry",
        ),
        ("geometry.mesh_unit=1 mm", "mend the lengths, or mesh_unit"),
    ],
)
def test_what_does_not_fit_is_refused(override, complaint):
    done = dendrolith("check", str(CONFIG), "--set", override)
    assert done.returncode == 2
    assert complaint in done.stderr


@pytest.mark.mpirun
def test_all_ranks_end_where_the_mesh_does_not_fit(tmp_path):
    words = ("run", CONFIG, *settings("geometry.height=33 um"), "--out", tmp_path / "run")
    done = in_its_own_process(*words, ranks=2)
    assert done.returncode == 2
    assert done.stderr.count("mend the lengths, or mesh_unit") == 1


def test_layers_must_be_where_the_input_says():
    done = dendrolith("check", str(CONFIG), "--set", "geometry.lithium_thickness=9 um", "--set",
                      "geometry.electrolyte_thickness=31 um")  # fmt: skip
    assert done.returncode == 2
    assert "region 'lithium' reaches to x = 8e-06 m and fills 0.888889 of a foil" in done.stderr
    done = dendrolith("check", str(CONFIG), "--set", "geometry.mesh_size=2 um")
    assert done.returncode == 0
    assert "edges of cells beside the foil are 1 um" in done.stdout
