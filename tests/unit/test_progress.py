"""The lines that tell how far a run is, where there is no terminal."""

import logging

import pytest
from mpi4py import MPI

from dendrolith.results import progress
from dendrolith.studies.plating.show import SHOW


@pytest.fixture
def run(monkeypatch, caplog):
    """A run to 500 s, resumed at 100 s: `run(steps, dt, seconds)` takes steps of so long each."""
    now, time = [0.0], [100.0]
    monkeypatch.setattr(progress.clock, "monotonic", lambda: now[0])
    shown = progress.Progress(MPI.COMM_SELF, 500.0, SHOW.progress, quiet=False)
    caplog.set_level(logging.INFO)

    def advance(steps: int, dt: float, seconds: float) -> list[str]:
        caplog.clear()
        for _ in range(steps):
            now[0], time[0] = now[0] + seconds, time[0] + dt
            shown.update({
                "time [s]": time[0], "dt [s]": dt, "tip_height [m]": 2e-5,
                "ionic_current [A/m^2]": 300.0, "electronic_current [A/m^2]": 1e-4,
            })  # fmt: skip
        return caplog.messages

    return advance


def test_what_is_left_follows_the_present_pace(run):
    """Steps of 1 s in one second: what is left takes as long; of a tenth of it, ten times."""
    (line,) = run(16, 1.0, 1.0)
    assert "t = 116 of 500 s" in line
    assert "dt 1 s, tip 20.0 µm, ionic 300, leakage 0.0001 A/m²" in line
    assert "at this pace 06:24 to go" in line
    first, *_, last = run(45, 0.1, 1.0)
    assert first.startswith("t = 117.5")
    assert last.startswith("t = 120.5")
    assert last.endswith("at this pace 1:03:15 to go")  # 379.5 s, ten seconds each


def test_lines_come_at_a_beat_and_not_with_every_step(run):
    assert run(5, 1.0, 1.0) == []
    assert len(run(100, 1.0, 1.0)) == 100 // progress.HEARTBEAT


def test_a_row_without_the_readings(caplog, monkeypatch):
    """A study of another kind: the time is told all the same."""
    now = [0.0]
    monkeypatch.setattr(progress.clock, "monotonic", lambda: now[0])
    shown = progress.Progress(MPI.COMM_SELF, 10.0, SHOW.progress, quiet=False)
    caplog.set_level(logging.INFO)
    for step in (1.0, 2.0):
        now[0] += 20.0
        shown.update({"time [s]": step, "dt [s]": 1.0})
    (line,) = caplog.messages
    assert line.startswith("t = 2 of 10 s, dt 1 s, at this pace")
