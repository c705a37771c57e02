"""Single nodes solved for beside Newton's method: currents as steep, and as flat, as they get."""

import numpy as np
import pytest

from dendritex.solvers.assembly import SIGNS
from dendritex.solvers.nodal_elimination import MOST_ITERATIONS, settle

THERMAL = 0.0257  # V
FREEDOM = {
    "metal": [0.0, 2.0],
    "both": [3.0, 2.0],
    "electrolyte": [1e8, 2.0],  # hardly any electrons
    "ions fixed": [3.0, 0.0],
}


def filling(phi):
    """Plating, exponential in the overpotential until the node is full [A]; its derivatives."""
    eta = phi[:, 0] - phi[:, 1]
    s = np.tanh(eta / (4 * THERMAL))
    slope = 0.3 * (1 - s**2) / (4 * THERMAL)
    return -0.3 * s, np.stack([-slope, slope], axis=1)


@pytest.mark.parametrize("freedom", FREEDOM.values(), ids=FREEDOM)
@pytest.mark.parametrize("overshoot", [-1.5, -0.2, -1e-3, 1e-3, 0.2, 1.5])
def test_a_node_comes_onto_its_curve_and_its_rows_stay_balanced(freedom, overshoot):
    freedom = np.array([freedom])
    phi, promised = np.array([[overshoot, 0.01]]), np.array([0.05])
    settled = settle(filling, phi, promised, freedom, enough=1e-9)
    # K_jj (φ_j − φ_j before) + s_j (i − i promised) = 0; what an i off by 1e-9 may move
    i, _ = filling(settled)
    moved = -SIGNS * freedom * (i - promised)[:, None]
    assert settled == pytest.approx(phi + moved, abs=1.1e-9 * freedom.max())


def test_nodes_are_solved_for_each_by_itself():
    phi = np.array([[0.9, 0.0], [-0.05, 0.01], [-1.2, 0.0]])
    promised, freedom = np.array([0.05, 0.1, 0.2]), np.array([[3.0, 2.0], [0.0, 5.0], [1e3, 2.0]])
    together = settle(filling, phi, promised, freedom, enough=1e-12)
    alone = [
        settle(filling, phi[k : k + 1], promised[k : k + 1], freedom[k : k + 1], enough=1e-12)
        for k in range(3)
    ]
    assert together == pytest.approx(np.concatenate(alone), abs=1e-9)


def test_a_node_without_a_solution_keeps_the_best_it_had():
    """What is not a number never becomes a potential."""

    def broken(phi):
        i, slopes = filling(phi)
        return np.where(phi[:, 0] == 0.2, i, np.nan), slopes

    phi = np.array([[0.2, 0.0]])
    settled = settle(broken, phi, np.array([0.05]), np.array([[3.0, 2.0]]), enough=1e-9)
    assert settled.tolist() == phi.tolist()


def test_a_steep_and_a_flat_curve_take_few_evaluations():
    calls = []

    def counted(phi):
        calls.append(len(phi))
        return filling(phi)

    phi, freedom = np.array([[1.5, 0.0], [-1.5, 0.0]]), np.array([[1e8, 2.0], [3.0, 2.0]])
    settle(counted, phi, np.array([0.05, 0.05]), freedom, enough=1e-6)
    assert len(calls) < MOST_ITERATIONS
