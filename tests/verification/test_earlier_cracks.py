"""A cell that goes on from the cracks of another run, and from the lithium in them."""

import numpy as np
import pytest
from mpi4py import MPI

from dendrolith import open_run
from dendrolith.core.errors import ConfigError
from dendrolith.observables.nodal import metal
from dendrolith.studies.plating.build import prepare
from dendrolith.studies.register import load
from tests.studies import CONFIGS, run

pytestmark = pytest.mark.serial

CONFIG = CONFIGS / "fracture" / "lithium_in_crack.yaml"
STATIC = ("damage.toughness=2000 J/m^2", "kinetics.exchange_current_density=100 A/m^2")
PRESSURE, OPENINGS = "lithium_pressure_max [Pa]", "lithium_in_openings [mol/m^2]"
LENGTH, VOLUME = "crack_length [m]", "opening_volume [m^2]"
THRESHOLD = 0.05
SAME = 2e-2  # the pressure of a step is that of the potentials predicted for it
MOUTH = 0.04  # foil holds the mouth of a crack sound, and it is where d is carried


@pytest.fixture(scope="module")
def earlier(tmp_path_factory):
    """Columns of a run of some steps, and its fields in a file."""
    folder = tmp_path_factory.mktemp("earlier")
    steps = ("time.first_step=1 s", "time.end=20 s", "output.every=20 s", "time.max_step=5 s")
    found = run(CONFIG, folder / "run", *STATIC, *steps)
    open_run(folder / "run").save_fields(folder / "fields.npz")
    return found, folder / "fields.npz"


def goes_on(file, *more, foil=16):
    """Overrides of a cell that has lithium and cracks of the other run alone, beyond its foil."""
    empty = ("protrusions=null", "seed_cracks=[]")
    return (*STATIC, *empty, f"earlier_lithium={{file: {file}, cut: {foil} um}}", *more)


def test_the_same_cell_goes_on_where_the_run_was(earlier, tmp_path):
    """But for 4 µm of foil, all of it is what the other run has left."""
    before, file = earlier
    box = ("geometry.lithium_thickness=4 um", "geometry.electrolyte_thickness=76 um")
    steps = ("time.first_step=1e-6 s", "time.max_steps=1")
    now = run(CONFIG, tmp_path, *goes_on(file, *box, *steps, foil=4))
    assert before[PRESSURE][-1] > 1e6
    assert now[OPENINGS][0] == pytest.approx(before[OPENINGS][-1], rel=1e-6)
    for name, apart in ((PRESSURE, SAME), (VOLUME, SAME), (LENGTH, MOUTH)):
        assert now[name][0] == pytest.approx(before[name][-1], rel=apart), name


@pytest.mark.parametrize(
    ("box", "between"),
    [
        (("electrolyte_thickness=49 um", "height=64 um"), False),
        (("electrolyte_thickness=50 um", "height=65 um"), True),  # nodes lie half-way
    ],
)
def test_lithium_and_cracks_are_turned(earlier, box, between):
    """Sums over nodes: what lay below 41 µm lies beyond 24 µm, off the new foil."""
    stored = np.load(earlier[1])
    x, y, _ = stored["points"].T * 1e6
    kept = (x > 15.9) & (y < 40.9)
    turned = "earlier_lithium.turn=90 deg"
    there = goes_on(earlier[1], turned, *(f"geometry.{side}" for side in box))
    state = prepare(load(CONFIG, there), MPI.COMM_SELF).f.state
    beyond = state.scalar_space.tabulate_dof_coordinates()[:, 0] > 24.1e-6 + between * 0.5e-6
    weight = np.where(between & (x < 16.1), 0.5, 1.0)[kept]  # half of a row at the cut is left out
    held = (stored["capacity"] * metal(stored["xi"], THRESHOLD))[kept] @ weight
    found = (state["capacity"].x.array * metal(state["xi"].x.array, THRESHOLD))[beyond].sum()
    exact = 0.02 if between else 1e-9
    assert found == pytest.approx(held, rel=exact)
    w = state["in_openings"].x.array[beyond].sum()
    assert w == pytest.approx(stored["in_openings"][kept] @ weight, rel=exact)
    # a crack whose nodes lie between those of this mesh is one row of cells wider
    broken, rows = (stored["d"][kept] > 0.999).sum(), 3 if between else 2
    assert (state["d"].x.array > 0.999).sum() == pytest.approx(broken * rows / 2, abs=4)


@pytest.mark.parametrize(
    ("lacks", "leave", "words"),
    [
        ("d", (), "has no field d: the section damage goes on from it"),
        ("capacity", (), "has no field capacity: the section cracks"),
        ("in_openings", (), "has no field in_openings: the section lithium_pressure"),
        ("", ("lithium_pressure=null",), "add the section lithium_pressure"),
    ],
)
def test_what_one_run_has_and_the_other_lacks_is_refused(earlier, tmp_path, lacks, leave, words):
    stored = dict(np.load(earlier[1]))
    stored.pop(lacks, None)
    np.savez(tmp_path / "fields.npz", **stored)
    config = load(CONFIG, goes_on(tmp_path / "fields.npz", *leave))
    with pytest.raises(ConfigError, match=words):
        prepare(config, MPI.COMM_SELF)
