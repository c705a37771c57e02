"""What counts as an excursion of the leakage, in the study of pressure."""

import numpy as np
import pytest

from benchmarks.cao2023.verdicts import excursions, table

pytestmark = pytest.mark.serial

TIME = np.linspace(0.0, 100.0, 2001)
RISING = 1e-4 * np.exp(TIME / 50)  # as a gap narrows


@pytest.mark.parametrize("count", [0, 1, 3])
def test_excursions_that_come_back_are_counted(count):
    leakage = RISING.copy()
    for k in range(count):
        leakage[(30 + 20 * k < TIME) & (32 + 20 * k > TIME)] *= 10
    assert excursions(TIME, leakage) == count


def test_a_lasting_short_is_none():
    assert excursions(TIME, np.where(TIME > 60, 1e3, RISING)) == 0


def test_the_table_judges_each_claim():
    """Three runs that do what the figure shows."""

    def run(lithium, dead, pressure, strain, walls, leakage, label):
        constant = {
            "lithium_in_electrolyte": lithium, "dead_lithium": dead, "wall_preference": walls,
            "pressure_in_lithium": pressure, "volume_strain_in_lithium": strain,
            "short_circuit": label, "front_width": 1.0,
        }  # fmt: skip
        series = {name: np.full(TIME.size, value) for name, value in constant.items()}
        return {**series, "time": TIME, "electronic_current": leakage}

    fluctuating = RISING.copy()
    for begin in (40, 60):
        fluctuating[(begin < TIME) & (begin + 3 > TIME)] *= 5
    runs = {
        "0MPa": run(0.5, 0.0, 2e6, 1e-4, 0.9, np.where(TIME > 60, 1.0, RISING), 2),
        "5MPa": run(0.45, 0.0, 6e6, 0.0, 1.1, RISING, 0),
        "10MPa": run(0.3, 0.01, 12e6, -1e-4, 1.0, fluctuating, 1),
    }
    lines = table(runs)[2:]
    assert all(line.endswith("| yes |") for line in lines), lines
    swapped = dict(zip(runs, (runs["10MPa"], runs["5MPa"], runs["0MPa"]), strict=True))
    held = [line.endswith("| yes |") for line in table(swapped)[2:]]
    assert held == [False] * 4 + [True, False, False, True]  # walls and widths do not care
