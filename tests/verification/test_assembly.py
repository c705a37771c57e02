"""The balances assembled from fixed conduction and nodal reaction against their compiled forms."""

import numpy as np
import pytest
from dolfinx import fem
from petsc4py import PETSc
from scipy.integrate import solve_ivp

from dendrolith.core import compat
from dendrolith.core.parallel import global_max, global_sum, integral
from dendrolith.physics.noise import Noise
from dendrolith.physics.pores import PoreWalls
from dendrolith.solvers.balances import WholeForms
from dendrolith.studies.plating.assembly import SIGNS, FixedConduction
from dendrolith.studies.plating.conduction import conduction_of, uncoupled
from dendrolith.studies.plating.nodal_reaction import SUDDEN, NodalReaction, covering_cells
from dendrolith.studies.plating.schema import Electrodes, Pores
from tests.cases import UM, cell, config, disc, front

RESISTIVE = {"electrodes": Electrodes(electronic_resistance=1e-5, ionic_resistance=1e-3)}
CASES = {
    "ideal contacts": {},
    "resistive contacts": RESISTIVE,
    "no threshold": {"lithium_metal__metal_threshold": 0.0},
    "noise": {"noise": Noise(amplitude=0.5, seed=2)},
    "pores": {"pores": Pores(0.1, 5 * UM, walls=PoreWalls(3 * UM), access="accessible")},
    "quadrilaterals": {"geometry__cell_type": "quadrilateral"},
}


def random_cell(overrides):
    """A disc of lithium, with random potentials and potential-free rates in it and around."""
    settings = config(geometry__height=20 * UM, **overrides)
    made = cell(settings, disc((15 * UM, 10 * UM), 5 * UM), lambda x: 2.0 * (x[0] > 15 * UM) - 1)
    state, random = made.f, np.random.default_rng(5)
    made.laws.dt.value, made.laws.voltage.value = 0.05, 0.2
    for function, scale in ((state.phi, 0.05), (state.potential_free_rate, 1.0), (state.zeta, 1.0)):
        function.x.array[:] = scale * random.standard_normal(function.x.array.size)
        function.x.scatter_forward()
    return made


@pytest.mark.parametrize("overrides", CASES.values(), ids=CASES)
def test_the_jacobian_follows_the_potentials_within_a_solve(overrides):
    made = random_cell(overrides)
    reaction, phi = NodalReaction(made.laws, made.nodal_volume), made.f.phi.x
    parts, whole = (
        FixedConduction(reaction, conduction_of(made.charge, made.laws)),
        WholeForms(made.charge),
    )
    (P, again), reference = (parts.create_matrix() for _ in range(2)), whole.create_matrix()
    b = phi.petsc_vec.duplicate()
    reaction.find_active_nodes()
    parts.prepare()
    for change in (1.0, -0.5, 0.3):
        phi.array[:] *= change
        parts.residual(b)
        parts.jacobian(P)
    whole.jacobian(reference)
    difference = P.copy()
    difference.axpy(-1.0, reference)
    assert difference.norm() < 1e-12 * reference.norm()

    parts.prepare()
    parts.residual(b)
    parts.jacobian(again)
    again.axpy(-1.0, P)
    assert again.norm() == 0  # to the last bit


def test_conduction_has_room_for_what_conducts_alone():
    """A block for each node, and for each potential the edges along the sides of the box."""
    made = random_cell({})
    full = compat.create_matrix(made.charge.conductance)
    compat.assemble_matrix(full, made.charge.conductance)
    K = uncoupled(full)
    compat.assemble_matrix(K, made.charge.conductance)
    entries = [A.getInfo(PETSc.Mat.InfoType.GLOBAL_SUM)["nz_used"] for A in (K, full)]
    geometry = made.config.geometry
    along, up = (round(side / geometry.mesh_size) for side in (geometry.length, geometry.height))
    edges = along * (up + 1) + up * (along + 1)
    assert entries[0] == 4 * (along + 1) * (up + 1) + 4 * edges

    first, _ = full.getOwnershipRange()  # a row of electrons
    columns, _ = full.getRow(first)
    other = columns[(columns % 2 == 1) & (columns != first + 1)][0]
    full.setValue(first, other, 1.0, PETSc.InsertMode.ADD_VALUES)
    full.assemble()
    with pytest.raises(ValueError, match="different kinds"):
        uncoupled(full)


@pytest.mark.parametrize("cell_type", ["triangle", "quadrilateral", "tetrahedron", "hexahedron"])
def test_conduction_loses_nothing_where_it_has_no_room(cell_type):
    """Of all cells, at other lithium than that which told where something conducts."""
    size = 6 * UM if cell_type in ("tetrahedron", "hexahedron") else None
    settings = config(
        geometry__cell_type=cell_type, geometry__depth=size, geometry__height=6 * UM,
        geometry__lithium_thickness=4 * UM, geometry__electrolyte_thickness=5 * UM,
    )  # fmt: skip
    made = cell(settings, front(5.3 * UM))
    reaction = NodalReaction(made.laws, made.nodal_volume)
    parts = FixedConduction(reaction, conduction_of(made.charge, made.laws))
    reaction.find_active_nodes()
    parts.prepare()
    full = compat.create_matrix(made.charge.conductance)
    compat.assemble_matrix(full, made.charge.conductance)
    x, lost = made.f.phi.x.petsc_vec.duplicate(), made.f.phi.x.petsc_vec.duplicate()
    x.array[:] = np.cos(np.arange(x.array.size))
    full.mult(x, lost)
    found = lost.duplicate()
    parts.conduct(x, found)
    found.axpy(-1.0, lost)
    assert found.norm() < 1e-14 * lost.norm()


@pytest.mark.parametrize("overrides", CASES.values(), ids=CASES)
def test_the_same_residual_jacobian_and_rate(overrides):
    made = random_cell(overrides)
    reaction = NodalReaction(made.laws, made.nodal_volume)
    parts, whole = (
        FixedConduction(reaction, conduction_of(made.charge, made.laws)),
        WholeForms(made.charge),
    )
    matrices = [assembly.create_matrix() for assembly in (parts, whole)]
    vectors = [made.f.phi.x.petsc_vec.duplicate() for _ in range(2)]
    reaction.find_active_nodes()
    assert global_max(made.domain.comm, np.abs(reaction.charge()[1])) > 0
    for assembly, P, b in zip((parts, whole), matrices, vectors, strict=True):
        assembly.prepare()
        assembly.residual(b)
        assembly.jacobian(P)
    difference, reference = vectors
    difference.axpy(-1.0, reference)
    assert reference.norm() > 0
    assert difference.norm() < 1e-12 * reference.norm()
    difference, reference = matrices
    difference.axpy(-1.0, reference)
    assert difference.norm() < 1e-12 * reference.norm()
    assert reaction.plated() == pytest.approx(integral(made.charge.plated), rel=1e-11)

    reaction.set_rate()
    nodal = fem.Function(made.f.scalar_space)
    points = compat.interpolation_points(made.f.scalar_space)
    nodal.interpolate(fem.Expression(made.laws.rate(made.f.phi), points))
    error = np.abs(made.f.rate.x.array - nodal.x.array)
    comm = made.domain.comm
    assert global_max(comm, error) < 1e-12 * global_max(comm, np.abs(nodal.x.array))


def test_the_middle_of_a_step_is_predicted_along_the_reaction():
    """Against an integrator of SciPy, node by node, at potentials that stand still.

    The middle of a step of second order may be off by a second order itself.
    """
    errors, chosen = [], []
    for part in (1, 2):
        made = random_cell({"kinetics__exchange_current_density": 3e3})
        state, laws, comm = made.f, made.laws, made.domain.comm
        half = 0.5 * float(laws.dt.value) / part
        laws.dt.value = 2 * half
        state.relaxation.x.array[:] = state.potential_free_rate.x.array
        now = state.xi.x.array.copy()
        xi, nodal = fem.Function(state.scalar_space), fem.Function(state.scalar_space)
        # the share of a front is that of the relaxed lithium
        state.xi_middle.x.array[:] = now + half * state.relaxation.x.array
        B_f = laws.f.access * laws.stripping_at_front(state.xi_middle, state.phi)
        reaction = laws.lithium.reaction_rate(xi, laws.exchange_current_density(), B_f)
        points = compat.interpolation_points(state.scalar_space)
        rate = fem.Expression(state.relaxation + reaction, points)

        def rate_of(_time, values, *, xi=xi, nodal=nodal, rate=rate):
            xi.x.array[:] = values
            nodal.interpolate(rate)
            return nodal.x.array.copy()

        exact = solve_ivp(rate_of, (0.0, half), now, rtol=1e-9, atol=1e-11).y[:, -1]
        nodal_reaction = NodalReaction(laws, made.nodal_volume)
        state.rate.x.array[:] = (exact - now) / half  # the last step brought as much
        nodal_reaction.predict_middle(most=1.0)
        # random potentials take some nodes further than any step that is not taken back, and some
        # to where m begins and ends: there is a kink
        inside = (np.minimum(now, exact) > 0.1) & (np.maximum(now, exact) < 0.9)
        chosen = chosen or [inside & (np.abs(exact - now) < 0.2)]
        error = np.abs(state.xi_middle.x.array - exact)[chosen[0]]
        line = np.abs(now + half * rate_of(0.0, now) - exact)[chosen[0]]
        errors.append(global_sum(comm, error.sum()))
        assert errors[-1] < 0.3 * global_sum(comm, line.sum())
    assert errors[0] > 4 * errors[1]
    state.rate.x.array[:] = state.relaxation.x.array
    nodal_reaction.predict_middle(most=1.0)
    predicted = state.xi_middle.x.array - now - half * state.relaxation.x.array
    assert np.isclose(global_max(comm, np.abs(predicted)), SUDDEN)  # the last one brought nothing
    nodal_reaction.predict_middle(most=0.01)
    assert global_max(comm, np.abs(state.xi_middle.x.array - now)) <= 0.01 * (1 + 1e-12)


def test_only_cells_that_react_are_evaluated():
    made = random_cell({})
    reaction = NodalReaction(made.laws, made.nodal_volume)
    made.f.potential_free_rate.x.array[:] = 0.0
    reaction.find_active_nodes()
    comm = made.domain.comm
    assert global_sum(comm, len(reaction.cells)) < 0.5 * global_sum(comm, len(reaction._cover))
    made.f.xi.x.array[:] = np.nan
    reaction.find_active_nodes()
    assert len(reaction.cells) == len(reaction._cover)


@pytest.mark.parametrize("cell_type", ["triangle", "quadrilateral", "tetrahedron"])
def test_few_cells_have_every_node(cell_type):
    sides = {"geometry__depth": 10 * UM} if cell_type == "tetrahedron" else {}
    settings = config(geometry__height=20 * UM, geometry__cell_type=cell_type, **sides)
    made = cell(settings, disc((15 * UM, 10 * UM), 5 * UM))
    dofmap = made.f.scalar_space.dofmap
    owned = dofmap.index_map.size_local
    cover = covering_cells(dofmap.list, owned)
    assert set(range(owned)) <= set(dofmap.list[cover].ravel())
    assert len(cover) < 0.55 * owned


def patch_around(made, at, layers, most):
    """Nodes of this rank, conduction, and the patch around the node at a place (one rank's)."""
    reaction = NodalReaction(made.laws, made.nodal_volume)
    parts = FixedConduction(reaction, conduction_of(made.charge, made.laws))
    reaction.find_active_nodes()
    parts.prepare()
    x = made.f.scalar_space.tabulate_dof_coordinates()[: len(reaction.volume)]
    distance = np.abs(x - (*at, 0.0)).max(axis=1)
    nodes = np.flatnonzero(distance < 1e-9).astype(np.int32)
    return x, parts, parts.nodes_within(nodes, layers, most)


def test_a_patch_grows_by_cells_and_ends_where_potentials_are_fixed():
    made = random_cell({})
    comm, h = made.domain.comm, made.config.geometry.mesh_size
    x, _, patch = patch_around(made, (15 * UM, 10 * UM), 2, 1000)
    _, _, bounded = patch_around(made, (15 * UM, 10 * UM), 2, len(patch) - 1)
    _, _, beside_the_collector = patch_around(made, (0.0, 10 * UM), 2, 1000)
    assert (np.abs(x[patch] - (15 * UM, 10 * UM, 0.0)).max(axis=1) < 2.01 * h).all()
    if comm.size == 1:
        assert (len(patch), len(bounded)) == (13, 5)  # diamonds: diagonals do not conduct
    assert len(bounded) < len(patch) or not len(patch)
    assert (x[beside_the_collector][:, 0] > 0).all()


def test_conduction_of_a_patch_is_that_of_the_residual():
    """Potentials that move within a patch move its balances by its conduction and the reaction."""
    made = random_cell(RESISTIVE)
    _, parts, patch = patch_around(made, (15 * UM, 10 * UM), 3, 1000)
    phi = made.f.phi.x
    before, after = phi.petsc_vec.duplicate(), phi.petsc_vec.duplicate()
    parts.residual(before)
    reaction = parts.reaction.charge()[0][patch]
    change = 0.01 * np.random.default_rng(3).standard_normal((len(patch), 2))
    parts.by_nodes(phi.array[: before.getLocalSize()])[patch] += change
    phi.scatter_forward()
    parts.residual(after)
    expected = (parts.submatrix(patch) @ change.ravel()).reshape(change.shape)
    expected += SIGNS * (parts.reaction.charge()[0][patch] - reaction)[:, None]
    moved = parts.by_nodes(after.array_r - before.array_r)[patch]
    assert moved == pytest.approx(expected, rel=1e-9, abs=1e-9 * np.abs(expected).max(initial=0))
    assert global_sum(made.domain.comm, len(patch)) > 0
