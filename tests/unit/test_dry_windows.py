"""Windows in which a place is broken and dry, from columns."""

import math

import numpy as np
import pytest

from benchmarks.dry_crack.windows import speed, windows

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
