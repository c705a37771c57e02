"""Pictures are drawn where they can be, and never stop a run."""

import numpy as np
import pytest

from dendrolith.results import pictures
from dendrolith.results.pictures import Snapshot, draw_if_possible
from dendrolith.studies.plating.show import SHOW

pytestmark = pytest.mark.serial

ROW = {
    "time [s]": 1.0, "dt [s]": 0.1, "ionic_current [A/m^2]": 5.0, "tip_height [m]": 1e-6,
    "electronic_current [A/m^2]": 1e-3, "lithium_in_electrolyte [mol/m^2]": 1e-3,
    "dead_lithium [mol/m^2]": 0.0,
}  # fmt: skip


def snapshot() -> Snapshot:
    points = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]) * 1e-6
    cells = np.array([[0, 1, 2], [0, 2, 3]])
    xi, rho = np.array([1.0, 0.0, 0.0, 1.0]), np.array([1.0, 1.0, -1.0, -1.0])
    fields = {"xi": xi, "rho": rho, "label": xi + rho, "phi_el": -xi}
    return Snapshot(points, cells, fields, 1.0, show=SHOW)


def test_pictures_of_what_is_there(tmp_path):
    draw_if_possible(tmp_path, snapshot(), [ROW, {**ROW, "time [s]": 2.0}], "title")
    drawn = {path.name for path in tmp_path.iterdir()}
    assert drawn == {"label.png", "phi_el.png", "timeseries.png", "overview.png"}


def test_concentration_has_its_picture(tmp_path):
    made = snapshot()
    made.fields["c_ion"] = np.array([0.2, 0.6, 1.0, 0.4])
    draw_if_possible(tmp_path, made, [ROW], "title")
    assert (tmp_path / "c_ion.png").stat().st_size > 1000


def test_nothing_to_draw_is_no_error(tmp_path):
    draw_if_possible(tmp_path, None, [ROW], "title")
    draw_if_possible(tmp_path, snapshot(), [], "title")
    assert not list(tmp_path.iterdir())


def test_failing_to_draw_only_warns(tmp_path, monkeypatch, caplog):
    def broken(*_):
        raise RuntimeError("no fonts")

    monkeypatch.setattr(pictures, "draw_all", broken)
    draw_if_possible(tmp_path, snapshot(), [ROW], "title")
    assert "no fonts" in caplog.text
    assert "results are complete" in caplog.text
