"""Windows in which a place is broken and dry, from columns."""

import math

import numpy as np
import pytest
from mpi4py import MPI

from benchmarks.dry_crack.sharp import SharpCell
from benchmarks.dry_crack.windows import speed, windows
from dendrolith.observables.base import StepView
from dendrolith.studies.plating.build import prepare
from dendrolith.studies.plating.crack_nodes import CrackNodes
from dendrolith.studies.plating.observables.dry_crack import DryCrack
from dendrolith.studies.register import load
from tests.studies import CONFIGS

pytestmark = pytest.mark.serial

UM = 1e-6


def test_windows_of_a_crack_that_jumps():
    """It jumps from 44 to 60 µm at 3 s; lithium follows at 2 µm/s and passes where it cannot."""
    time = np.arange(11.0)
    crack = np.where(time < 3, 44.0, 60.0) * UM
    lithium = (42 + 2 * time) * UM
    series = {"time": time, "crack_tip": crack, "tip_height": lithium}
    found = windows(series, [44 * UM, 50 * UM, 60 * UM, 61 * UM, 64 * UM])
    assert [window.crack for window in found] == [0.0, 3.0, 3.0, math.inf, math.inf]
    assert [window.lithium for window in found[:3]] == [1.0, 4.0, 9.0]
    assert [window.length for window in found[:3]] == [1.0, 1.0, 6.0]
    assert all(math.isnan(window.length) for window in found[3:])
    # lithium that is there first leaves no window
    (ahead,) = windows(series | {"tip_height": lithium + 20 * UM}, [60 * UM])
    assert ahead.length == 0.0
    assert speed(series, 44 * UM, 60 * UM) == pytest.approx(2 * UM)
    assert math.isnan(speed(series, 44 * UM, 80 * UM))


def test_tips_of_cracks_and_of_their_lithium():
    """A crack from the foil, half full, then full and through; and a dry one off it."""
    config = load(CONFIGS / "fracture" / "lithium_in_crack.yaml")
    model = prepare(config, MPI.COMM_SELF)
    state, nodes = model.f.state, CrackNodes(model.laws, model.nodal_volume)
    seen = DryCrack(model.laws, model.domain, nodes, config.geometry)
    x, y, _ = state.scalar_space.tabulate_dof_coordinates().T / UM

    def put(crack, lithium):
        row, other = np.abs(y - 24.5) < 1, (np.abs(y - 40.5) < 1) & (x > 30) & (x < 50.5)
        state["d"].x.array[:] = (row & (x > 15.5) & (x < 16.5 + crack)) | other
        state["xi"].x.array[:] = x < 16.5 + lithium * row

    put(20, 8)
    assert seen(StepView(time=2.0, dt=1.0))[:3] == pytest.approx([20 * UM, 8 * UM, 19 * UM])
    put(40, 8)
    seen(StepView(time=3.0, dt=1.0))
    put(40, 40)
    found = seen(StepView(time=5.0, dt=1.0))
    assert found == pytest.approx([40 * UM, 40 * UM, 19 * UM, 3.0, 5.0])


def test_a_sharp_edge_crack_in_a_wide_plate():
    """K = 1.1215 p √(πa); soft foil leaves its mouth free; h = a/10 costs 3 %."""
    cell = SharpCell(13 * UM, 12 * UM, 1 * UM, (1e6, 0.2), (1e11, 0.2), 0.1 * UM)
    found = cell.critical_pressure(1 * UM, 1 * UM, 1e6)
    assert found == pytest.approx(1e6 / (1.1215 * math.sqrt(math.pi * UM)), rel=0.05)
    # the less of it is pressed, the more it takes
    assert cell.critical_pressure(1 * UM, 0.5 * UM, 1e6) > 1.5 * found
