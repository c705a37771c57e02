"""A pressed cell from its YAML: hold, locking, charge; preview; what is refused."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
from mpi4py import MPI

from dendrolith.cli import main
from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.physics.neutrons import Neutrons, chord
from dendrolith.results.open_run import open_run
from dendrolith.simulation import Simulation, march, view_of
from dendrolith.studies.creep.assumptions import assumed_values
from dendrolith.studies.creep.geometry import Shape
from dendrolith.studies.creep.tracers import kept_inside
from dendrolith.studies.register import load
from tests.studies import CONFIGS, verbs

pytestmark = pytest.mark.serial

CONFIG = CONFIGS / "creep" / "stack_charge.yaml"
QUICK = ["mesh.across=4", "frame.hold=2 s", "time.end=20 s", "output.every=10 s",
         "time.max_change=0.2", "time.first_step=0.1 s", "cell.gap.filled=100 um"]  # fmt: skip
P, H = "stack_pressure [Pa]", "foil_thickness [m]"


def quick(*overrides: str) -> Simulation:
    return Simulation(load(CONFIG, [*QUICK, *overrides]), MPI.COMM_SELF)


def test_a_force_is_held_then_the_frame_is_locked():
    with quick() as cell:
        rows = [(step, cell.measure(step)) for step in march(cell)]
        tables = cell.table.rows(view_of(rows[-1][0]))
    held = [values for step, values in rows if step.stage == 0]
    locked = [values for step, values in rows if step.stage == 1]
    assert all(values[P] == 10e6 for values in held)
    assert held[-1]["plated_thickness [m]"] == 0.0
    h_lock = held[-1][H]
    for values in locked:
        assert values[P] == pytest.approx(10e6 + 0.5e12 * (values[H] - h_lock), rel=1e-12)
        assert abs(values["volume_error [1]"]) < 1e-10
        assert values["network_pressure [Pa]"] == pytest.approx(values[P], rel=1e-2)
        assert values["resistance_factor [1]"] == pytest.approx(1.0, abs=2e-2)
        assert 0.8e6 < values["peak_flow_stress [Pa]"] < 3e6
    assert rows[-1][0].time == 20.0
    # the film is a part of the pressure; its centre sees 2.7 times its mean
    face = np.array(tables["face_pressure"])
    assert 1.2 < face[0, 3] / locked[-1][P] < 2.737
    # the bore bears less the farther up
    wall = np.array(tables["wall_pressure"])
    assert np.all(np.diff(wall[:, 1]) > 0)
    low, high = np.interp([0.1, 0.8], wall[:, 1] / wall[-1, 1], wall[:, 3])
    assert low > high > 0
    assert np.all(wall[:, 2] == pytest.approx(100e-6))
    # below the rod lithium has thinned, beside it there is more
    seen = np.array(tables["transmission"])
    assert seen[:, 3].max() > 1.01
    assert seen[:, 4].min() < 0.99
    # particles at the edge are carried into the ring, those below the rod stay below it
    _, number, r, z = np.array(tables["tracers"]).T
    assert len(number) == 45
    assert np.all(r[number % 9 == 0] < 1e-8)
    assert r[number % 9 == 8].max() > 3.1755e-3
    assert np.all(z[r < 3.175e-3] < locked[-1][H])


@pytest.mark.parametrize("front", ["plug", "shaped"])
def test_a_cell_goes_on_from_its_checkpoint(front):
    """To the last digit, in the hold and in the charge."""
    change = f"cell.gap.front={front}"
    with quick(change) as whole, quick(change) as parts:
        for simulation in (whole, parts):
            simulation.march.start()
        for _ in range(6):
            whole.march.step()
        saved: CheckpointData | None = None
        for number in range(6):
            if number in (2, 4):
                saved = parts.march.save()
                parts.march.step()
                parts.march.restore(saved)
            parts.march.step()
        one, other = whole.march.save().numbers, parts.march.save().numbers
    assert one == other


def slot_table(folder, rows):
    path = folder / "slot.csv"
    lines = [",".join(map(str, row)) for row in rows]
    path.write_text("\n".join(["time [s],from [m],to [m],gap [m]", *lines, ""]), encoding="utf-8")
    return f"cell.gap.profile={path}"


def ends(simulation):
    with simulation as cell:
        rows = [cell.measure(step) for step in march(cell)]
    assert all(abs(row["volume_error [1]"]) < 1e-10 for row in rows)
    return rows[-1]


def test_a_table_of_one_width_is_that_width(tmp_path):
    rows = [(1, -1e-4, 0, 9e-4), (2, -1e-4, 1e-4, 1e-4), (2, 1e-4, 1e-3, 1e-4)]
    one, other = ends(quick(slot_table(tmp_path, rows))), ends(quick())
    for name, value in other.items():
        assert one[name] == pytest.approx(value, rel=1e-9, abs=1e-12 * ("[1]" in name)), name


def test_lithium_fills_a_wedge_that_is_closed_above(tmp_path):
    """Volume is exact, finite elements and network agree to 2 %, and the wedge ends at 5 µm."""
    z = np.linspace(0, 8e-4, 17)
    middle = (z[1:] + z[:-1]) / 2
    gaps = np.maximum(150e-6 * (1 - middle / 6.2e-4), 0.0)
    table = slot_table(tmp_path, zip([0] * 16, z[:-1], z[1:], gaps, strict=True))
    last = ends(quick(table, "frame.hold=20 s"))
    assert last["network_pressure [Pa]"] == pytest.approx(last[P], rel=1e-9)  # held
    last = ends(quick(table, "time.end=200 s", "output.every=100 s"))
    assert last["network_pressure [Pa]"] == pytest.approx(last[P], rel=2e-2)
    top = last[H] + last["slot_length [m]"]
    low, high = gaps[11:13]  # 10.9 µm at 575 µm, 0 at 625 µm
    end = middle[11] + 50e-6 * (low - 5e-6) / (low - high)
    assert last["gap_filled [1]"] == pytest.approx(top / end, rel=1e-9)


@pytest.mark.slow
def test_a_soft_tube_lowers_the_pressure(tmp_path):
    """Volume stays exact, a stiff tube is as good as a rigid one, and a checkpoint is the state."""
    tube = ("tube_set=PTFE", "tube.half_length=3 mm")
    hard = ("tube.young_modulus=1e3 GPa", "tube.yield_stress=1e3 GPa")
    rigid, stiff = ends(quick()), ends(quick(*tube, *hard))
    soft = ends(quick(*tube))
    assert stiff[P] == pytest.approx(rigid[P], rel=1e-4)
    assert 2e-6 < soft["bore_displacement [m]"] < 2e-5
    assert 10e6 - soft[P] > 1.05 * (10e6 - rigid[P])
    with quick(*tube) as whole, quick(*tube) as parts:
        for simulation in (whole, parts):
            simulation.march.start()
        for _ in range(2):
            whole.march.step()
        parts.march.step()
        saved = parts.march.save()
        parts.march.step()
        parts.march.restore(saved)
        parts.march.step()
        assert whole.march.save().numbers == parts.march.save().numbers
        reached = whole.march.save().numbers
    with quick(*tube) as another:  # as a process of its own
        another.march.restore(saved)
        another.march.step()
        assert another.march.save().numbers == reached


def test_tables_that_are_no_slots_are_refused(tmp_path, capsys):
    open_to = [(0, 0.0, 2e-4, 1e-4), (0, 2e-4, 1e-3, 1e-4)]
    for rows, words, message in (
        (open_to[:1], (), "two rows or more above height 0"),
        (open_to, ("cell.gap.width=50 um",), "does nothing beside profile"),
        (open_to, ("cell.gap.height=1 mm",), "does nothing beside profile"),
        (open_to, ("wall_friction.friction_factor=0.2",), "leave wall_friction out"),
        (open_to, ("tube_set=PTFE", "tube.outer_radius=3 mm"), "is not above radius"),
        (open_to, ("tube_set=PTFE", "tube.half_length=0.3 mm"), "is not above cell.foil_thickness"),
        ([*open_to, (0, 1e-3, 2e-3, "nan")], (), "slot.csv:4: 0.001, 0.002, nan: must be numbers"),
        ([*open_to, (0, 1e-3, 2e-3, -2e-5)], (), "there the rod is wider than the bore"),
        ([*open_to, (0, 1e-3, 2e-3, 4e-3)], (), "above radius = 0.003175 m: no slot"),
        ([(0, 0.0, 2e-4, 2e-3), (0, 2e-4, 1e-3, 2e-3)], (), "is below 0.05 of the slot's width"),
        ([(0, 0.0, 2e-4, 1e-4), (0, 2e-4, 4e-4, 1e-6)], (), "fill less"),
        ([(0, 0.0, 5e-5, 1e-4), (0, 5e-5, 1e-4, 1e-6)], (), "closed beside the rod"),
    ):
        table = slot_table(tmp_path, rows)
        sets = [word for change in (table, *words) for word in ("--set", change)]
        assert main(["check", str(CONFIG), "--set", "cell.gap.filled=60 um", *sets]) == 2
        assert message in capsys.readouterr().err, message


def test_points_are_kept_in_a_shape():
    shape = Shape.straight(2.0, 1.0, 0.5, 3.0)
    inside = np.array([[0.5, 0.5], [2.2, 0.3], [2.4, 3.0]])
    np.testing.assert_allclose(kept_inside(shape, inside), inside, atol=1e-6)
    outside = np.array([[-0.1, 0.5], [1.0, 1.2], [2.7, 2.0], [2.2, 5.0]])
    rim = [[0.0, 0.5], [2.0, 1.2], [2.5, 2.0], [2.2, 4.0]]
    np.testing.assert_allclose(kept_inside(shape, outside), rim, atol=2e-6)


def pressed_inputs(folder, tube="PEEK", pressure="100 MPa"):
    """Inputs of a coarse press and of a short charge in the slot that it leaves."""
    press = {
        "study": "press", "tube_set": tube, "pressure": pressure, "mesh_size": "180 um",
        "tube": {"outer_radius": "6.35 mm", "half_length": "3 mm"},
        "output": {"every": "1000 s"},
    }  # fmt: skip
    charge = {
        "study": "creep", "creep_set": "LePage2019", "cell": {"gap": {"press": "press.yaml"}},
        "charge": {"current": "62.6 uA"}, "frame": {"hold": "10 s"}, "mesh": {"across": 4},
        "time": {"end": "600 s", "max_change": 0.1}, "output": {"every": "300 s"},
    }  # fmt: skip
    for name, values in (("press", press), ("cell", charge)):
        (folder / f"{name}.yaml").write_text(json.dumps(values), encoding="utf-8")
    return folder / "cell.yaml"


@pytest.mark.slow
def test_press_stack_and_charge_by_one_command(tmp_path, capsys):
    """The second call computes nothing; a tube that does not bear the pellet leaves no slot."""
    cell, out = pressed_inputs(tmp_path), tmp_path / "runs"
    for _ in range(2):
        assert main(["creep", str(cell), "--out", str(out)]) == 0
        assert "index.html is written" in capsys.readouterr().out
        stamp = (out / "charge" / "timeseries.csv").stat().st_mtime_ns
    assert (out / "charge" / "timeseries.csv").stat().st_mtime_ns == stamp
    claims = (out / "tables" / "claims.csv").read_text(encoding="utf-8")
    assert all(f"\n{figure}," in claims for figure in ("6B", "6C", "6F", "6G"))
    used = Path(open_run(out / "charge").config.cell.gap.profile)
    assert used.read_bytes() == (out / "press" / "bore.csv").read_bytes()
    soft = pressed_inputs(tmp_path, tube="PTFE", pressure="300 MPa")
    assert main(["creep", str(soft), "--out", str(tmp_path / "soft")]) == 2
    assert "no slot is left" in capsys.readouterr().err


def test_stages_that_are_not_there(tmp_path, capsys):
    cell = pressed_inputs(tmp_path)
    for words, message in (
        (["check", str(cell)], "not pressed yet"),
        (["run", str(cell)], "not pressed yet"),
        (["creep", str(cell), "--estimate"], "not pressed yet"),
        (
            ["creep", str(cell), "--stage", "charge", "--out", str(tmp_path / "no")],
            "no such folder",
        ),
        (["creep", str(CONFIG), "--stage", "press"], "nothing is pressed"),
        (["creep", str(cell), "--set", f"cell.gap.press={CONFIG}"], "has study creep"),
        (["creep", str(cell), "--set", "cell.radius=3 mm"], "cell.radius is 0.003 m"),
        (["check", str(cell), "--set", "cell.gap.width=50 um"], "does nothing beside press"),
        (["check", str(cell), "--set", "cell.gap.press=other.yaml"], "other.yaml"),
    ):
        assert main(words) == 2
        assert message in capsys.readouterr().err, words


def test_chords():
    assert chord(0.0, 0.0, 2.0) == 4.0
    assert chord(0.0, 1.5, 2.0) == 1.0
    assert chord(1.6, 1.5, 2.0) == pytest.approx(2.4)
    assert chord(2.5, 0.0, 2.0) == 0.0
    assert Neutrons(100.0).transmission(0.01) == pytest.approx(np.exp(-1))


def test_all_that_is_assumed_is_named():
    named = dict(assumed_values(load(CONFIG)))
    assert named == {
        "cell.gap.width": "100 µm", "cell.gap.filled": "50 µm", "frame.hold": "60 s",
        "frame.stiffness": "0.5 MPa/µm", "neutrons.attenuation": "475 1/m",
    }  # fmt: skip


def test_preview_takes_less_than_a_second(capsys):
    began = time.process_time()
    assert main(["creep", str(CONFIG), "--estimate"]) == 0
    assert time.process_time() - began < 1.0
    said = capsys.readouterr().out
    assert "pressure at the end: film" in said
    assert "72060" in said


def test_what_makes_no_sense_is_refused(capsys):
    for words, message in (
        (["creep", str(CONFIG), "--estimate", "--set", "cell.gap.width=-5 um"], "rod is wider"),
        (["creep", str(CONFIGS / "quickstart.yaml"), "--estimate"], "study is plating"),
        (["run", str(CONFIG), "--set", "cell.gap.width=1 um"], "nothing flows"),
        (["check", str(CONFIG), "--set", "cell.gap.width=1 um"], "nothing flows"),
        (["check", str(CONFIG), "--set", "cell.length=1 mm"], "the cell is round or a strip"),
        (["check", str(CONFIG), "--set", "cell.depth=1 mm"], "neutrons: belongs to a round cell"),
        (["check", str(CONFIG), "--set", "cell.gap.offset=10 um"], "no slot of three dimensions"),
        (["check", str(CONFIG), "--set", "geometry.depth=1 mm"], "its sizes are in cell"),
    ):
        assert main(words) == 2
        said = capsys.readouterr().err
        assert message in said
        assert "1 problem" in said


def test_verbs(tmp_path, capsys):
    verbs("creep", tmp_path)
    said = capsys.readouterr().out
    assert "∇·(2η D′) = ∇p" in said
    assert "LePage" in said
