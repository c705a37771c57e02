"""One short circuit, one class: series, summary, `classify RUN`, report and stage condition."""

import pytest
from mpi4py import MPI

from dendrolith.results.report.run_data import read_runs
from dendrolith.results.run_directory import RunDirectory
from dendrolith.results.run_trace import verdict_of_run
from dendrolith.simulation import Simulation
from dendrolith.studies.plating.summary import SHORT_CIRCUITS
from dendrolith.studies.register import load, study_of
from dendrolith.traces.shorts.state_machine import NONE
from tests.regression.test_classify import CASE
from tests.studies import RUNS

pytestmark = pytest.mark.serial

PLATING = [path for path in RUNS if load(path).study == "plating"]
FEW = ["time.max_steps=3", "output.every=1e6 s"]
DRIVEN = {
    "voltage": "[{voltage: 0.1 V}]",
    "voltage until short": "[{voltage: 0.1 V, until: {short: true}}]",
    "current": "[{current: 1500 A/m^2}]",
    "current until short": "[{current: 1500 A/m^2, until: {short: true}}]",
    "reversal": "[{voltage: 0.1 V, until: {time: 0.1 s}}, {voltage: -0.1 V, until: {time: 0.1 s}},"
    " {voltage: 0.1 V}]",
    "reversed current": "[{current: 900 A/m^2, until: {time: 0.1 s}}, {current: -900 A/m^2}]",
    "rest": "[{voltage: 0.1 V, until: {time: 0.1 s}}, {rest: 0.1 s}]",
}
HEIGHTS = {"apart": "8 um", "bridged": "19.5 um"}


def classes(config, folder) -> dict[str, str]:
    """The class of a run from every place that names it, and whether a stage ended at a short."""
    simulation = Simulation(config, MPI.COMM_SELF)
    outcome = simulation.run(RunDirectory(MPI.COMM_SELF, folder, "case"), quiet=True)
    assert not outcome.failure
    (line,) = (x for x in study_of(config).summary(config, outcome.rows) if "short circuit" in x)
    verdict, (run,) = verdict_of_run(outcome.path), read_runs([outcome.path])
    # rests alone say nothing yet
    afterwards = NONE if verdict is None else verdict.label
    in_report = NONE if run.short_circuit is None else run.short_circuit.label
    return {
        "column": SHORT_CIRCUITS[int(outcome.rows[-1]["short_circuit [1]"])],
        "summary": line.split()[2].rstrip(";"),
        "classify": afterwards,
        "report": in_report,
    }


def ended_short(config, rows) -> bool:
    """Does the last step end a stage that lasts until a short?"""
    last = rows[-1]
    electronic, ionic = (abs(last[f"{k}_current [A/m^2]"]) for k in ("electronic", "ionic"))
    return config.control[int(last["stage [1]"])].until.short and electronic > ionic


@pytest.mark.slow
@pytest.mark.parametrize("path", PLATING, ids=lambda path: path.stem)
def test_shipped_inputs(path, tmp_path):
    found = classes(load(path, FEW), tmp_path / "run")
    assert set(found.values()) == {NONE}, found


@pytest.mark.slow
@pytest.mark.parametrize("height", HEIGHTS.values(), ids=HEIGHTS)
@pytest.mark.parametrize("control", DRIVEN.values(), ids=DRIVEN)
def test_whatever_is_held(control, height, tmp_path):
    case = tmp_path / "case.yaml"
    case.write_text(CASE.replace("CONTROL", control), encoding="utf-8")
    config = load(case, [f"protrusions.height={height}", "time.end=3 s", "time.max_steps=250"])
    found = classes(config, tmp_path / "run")
    assert len(set(found.values())) == 1, found
    if height == HEIGHTS["bridged"]:
        assert found["column"] == "hard"
    (run,) = read_runs([tmp_path / "run"])
    rows = [{name: values[-1] for name, values in run.series.items()}]
    if ended_short(config, rows):
        assert found["column"] == "hard"
