"""Patches solved for beside Newton's method: currents as steep, and as flat, as they get."""

import numpy as np
import pytest
from scipy.sparse import csr_array, diags_array

from dendrolith.core.parallel import global_sum
from dendrolith.studies.plating import elimination, patches
from dendrolith.studies.plating.assembly import SIGNS, FixedConduction
from dendrolith.studies.plating.conduction import conduction_of
from dendrolith.studies.plating.elimination import NonlinearElimination
from dendrolith.studies.plating.fields import IONIC
from dendrolith.studies.plating.nodal_reaction import NodalReaction
from dendrolith.studies.plating.patches import RESIDUAL_RATIO, balanced_nodes, solve_patch
from dendrolith.studies.plating.split import MOST_ITERATIONS
from tests.cases import UM, Stepper, cell, config, disc

THERMAL = 0.0257  # V
CONDUCTANCES = {
    "metal": [1e6, 0.5],
    "both": [0.3, 0.5],
    "electrolyte": [1e-8, 0.5],  # hardly any electrons
}


def filling(phi, _nodes=None):
    """Plating, exponential in the overpotential until the node is full [A]; its derivatives."""
    eta = phi[:, 0] - phi[:, 1]
    s = np.tanh(eta / (4 * THERMAL))
    slope = 0.3 * (1 - s**2) / (4 * THERMAL)
    return -0.3 * s, np.stack([-slope, slope], axis=1)


def balances(K, phi, supplied):
    """Residual of a patch to which its neighbours supply currents."""
    i, _ = filling(phi)
    return (K @ phi.ravel()).reshape(phi.shape) + SIGNS * i[:, None] - supplied


def chain(n, conductances):
    """Conduction along a chain of nodes whose ends are held."""
    rod = diags_array([-np.ones(n - 1), 2 * np.ones(n), -np.ones(n - 1)], offsets=[-1, 0, 1])
    K = np.zeros((n, 2, n, 2))
    for kind, conductance in enumerate(conductances):
        K[:, kind, :, kind] = conductance * rod.toarray()
    return csr_array(K.reshape(2 * n, 2 * n))


@pytest.mark.parametrize("conductances", CONDUCTANCES.values(), ids=CONDUCTANCES)
@pytest.mark.parametrize("overshoot", [-1.5, -0.2, -1e-3, 1e-3, 0.2, 1.5])
def test_a_node_comes_onto_its_curve(conductances, overshoot):
    K, phi = chain(1, conductances), np.array([[overshoot, 0.01]])
    supplied = SIGNS * 0.05 + (K @ np.array([0.0, 0.01])).reshape(1, 2)
    F = balances(K, phi, supplied)
    left = balances(K, solve_patch(K, F, filling, phi), supplied)
    assert np.linalg.norm(left) <= RESIDUAL_RATIO * np.linalg.norm(F)


def test_a_patch_is_solved_with_all_its_neighbours():
    """Nodes that fill one beside the other move each other's potentials."""
    K, n = chain(12, (0.3, 0.5)), 12
    random = np.random.default_rng(2)
    supplied = balances(K, 0.05 * random.standard_normal((n, 2)), 0.0)
    phi = random.uniform(-0.8, 0.8, (n, 2))
    F = balances(K, phi, supplied)
    left = balances(K, solve_patch(K, F, filling, phi), supplied)
    assert np.linalg.norm(left) <= RESIDUAL_RATIO * np.linalg.norm(F)


def test_a_patch_without_a_solution_keeps_the_best_it_had():
    """What is not a number never becomes a potential."""

    def broken(phi, _nodes):
        i, slopes = filling(phi)
        return np.where(phi[:, 0] == 0.2, i, np.nan), slopes

    K, phi = chain(1, (0.3, 0.5)), np.array([[0.2, 0.0]])
    solved = solve_patch(K, balances(K, phi, SIGNS * 0.05), broken, phi)
    assert solved.tolist() == phi.tolist()


def test_a_patch_in_balance_stays_where_it_is():
    K, phi = chain(3, (0.3, 0.5)), np.full((3, 2), 0.1)
    assert solve_patch(K, np.zeros((3, 2)), filling, phi) is phi


def test_a_steep_and_a_flat_curve_take_few_linear_solves(monkeypatch):
    """No more than a step has Newton iterations."""
    solves = []
    solve = patches.spsolve

    def counted(*args, **options):
        solves.append(1)
        return solve(*args, **options)

    monkeypatch.setattr(patches, "spsolve", counted)
    K, phi = chain(2, (1e-8, 0.5)), np.array([[1.5, 0.0], [-1.5, 0.0]])
    solve_patch(K, balances(K, phi, np.tile(SIGNS * 0.05, (2, 1))), filling, phi)
    assert 0 < len(solves) <= MOST_ITERATIONS


def test_nodes_come_onto_their_curves_each_for_itself():
    """From volts away, flat on both sides, and in metal that hardly lets ions through."""
    random = np.random.default_rng(4)
    K = 10 ** random.uniform(-6, 5, (60, 2))
    phi, F = random.uniform(-3, 3, (60, 2)), random.uniform(-0.3, 0.3, (60, 2))
    found = balanced_nodes(K, F, filling, phi)
    i, now = filling(phi)[0], filling(found)[0]
    left = F + K * (found - phi) + SIGNS * (now - i)[:, None]
    assert np.abs(left).max() < 1e-6 * np.abs(F).max()


def test_no_node_is_brought_nowhere():
    none = np.empty((0, 2))
    assert balanced_nodes(none, none, filling, none).size == 0


def balanced_cell():
    """Lithium with its potentials in balance, and what finds their residual."""
    settings = config(geometry__height=20 * UM, voltage=0.2)
    made = cell(settings, disc((15 * UM, 10 * UM), 5 * UM))
    split = Stepper(made)
    split.terminals.hold(settings.control[0])
    split.start(0.05)
    reaction = NodalReaction(made.laws, made.nodal_volume)
    parts = FixedConduction(reaction, conduction_of(made.charge, made.laws))
    reaction.find_active_nodes()
    parts.prepare()
    unknown = made.f.phi.x
    b = unknown.petsc_vec.duplicate()
    fixed = np.concatenate([dofs[:n] for dofs, n in (bc.dof_indices() for bc in made.charge.bcs)])

    def residual(x):
        x.copy(unknown.petsc_vec)
        unknown.scatter_forward()
        parts.residual(b)
        b.array[fixed] = 0.0
        return b

    return made, parts, residual


def with_nodes_off(made, places, by=0.3):
    """The balanced potentials, those of the ions at some places off [V]."""
    x = made.f.phi.x.petsc_vec.copy()
    coordinates = made.f.scalar_space.tabulate_dof_coordinates()
    for place in places:
        near = np.abs(coordinates - (*place, 0.0)).max(axis=1) < 1e-9
        x.array.reshape(-1, 2)[near[: x.getLocalSize() // 2], IONIC] += by
    return x


ONE = [(20 * UM, 10 * UM)]
MANY = [(x * UM, y * UM) for x in (20, 21) for y in range(1, 20)]


def test_the_patch_around_a_node_that_is_off_comes_into_balance():
    made, parts, residual = balanced_cell()
    x = with_nodes_off(made, ONE)
    before = residual(x).norm()
    assert NonlinearElimination(parts).correct(x, residual, allowed=0.0)
    assert residual(x).norm() < 0.5 * before  # a node of another rank is held


@pytest.mark.parametrize(
    ("places", "allowed", "below"),
    [(ONE, 0.0, 0.0), (ONE, np.inf, np.inf), ([], 1e-3, np.inf)],
    ids=["it would not help enough", "allowed to be off", "all in balance"],
)
def test_potentials_that_are_not_corrected_stay_as_they_are(places, allowed, below):
    made, parts, residual = balanced_cell()
    x = with_nodes_off(made, places)
    before = x.array.copy()
    assert not NonlinearElimination(parts).correct(x, residual, allowed, below)
    assert (x.array == before).all()


def test_a_whole_front_off_balance_has_no_patch(monkeypatch):
    """Each of its nodes is brought onto its curve, and that is kept if the residual falls."""
    monkeypatch.setattr(elimination, "solve_patch", None)
    made, parts, residual = balanced_cell()
    x = with_nodes_off(made, MANY)
    before, size = x.array.copy(), residual(x).norm()
    if NonlinearElimination(parts).correct(x, residual, allowed=0.0):
        assert residual(x).norm() < size
    else:
        assert (x.array == before).all()
    assert global_sum(made.domain.comm, len(parts.reaction.nodes)) < 10 * len(MANY)
