"""`check` refuses what a run refuses before its first step, in the same words."""

from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from mpi4py import MPI

from dendrolith.core.errors import ConfigError
from dendrolith.shapes import placing
from dendrolith.simulation import Simulation
from dendrolith.studies.check import check
from dendrolith.studies.plating import rehearsal
from dendrolith.studies.register import load, study_of
from tests.unit.test_cycles_and_overrides import CELL, HELD

pytestmark = pytest.mark.serial

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "solver" / "dendrolith"
LAYERED = ROOT / "meshes" / "layered.msh"
WALLS = {"wall_width": "3 um"}
RANDOM = {"fraction": 0.1, "mean_diameter": "10 um", "access": "blocked", "walls": WALLS, "seed": 3}
DRAWN = {"image": "slice.png", "access": "blocked", "walls": WALLS}
OPTIONS = "solver.petsc_options="


@pytest.fixture(autouse=True)
def few_tries(monkeypatch):
    """What does not fit is found at once."""
    monkeypatch.setattr(placing, "TRIES_PER_SPHERE", 300)


def said_by(what, config) -> list[str]:
    """The problems that are named; none where nothing is refused."""
    try:
        what(config)
    except ConfigError as error:
        return error.problems
    return []


def checked(config):
    study = study_of(config)
    return check(study, config, untried=study.rehearse(config))


def built(config):
    Simulation(config, MPI.COMM_SELF).destroy()


def agree(sections, *overrides) -> list[str]:
    """What both say."""
    config = load(CELL | {"control": HELD} | sections, overrides)
    problems = said_by(checked, config)
    assert problems == said_by(built, config)
    return problems


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["pores.fraction=0.4"], "pores fit without touching"),
        (["pores.fraction=0.15"], "is 1.47 pores of 10 um"),
        (["pores.mean_diameter=22 um", "pores.fraction=0.4"], "is 0.808 pores of 22 um"),
        (["pores.mean_diameter=19.6 um", "pores.fraction=0.393"], "does not fit into the"),
        (["pores.fraction=0.4", "geometry.periodic=true"], "pores fit without touching"),
        (["pores.fraction=0.02", "geometry.depth=12 um", "geometry.mesh_size=1.5 um"],
         "is 0.352 pores of 10 um"),
        (["pores.fraction=0.37", "pores.evolution={mobility: 1e-19 m^5/(J s)}"], "pores fit"),
    ],
)  # fmt: skip
def test_random_pores(overrides, words):
    (problem,) = agree({"pores": RANDOM}, *overrides)
    assert words in problem


def test_one_pore_and_none_are_taken():
    assert agree({"pores": RANDOM | {"fraction": 0.103}}) == []
    assert agree({}) == []


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        ("black", "leaves nothing but pore"),
        ("white", "leaves no pore"),
        ("no picture", "cannot be read as a picture"),
        ("dust", "leave contours of"),
        ("a disc", ""),
    ],
)
def test_pictures(picture, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if picture == "no picture":
        (tmp_path / "slice.png").write_text(picture)
    else:
        y, x = np.mgrid[:96, :128] / 4
        solid = {
            "black": 0 * x,
            "white": 0 * x + 1,
            "dust": ((x - 8) % 16 > 0.2) | ((y - 8) % 16 > 0.2),
            "a disc": np.hypot(x - 20, y - 12) > 6,
        }
        matplotlib.image.imsave("slice.png", solid[picture], cmap="gray", vmin=0, vmax=1)
    problems = agree({"pores": DRAWN})
    assert (words in problems[0]) if words else not problems


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("title=as it is", ""),
        ("geometry.height=33 um", "mend the lengths, or mesh_unit"),
        ("geometry.lithium_thickness=12 um", "fills 0.666667 of a foil"),
        ("geometry.depth=10 um", "holds a 2-D mesh, and the geometry is 3-D"),
        ("geometry.mesh_file=README.md", "cannot be read as a mesh"),
        ("pores.fraction=0.12", "is 1.56 pores"),
    ],
)
def test_mesh_files(override, words):
    cell = {"lithium_thickness": "8 um", "electrolyte_thickness": "32 um", "height": "32 um",
            "mesh_size": "1 um", "mesh_file": str(LAYERED), "mesh_unit": "1 um"}  # fmt: skip
    if "lithium" in override:
        override, cell["electrolyte_thickness"] = override, "28 um"
    problems = agree({"geometry": cell, "pores": RANDOM | {"fraction": 0.0767}}, override)
    assert (words in problems[0]) if words else not problems


def test_grains_that_do_not_fit():
    (problem,) = agree({"grains": {"width": "2 um", "mean_size": "70 um"}})
    assert "the box holds 0, not two" in problem
    assert agree({"grains": {"width": "2 um", "mean_size": "12 um"}}) == []


def test_fields_of_an_earlier_run(tmp_path):
    earlier = {"file": str(tmp_path / "fields.npz"), "cut": "12 um"}
    np.savez(tmp_path / "fields.npz", points=np.eye(3), xi=np.ones(2))
    (problem,) = agree({"earlier_lithium": earlier})
    assert "points and xi do not belong together" in problem
    np.savez(tmp_path / "fields.npz", points=np.eye(3), xi=np.ones(3), in_openings=np.ones(3))
    (problem,) = agree({"earlier_lithium": earlier})
    assert "add the section lithium_pressure" in problem


@pytest.mark.parametrize(
    ("x", "words"), [("30 um", ""), ("4 um", "lies in lithium"), ("9 um", "an interface width")]
)
def test_reference_electrodes(x, words):
    problems = agree({"reference_electrode": {"at": {"x": x, "y": "16 um"}}})
    assert (words in problems[0]) if words else not problems


@pytest.mark.parametrize(
    ("option", "further", "words"),
    [
        ("-lithium_ksp_max_it x", {}, "refused for -lithium_: Input string x"),
        ("-charge_snes_max_it 1e-6", {}, "refused for -charge_: Input string 1e-6"),
        ("-charge_ksp_rtol 2.5", {}, "refused for -charge_"),
        ("-elastic_ksp_rtol 2.5", {"elasticity": {}}, "refused for -elastic_: Relative tolerance"),
        ("-elastic_ksp_rtol 2.5", {}, ""),
        ("-coupled_ksp_rtol 2.5", {}, ""),
        ("-coupled_ksp_rtol 2.5", {"time": {"end": "1 s", "scheme": "bdf2"}}, "for -coupled_"),
        ("-lithium_pc_type gamg -charge_ksp_monitor", {}, ""),
    ],
)
def test_options_of_petsc(option, further, words):
    problems = agree(further, OPTIONS + option)
    assert (words in problems[0]) if words else not problems


def test_what_is_not_tried_is_said(monkeypatch):
    monkeypatch.setattr(rehearsal, "MOST_NODES", 100)
    taken, refused = (
        CELL | {"control": HELD, "pores": RANDOM | {"fraction": f}} for f in (0.103, 0.4)
    )
    assert "the walls of the pores are not tried here: 1e+03 nodes" in checked(load(taken))
    with pytest.raises(ConfigError, match="pores fit without touching"):
        checked(load(refused))


# Where what builds a cell may refuse; each is reached by a case above, or by no input.
REFUSING = {
    "domain/domain.py",  # a name that `read_mesh` has found already
    "domain/image.py",
    "domain/mesh_file.py",
    "domain/stored_field.py",
    "shapes/placing.py",
    "shapes/voronoi.py",
    "solvers/linear.py",
    "studies/plating/earlier_cracks.py",
    "studies/plating/mesh.py",
    "studies/plating/pore_image.py",
    "studies/plating/pores.py",
    "studies/plating/reference_place.py",
}
BUILDERS = ("physics", "control", "domain", "fields", "shapes", "solvers", "schemes", "observables")


def test_no_other_place_refuses_a_cell():
    folders = [PACKAGE / name for name in BUILDERS] + [PACKAGE / "studies" / "plating"]
    files = [file for folder in folders for file in folder.rglob("*.py")]
    found = {file for file in files if "ConfigError(" in file.read_text(encoding="utf-8")}
    assert {str(file.relative_to(PACKAGE)) for file in found} == REFUSING
