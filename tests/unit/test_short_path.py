"""Short circuits of simulated cells by the path of their electrons."""

import json
import math

import numpy as np
import pytest

from dendrolith.traces.held import Segment
from dendrolith.traces.shorts.excursion import PATH, Event
from dendrolith.traces.shorts.path import KnownCurrents, PathTrace, path_of, verdict_of_path

CELL = {"thickness": 100e-6, "sigma": (3.2e-7, 1.0)}


def classified(*paths):
    """Verdict of stages, each with a sample a second."""
    starts = np.cumsum([0, *map(len, paths)])
    parts = [
        Segment(PATH, "electronic_path [1]", "", start + np.arange(len(path)), np.array(path), None)
        for start, path in zip(starts, paths, strict=False)
    ]
    return verdict_of_path(parts)


@pytest.mark.parametrize(
    ("path", "left", "label", "confidence"),
    [(0.5, 0.99, "soft", 0.97), (40.0, 0.8, "soft", 0.97), (0.5, 0.6, "soft", 0.7),
     (0.5, 0.4, "hard", 0.7), (1e3, 1e-3, "hard", 0.97), (1e-4, 0.99, "none", 0.97),
     (0.5, 0.74, "soft", 0.7), (0.5, 0.76, "soft", 0.97),
     (0.5, 0.26, "hard", 0.7), (0.5, 0.24, "hard", 0.97)],
)  # fmt: skip
def test_a_cell_with_a_voltage_at_rest(path, left, label, confidence):
    """What is left of it tells hard from soft, however long the path lasts; near half is doubt."""
    n = 20
    part = Segment(PATH, "p", "", np.arange(n), np.full(n, path), None, np.full(n, left))
    verdict = verdict_of_path([part])
    assert (verdict.label, verdict.confidence) == (label, confidence)


SMALL = KnownCurrents("j", "j_el", "V", "U", 0.0, 1.0, (1e-9, 1e3))  # 1 mΩ m²


@pytest.mark.parametrize(
    ("R_e", "driven", "label"),
    [(1.9, 2.0, "soft"), (1.9, 0.0, "soft"), (1e-4, 2.0, "hard"), (1e4, 2.0, "none"),
     (math.inf, 2.0, "none"), (math.inf, 0.0, "none")],
)  # fmt: skip
def test_a_run_without_a_mesh_is_judged_by_its_currents(R_e, driven, label):
    """A bridge beside 1 mΩ m² of ions under a current or at rest; nothing of the voltage's way."""
    U = np.full(20, 3.8)
    V = (U + 1e-3 * driven) / (1 + 1e-3 / R_e)
    columns = {"V": V, "U": U, "j_el": V / R_e, "j": driven - V / R_e}
    part = Segment(PATH, "p", "", np.arange(20), SMALL.path(columns), None, SMALL.left(columns))
    verdict = verdict_of_path([part])
    assert verdict.label == label
    assert verdict.confidence == 0.97


def test_two_lithium_electrodes_have_no_voltage_at_rest():
    assert np.isnan(SMALL.left({"V": np.ones(3), "U": np.zeros(3)})).all()


def test_path_of_a_sound_cell():
    """Driven, at rest, and in a gap of a hundredth of the cell: no path."""
    driven = path_of(3.2e-4, 1e3, 0.1, **CELL)
    rest = path_of(3.2e-4, -3.2e-4, 0.1, **CELL)
    gap = path_of(3.2e-2, 1e5, 0.1, **CELL)
    assert max(driven, rest, gap) < 0.003


def test_path_of_a_bridge():
    """Driven, at rest, shorted without any ionic current, and reversed."""
    assert path_of(100.0, 1e3, 0.1, **CELL) == pytest.approx(0.1)
    assert path_of(100.0, -100.0, 0.01, **CELL) == pytest.approx(1.0)
    assert path_of(1e4, 0.0, 0.1, **CELL) > 1
    assert path_of(-100.0, -1e3, -0.1, **CELL) == pytest.approx(0.1)
    assert math.isnan(path_of(0.0, 1e3, 0.1, **CELL))
    assert math.isnan(path_of(1e-3, 1e3, 1e-9, **CELL))


def test_an_electrolyte_that_leaks_is_no_short():
    leaky = {"thickness": 100e-6, "sigma": (0.1, 1.0)}
    assert path_of(100.0, 1e3, 0.1, **leaky) < 0.003


def test_none():
    found = classified([1e-7, 1e-6, 1e-4, 9e-4])
    assert (found.label, found.events) == ("none", ())
    assert 0.9 < found.confidence < 1
    assert classified([1e-7, 8e-3]).confidence < 0.8


def test_hard():
    found = classified([1e-7] * 5 + [0.5, 0.6, 0.7])
    assert found.label == "hard"
    assert found.events[0].recovery is None
    assert classified([5.0]).label == "hard"  # bridged at the start, electrons carry most
    assert classified([1e-7, 0.2]).label == "none"  # one sample is not yet sure
    assert classified([0.5] * 9, [1e-7] * 9).label == "hard"  # a stage that ended hard


def test_soft():
    found = classified([1e-7] * 5 + [0.3] * 2 + [1e-3] * 4 + [0.2] * 3 + [1e-4] * 3)
    assert found.label == "soft"
    assert [event.recovery for event in found.events] == [7, 14]
    once = classified([1e-7] * 5 + [0.3] * 4 + [1e-3] * 4)
    assert once.label == "soft"
    assert once.confidence < found.confidence < 1
    # it ends inside a path that may open again as the one before did
    assert classified([1e-7] * 5 + [0.3] * 4 + [1e-3] * 4 + [0.3] * 5).label == "soft"
    assert classified([1e-7] * 5 + [0.3] * 4 + [1e-3] * 4 + [0.3] * 9).label == "hard"


def test_the_words_claim_no_share_of_the_current():
    """A bridge that conducts little beside the electrolyte may carry all of the current."""
    said = str(Event(0.0, 0.03, None, 1.0, PATH))
    assert said == "from 0 s to the end (1 s): path of electrons up to 0.03"


def test_a_flicker_at_the_threshold_is_one_path():
    assert len(classified([1e-7] * 3 + [0.011, 0.009] * 5).events) == 1


def test_a_restored_trace_goes_on_to_the_last_bit():
    rng = np.random.default_rng(7)
    samples = 10 ** rng.uniform(-4, 1, 60)
    whole = PathTrace()
    for k, value in enumerate(samples):
        whole.feed(float(k), float(value))
        other = PathTrace()
        other.restore(json.loads(json.dumps(whole.state())))
        assert (other.state(), other.verdict) == (whole.state(), whole.verdict)
