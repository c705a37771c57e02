"""A press from its YAML: pressed, let go, resumed; what is refused."""

import numpy as np
import pytest
from mpi4py import MPI

from dendrolith.cli import main
from dendrolith.simulation import Simulation, march, view_of
from dendrolith.studies.register import load
from tests.studies import CONFIGS, columns, verbs

pytestmark = pytest.mark.serial

CONFIG = CONFIGS / "creep" / "press_peek.yaml"
QUICK = ["mesh_size=180 um", "tube.outer_radius=6.35 mm", "tube.half_length=3 mm",
         "output.every=1e5 s"]  # fmt: skip
P = "rod_pressure [Pa]"


def quick(*overrides: str) -> Simulation:
    return Simulation(load(CONFIG, [*QUICK, *overrides]), MPI.COMM_SELF)


def test_powder_is_pressed_and_let_go():
    with quick("pressure=100 MPa") as press:
        rows, tables = [], {}
        for step in march(press):
            rows.append((step, press.measure(step)))
            tables = press.table.rows(view_of(step)) or tables
    pressed = [row for step, row in rows if step.stage == 0]
    last = rows[-1][1]
    assert pressed[-1][P] == pytest.approx(100e6, rel=1e-3)
    assert abs(last[P]) < 1e-3 * 100e6
    assert np.all(np.diff([row[P] for row in pressed]) > 0)
    # a tube of PEEK is nearly a rigid die: powder of 0.680 at 100 MPa; the bore springs back
    assert pressed[-1]["pellet_density [1]"] == pytest.approx(0.680, abs=5e-3)
    assert last["pellet_density [1]"] == pytest.approx(pressed[-1]["pellet_density [1]"], rel=1e-6)
    assert 0 < last["bore_displacement [m]"] < pressed[-1]["bore_displacement [m]"] < 40e-6
    # the wall bears less than K₀ of the pressure, for it gives way, and some of it remains
    assert 0.45 * 100e6 < pressed[-1]["wall_pressure [Pa]"] < 0.526 * 100e6
    assert 0 < last["wall_pressure [Pa]"] < pressed[-1]["wall_pressure [Pa]"]
    assert all(row["penetration [m]"] < 6e-6 for _, row in rows)
    bore = np.array(tables["bore"])
    assert np.all(bore[1:, 1] >= bore[:-1, 1])


CREEPING = ("tube.creep.reference_stress=60 MPa", "tube.creep.creep_exponent=5", "hold=20 s",
            "friction=0.2", "pressure=30 MPa")  # fmt: skip


def test_rods_may_stay_while_the_tube_creeps():
    """The pressure falls where they stay, the bore widens; then they are lifted."""
    with quick(*CREEPING) as press:
        rows = [(step, press.measure(step)) for step in march(press)]
    pressed, held, lifted = ([row for row in rows if row[0].stage == k] for k in range(3))
    assert held[-1][0].time - pressed[-1][0].time == pytest.approx(20.0)
    assert len({row["rod_closing [m]"] for _, row in held}) == 1
    course = [row[P] for _, row in (pressed[-1], *held)]
    assert np.all(np.diff(course) < 0)
    assert course[-1] < 0.99 * course[0]
    assert held[-1][1]["bore_displacement [m]"] > pressed[-1][1]["bore_displacement [m]"]
    assert abs(lifted[-1][1][P]) < 1e-3 * 30e6


@pytest.mark.parametrize(("change", "before", "steps"), [((), 2, 4), (CREEPING, 16, 18)])
def test_a_press_goes_on_from_its_checkpoint(change, before, steps):
    """To the last digit, while it presses; with a pellet that rubs, while the rods stay."""
    with quick(*change) as whole, quick(*change) as rest:
        whole.march.start()
        for number in range(steps):
            if number == before:
                rest.march.restore(whole.march.save())
            whole.march.step()
        for _ in range(steps - before):
            rest.march.step()
        assert whole.march.save().numbers == rest.march.save().numbers


def test_powder_beyond_the_rod_comes_loose_in_a_soft_tube(tmp_path, capsys):
    """The run ends there, in order, and says so."""
    sets = [word for change in (*QUICK, "tube_set=PTFE") for word in ("--set", change)]
    assert main(["run", str(CONFIG), "--out", str(tmp_path), *sets]) == 0
    assert "powder has come loose: this tube does not bear the pellet" in capsys.readouterr().out
    rows = columns(tmp_path)
    assert 60e6 < rows[P].max() < 120e6
    assert rows["least_density [1]"][-1] < 0.55 < rows["least_density [1]"][-2]
    assert rows["ring_rise [m]"][-1] > 50e-6
    assert rows["face_beyond_rod [1]"][-1] > 0.05
    assert main(["report", str(tmp_path)]) == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "MPa powder has come loose: this tube does not bear the pellet" in page
    assert "Largest displacement of the bore" in page
    assert "Displacement that remains" not in page  # the rods were not lifted


def test_what_makes_no_sense_is_refused(capsys):
    for override, message in (
        ("tube.outer_radius=3 mm", "is not above radius"),
        ("tube.half_length=1 mm", "is not above fill_height"),
        ("mesh_size=1 mm", "an eighth of fill_height"),
        ("powder.start_density=1.2", "below 1"),
        ("hold=10 s", "changes nothing where nothing creeps"),
        ("friction=2", "at most 1"),
        ("tube.curve=[{strain: 0.1, stress: 50 MPa}]", "not fall in stress"),
    ):
        assert main(["check", str(CONFIG), "--set", override]) == 2
        assert message in capsys.readouterr().err


def test_verbs(tmp_path, capsys):
    verbs("press", tmp_path)
    assert "p_c = J [p_min + c S(D)]" in capsys.readouterr().out
