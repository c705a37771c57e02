"""Results of studies that are not plating: one scalar field, and no space at all."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from dolfinx import fem, io, mesh
from mpi4py import MPI

from dendrolith.core.declare import quantity, section, text
from dendrolith.core.errors import ConfigError
from dendrolith.fields.table import Field
from dendrolith.observables.show import Chart, Number, Reading, Show, last
from dendrolith.results import run_trace
from dendrolith.results.pictures import Snapshot, draw_if_possible
from dendrolith.results.report import off_screen, report, run_data
from dendrolith.results.report.animation import animate
from dendrolith.results.report.draw import Request, draw
from dendrolith.results.resume import check_changes
from dendrolith.results.status import status
from dendrolith.studies import register
from dendrolith.studies.creep.claims import charge_claims
from dendrolith.studies.study import Study

pytestmark = pytest.mark.serial

ENERGY = "free_energy [J/m]"


@dataclass(frozen=True)
class Timing:
    end: float = quantity("s", "end of the run", default=2.0)


@dataclass(frozen=True)
class Input:
    study: str = text("study", default="spinodal")
    title: str = text("title", default="")
    time: Timing = section("time", default=Timing())
    gamma: float = quantity("J", "some energy", default=1.0)


class Spinodal(Study):
    """One field on a square, and its energy."""

    name, config = "spinodal", Input
    fixed = ("gamma",)
    shows = Show(
        fields={"c": Field("c", "c", "1", "composition")},
        pictures=("c",),
        status=(Reading("free energy", ENERGY, "J/m"),),
        charts={"series": (Chart("Free energy", "energy", "J/m", 1.0, ((ENERGY, "F"),)),)},
        numbers={"key": (Number("Free energy", "J/m", last(ENERGY)),)},
    )

    def setup(self, config, comm):
        raise NotImplementedError

    def equations(self, config):
        return [("composition", "d(c)/dt = div(M grad mu)")]


class Circuit(Study):
    """Nothing but a table."""

    name, config = "circuit", Input

    def setup(self, config, comm):
        raise NotImplementedError

    def equations(self, config):
        return []


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """Further studies, and pictures drawn in this process."""
    for study in (Spinodal(), Circuit()):
        monkeypatch.setitem(register.STUDIES, study.name, study)

    def drawn(request, folder):
        draw(Request(request.runs, request.times, request.quantities, "matplotlib", 200), folder)
        return off_screen._read(folder)

    for name in ("report", "animation"):
        monkeypatch.setattr(f"dendrolith.results.report.{name}.draw_off_screen", drawn)


def a_run(folder: Path, study: str, *columns: str) -> Path:
    """A directory without fields."""
    folder.mkdir()
    (folder / "config.yaml").write_text(f"study: {study}\ntitle: A title\n", encoding="utf-8")
    facts = {"state": "done", "time": 2.0, "end": 2.0, "steps": 2, "rejected": 0}
    (folder / "status.json").write_text(json.dumps(facts), encoding="utf-8")
    names = ["time [s]", "dt [s]", "stage [1]", *columns]
    rows = [",".join([str(t), "1", "0", *(str(5.0 - t) for _ in columns)]) for t in (1, 2)]
    (folder / "timeseries.csv").write_text("\n".join([",".join(names), *rows, ""]))
    return folder


@pytest.fixture
def spinodal(tmp_path) -> Path:
    """c = x − y on a square of 200, at two times."""
    run = a_run(tmp_path / "spinodal", "spinodal", ENERGY)
    fields = run / "fields"
    fields.mkdir()
    box = mesh.create_rectangle(MPI.COMM_SELF, [[0, 0], [200, 200]], [4, 4])
    c = fem.Function(fem.functionspace(box, ("Lagrange", 1)), name="c")
    c.interpolate(lambda x: x[0] - x[1])
    with io.VTXWriter(MPI.COMM_SELF, fields / "nodal.bp", [c], "BP4") as writer:
        for time in (0.0, 2.0):
            writer.write(time)
    index = {"version": 2, "segments": [{"nodal": "nodal.bp", "times": [0.0, 2.0]}]}
    (fields / "index.json").write_text(json.dumps(index), encoding="utf-8")
    return run


def page_of(run: Path) -> str:
    report.make_report([run])
    return (run / "report.html").read_text(encoding="utf-8")


def headings(page: str) -> list[str]:
    return re.findall(r"<h2>(.*?)</h2>", page)


COMMON = ["Summary", "What was solved", "Time series", "Solver", "Papers behind it",
          "How to reproduce"]  # fmt: skip


def test_one_field_has_its_pictures(spinodal):
    page = page_of(spinodal)
    assert headings(page) == [*COMMON[:3], "Fields", *COMMON[3:]]
    assert len(re.findall(r'<img src="data:image/png', page)) == 2
    assert "Composition at t = 2 s of run spinodal" in page
    assert ">50 m<" in page  # the scale bar: a square of 200 has no micrometres
    assert "∇ μ" in page
    assert "<dt>Free energy</dt>" in page
    assert "no pictures" not in page
    assert 'class="phases"' not in page
    assert "Numbers that decide" not in page


def test_one_field_has_its_film(spinodal):
    from PIL import Image

    made = animate(run_data.read_runs([spinodal])[0])
    assert made.warnings == []
    with Image.open(made.paths[0]) as film:
        assert film.n_frames == 2


def test_no_space_and_no_empty_part(tmp_path):
    """What no chart names is drawn where the series would be."""
    page = page_of(a_run(tmp_path / "circuit", "circuit", "cell_voltage [V]"))
    assert headings(page) == COMMON
    assert "There is no time series" not in page
    assert page.count('<figure class="chart"') == 3  # voltage, stage and time step
    assert "There are no pictures" not in page
    assert "<h3>" not in page.replace("<h3>Short circuits</h3>", "")


def test_an_input_without_papers_can_be_read(tmp_path, monkeypatch):
    monkeypatch.setattr(Circuit, "sources", lambda self, config: [])
    page = page_of(a_run(tmp_path / "circuit", "circuit", "cell_voltage [V]"))
    assert "It names none." in page
    assert "cannot be read" not in page


def test_two_studies_share_a_page(spinodal, tmp_path):
    circuit = a_run(tmp_path / "circuit", "circuit", "cell_voltage [V]")
    report.make_report([spinodal, circuit], tmp_path / "both.html")
    page = (tmp_path / "both.html").read_text(encoding="utf-8")
    row = re.search(r"Free energy</th>(.*?)</tr>", page)[1]
    assert re.findall(r'class="value">(.*?)<', row) == ["3", "—"]
    assert headings(page) == ["Summary", "Differences of the inputs", "What was solved",
                              "Time series", "Fields", *COMMON[3:]]  # fmt: skip


def test_status_reads_what_the_study_shows(spinodal, tmp_path):
    assert "  free energy    3 J/m\n" in status(spinodal)
    bare = status(a_run(tmp_path / "circuit", "circuit", ENERGY))
    assert "free energy" not in bare
    assert "t = 2 of 2 s" in bare


def test_unknown_study_shows_what_it_has(tmp_path):
    """An input of another version: the columns are drawn, and the page says why no more is."""
    page = page_of(a_run(tmp_path / "later", "later", "heat [W]"))
    assert "is not an input of this version" in page
    assert "Heat over time" in page


def test_no_signal_is_no_short_circuit(tmp_path):
    run = a_run(tmp_path / "circuit", "circuit", "cell_voltage [V]")
    with pytest.raises(ConfigError, match="study circuit has no signal that shows a short"):
        run_trace.signals_of_run(run)
    assert run_data.read_runs([run])[0].short_circuit is None


def test_pictures_at_the_end(tmp_path):
    """Of one field an overview of one; without fields the series alone."""
    points = np.array([[0, 0], [200, 0], [200, 200], [0, 200]]) * 1.0
    cells = np.array([[0, 1, 2], [0, 2, 3]])
    rows = [{"time [s]": t, "dt [s]": 1.0, ENERGY: 5.0 - t} for t in (1.0, 2.0)]
    shown = Snapshot(points, cells, {"c": points[:, 0]}, 2.0, show=Spinodal.shows)
    draw_if_possible(tmp_path, shown, rows, "title")
    assert {path.name for path in tmp_path.iterdir()} == {"c.png", "timeseries.png", "overview.png"}
    alone = tmp_path / "alone"
    alone.mkdir()
    draw_if_possible(alone, Snapshot.join({}, 2.0, Show(), MPI.COMM_SELF), rows, "title")
    assert [path.name for path in alone.iterdir()] == ["timeseries.png"]


def test_fields_on_a_line_are_no_plane():
    line = mesh.create_interval(MPI.COMM_SELF, 5, [0.0, 1.0])
    c = fem.Function(fem.functionspace(line, ("Lagrange", 1)), name="c")
    assert Snapshot.join({"c": c}, 1.0, Spinodal.shows).fields == {}


def test_what_may_change_is_said_by_the_study(tmp_path, monkeypatch):
    monkeypatch.setattr("dendrolith.results.resume.load", lambda path: Input())
    check_changes(tmp_path, Input(title="new", time=Timing(5.0)), [])
    with pytest.raises(ConfigError, match=r"gamma was 1( \S+)?, now 2( \S+)?: a run cannot go on"):
        check_changes(tmp_path, Input(gamma=2.0), ["gamma"])
    with pytest.raises(ConfigError, match="study was 'spinodal', now 'circuit'") as caught:
        check_changes(tmp_path, Input(study="circuit", gamma=2.0), ["gamma"])
    assert len(caught.value.problems) == 1


def test_an_input_of_a_run_that_cannot_be_read_names_the_cure(tmp_path):
    (tmp_path / "config.yaml").touch()
    with pytest.raises(ConfigError, match="write the input that it was made with there") as caught:
        check_changes(tmp_path, Input(), [])
    assert "config.yaml: is empty" in caught.value.problems[0]


def test_a_cell_that_is_not_locked_yet_claims_nothing_of_a_charge():
    """The start of the run stood for the locking: the slot filled "from 0.1 to 0.1 mm"."""
    frame = SimpleNamespace(hold=600.0, pressure=10e6)
    course = {
        "time": np.array([1.0, 300.0]),
        "stack_pressure": np.array([10e6, 10e6]),
        "foil_thickness": np.array([250e-6, 240e-6]),
        "slot_length": np.array([1e-4, 2e-4]),
    }
    (row,) = charge_claims(SimpleNamespace(frame=frame), course)
    assert row[2:] == ("in 300 s at 10 MPa the slot fills from 0.100 to 0.200 mm", "shape")
    course["time"] = np.array([1.0, 600.0])
    assert [row[0] for row in charge_claims(SimpleNamespace(frame=frame), course)][1:]
