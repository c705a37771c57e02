"""Grains, layers and leakage in the field model of a cell, against closed forms."""

from dataclasses import replace

import numpy as np
import pytest
import ufl
from dolfinx import fem
from scipy.optimize import minimize

from dendrolith.core import compat
from dendrolith.core.parallel import integral
from dendrolith.domain.place import Place
from dendrolith.observables.base import StepView
from dendrolith.physics.crack_access import Cracks
from dendrolith.physics.elasticity import Elasticity
from dendrolith.physics.fracture import AT1, AT2, Fracture
from dendrolith.physics.leakage import Layer, overpotential
from dendrolith.studies.boundary_toughness import band_ratio, felt_toughness
from dendrolith.studies.plating.access import PoreAccess
from dendrolith.studies.plating.conduction import conduction_of
from dendrolith.studies.plating.electrolyte_input import CrackFilm, ElectrolyteLayer, Grains
from dendrolith.studies.plating.schema import Geometry, Materials
from tests.cases import ELECTROLYTE, LITHIUM, PORE, UM, Stepper, cell, config, front, table_of
from tests.verification.tools import solve

VOLTAGE = 0.1
KINDS = ("electronic_conductivity", "ionic_conductivity")
FOIL = 10 * UM
LAYERS = (Layer(100 * UM, 1e-4, 0.05), Layer(50 * UM, 1e-7, 0.05), Layer(150 * UM, 1e-7, 0.02))
WIDTH, BAND = 20 * UM, 1 * UM


def potential(model, name, axis, ends):
    """The potential of 0 to 0.1 V along an axis as a cell without lithium conducts, and current."""
    space = model.f.scalar_space
    phi, v = fem.Function(space), ufl.TestFunction(space)
    flux = model.laws.conductivity(name, model.f.xi) * ufl.grad(phi)
    # of about 1 beside the numbers of the solver
    scale = 1 / getattr(ELECTROLYTE, name)
    sides = [
        fem.dirichletbc(
            value,
            fem.locate_dofs_geometrical(
                space, lambda x, at=at: abs(x[axis] - at) < 1e-3 * UM if at else x[axis] < 1e-3 * UM
            ),
            space,
        )
        for value, at in zip((0.0, VOLTAGE), ends, strict=True)
    ]
    solve(scale * ufl.inner(flux, ufl.grad(v)) * model.m.dx, phi, sides)
    return phi, integral(fem.form(ufl.inner(flux, ufl.grad(phi)) * model.m.dx)) / VOLTAGE


def test_overpotential_of_leaking_layers():
    """η(x) = V [r_e − r_i] to 1e-6, with the conductivities of a cell that has layers."""
    begins = FOIL + np.cumsum([0.0, *(layer.thickness for layer in LAYERS)])
    layers = tuple(
        ElectrolyteLayer(begin, end, layer.ionic, layer.electronic)
        for begin, end, layer in zip(begins, begins[1:], LAYERS, strict=False)
    )
    geometry = Geometry(FOIL, 300 * UM, 4 * UM, 2 * UM)
    model = cell(config(geometry=geometry, layers=layers))
    x = model.f.scalar_space.tabulate_dof_coordinates()[:, 0]
    there = x >= FOIL * (1 - 1e-9)
    shares = []
    for name in KINDS:
        phi, _ = potential(model, name, 0, (FOIL, 310 * UM))
        shares.append(phi.x.array[there])
    solved = shares[0] - shares[1]
    exact = np.array(
        [
            overpotential(list(LAYERS), VOLTAGE, float(at))
            for at in np.clip(x[there] - FOIL, 0, 300 * UM)
        ]
    )
    assert np.abs(solved - exact).max() < 1e-6 * np.abs(exact).max()


@pytest.mark.parametrize("cells", ["triangle", "quadrilateral"])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_bicrystal(cells, axis):
    """Across R = L/σ_g + R_gb, along I = E(σ_g W + Σ_gb), within 0.5 %."""
    geometry = Geometry(FOIL, WIDTH - FOIL, WIDTH / 2, BAND / 8, cell_type=cells)
    places = (Place(WIDTH / 4, WIDTH / 4), Place(3 * WIDTH / 4, WIDTH / 4))
    ions = {"ionic_resistance": 30e-6, "ionic_conductance": 30e-6}
    model = cell(config(geometry=geometry, grains=Grains(BAND, centres=places, **ions)))
    sigma, length, height = ELECTROLYTE.ionic_conductivity, WIDTH, WIDTH / 2
    _, current = potential(model, KINDS[1], axis, (0.0, (length, height)[axis]))
    across = height * VOLTAGE / (length / sigma + ions["ionic_resistance"])
    along = VOLTAGE / height * (sigma * length + ions["ionic_conductance"])
    assert current == pytest.approx((across, along)[axis], rel=5e-3)


@pytest.mark.parametrize("cracks", [None, Cracks()], ids=["damage", "cracks"])
def test_a_crack_across_a_boundary_cuts_it(cracks):
    """It lets through the same part of what runs along the boundary as of what the grains pass."""
    geometry = Geometry(FOIL, WIDTH - FOIL, WIDTH / 2, BAND / 4)
    places = (Place(WIDTH / 4, WIDTH / 4), Place(3 * WIDTH / 4, WIDTH / 4))
    broken = {"elasticity": Elasticity(eigenstrain=0.0), "damage": Fracture(2.0, BAND)}
    currents = []
    for conductance in (1e-9, 30e-6):
        grains = Grains(BAND, centres=places, ionic_conductance=conductance)
        model = cell(config(geometry=geometry, grains=grains, cracks=cracks, **broken))
        d = model.laws.damages[0].d
        d.interpolate(lambda x: np.clip(2 - abs(x[1] - WIDTH / 4) / BAND, 0, 1))
        currents.append(potential(model, KINDS[1], 1, (0.0, WIDTH / 2))[1])
    more = 1 + 30e-6 / (ELECTROLYTE.ionic_conductivity * WIDTH)
    assert currents[1] == pytest.approx(more * currents[0], rel=0.02)


def test_electrons_leak_as_deep_as_boundaries_conduct():
    """Beyond `electronic_depth` the conductivity is that of the grains."""
    geometry = Geometry(FOIL, WIDTH, WIDTH / 2, BAND)
    grains = Grains(3 * BAND, 10 * UM, electronic_conductance=1e-6, electronic_depth=WIDTH / 2)
    model = cell(config(geometry=geometry, grains=grains))
    cells = fem.functionspace(model.domain.mesh, ("DG", 0))
    sigma = fem.Function(cells)
    tensor = model.laws.conductivity(KINDS[0], model.f.xi)
    sigma.interpolate(fem.Expression(ufl.tr(tensor) / 2, compat.interpolation_points(cells)))
    x, plain = cells.tabulate_dof_coordinates()[:, 0], ELECTROLYTE.electronic_conductivity
    assert sigma.x.array[x > FOIL + WIDTH / 2] == pytest.approx(plain)
    assert sigma.x.array[x < FOIL + WIDTH / 2].max() > 100 * plain


def test_what_boundaries_conduct_is_lost_at_no_node():
    """Equal potentials drive no current, though a boundary's flank conducts 1e14 less than metal.

    The edge opposite to a right angle conducts where the conductivity is a tensor.
    """
    geometry = Geometry(FOIL, WIDTH, WIDTH / 2, BAND)
    grains = Grains(3 * BAND, 10 * UM, electronic_conductance=4e-8)
    poor = replace(ELECTROLYTE, electronic_conductivity=1e-7)
    materials = Materials(LITHIUM, poor, PORE)
    model = cell(config(geometry=geometry, grains=grains, materials=materials), front(FOIL))
    conduction = conduction_of(model.charge, model.laws)
    conduction.assemble()
    K, ones = conduction.K, model.f.phi.x.petsc_vec.duplicate()
    lost = ones.duplicate()
    ones.set(1.0)
    K.mult(ones, lost)
    x = model.f.scalar_space.tabulate_dof_coordinates()[: lost.getLocalSize() // 2, 0]
    inside = np.repeat(x < FOIL + WIDTH - UM / 2, 2)  # beyond, K has the contacts too
    assert np.abs(lost.array / K.getDiagonal().array)[inside].max() < 1e-12


# of a hat of width w over ℓ with G_gb/G_g in it: by w/ℓ = 0.5, 1, 2, 3, 4
FELT = {
    (AT1, 0.5): (0.780, 0.650, 0.534, 0.503, 0.500),
    (AT1, 0.25): (0.555, 0.382, 0.274, 0.252, 0.250),
    (AT2, 0.5): (0.753, 0.640, 0.547, 0.517, 0.506),
    (AT2, 0.25): (0.536, 0.392, 0.294, 0.265, 0.256),
}


@pytest.mark.parametrize(("model", "ratio"), FELT)
def test_a_crack_feels_a_band_and_the_grains_beside_it(model, ratio):
    for width, felt in zip((0.5, 1, 2, 3, 4), FELT[model, ratio], strict=True):
        found = felt_toughness(lambda t, w=width: np.where(t < w / 2, ratio, 1.0), model)
        assert found == pytest.approx(felt, rel=0.02)
    assert felt_toughness(lambda t: 1.0 + 0 * t, model) == pytest.approx(1, rel=1e-3)


@pytest.mark.parametrize("model", [AT1, AT2])
def test_a_band_is_made_as_weak_as_a_crack_shall_find_it(model):
    def shape(t):
        return np.exp(-((2 * t / 2) ** 2))

    ratio = band_ratio(0.5, shape, model)
    assert ratio < 0.5
    assert felt_toughness(lambda t: 1 - (1 - ratio) * shape(t), model) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="so narrow a band"):
        band_ratio(0.05, lambda t: shape(10 * t), model)


def test_a_mesh_makes_a_narrow_band_tougher():
    """One row of cells of h = ell/8 is broken; d falls from its edges, linear in each cell."""
    h, ratio = 1 / 8, 0.187

    def band(t):
        return 1 - (1 - ratio) * np.exp(-((2 * t) ** 2))

    t = h / 2 + h * np.arange(33)
    weights = np.where(t == h / 2, h / 2, h) * band(t)
    cells = (band(t[1:]) + band(t[:-1])) / 2

    def energy(d):
        slopes = cells * np.diff(d) / h
        pulls = np.append(0.0, slopes) - np.append(slopes, 0.0)
        return 3 / 8 * (weights @ d + slopes @ np.diff(d)), 3 / 8 * (weights + 2 * pulls)

    bounds = [(1.0, 1.0)] + [(0.0, 1.0)] * (len(t) - 1)
    least = minimize(energy, np.maximum(1 - t / 2, 0) ** 2, jac=True, bounds=bounds).fun
    row = 3 / 8 * h * float(np.mean(band(np.linspace(0, h / 2, 50))))
    found = felt_toughness(band, AT1, broken=h)
    assert found == pytest.approx((2 * least + row) / (1 + 3 * h / 8), rel=0.02)
    assert found > 1.1 * felt_toughness(band, AT1)


def test_a_film_conducts_along_itself():
    """I = E(σ_el W + G_s) along a film through the cell, and nothing more across it."""
    geometry = Geometry(FOIL, WIDTH - FOIL, WIDTH / 2, BAND / 8)
    through = (Place(0.0, WIDTH / 4), Place(WIDTH / 2, WIDTH / 4), Place(WIDTH, WIDTH / 4))
    plain, height = ELECTROLYTE.electronic_conductivity, WIDTH / 2
    sheet = 5 * plain * height
    model = cell(config(geometry=geometry, films=(CrackFilm(through, BAND, sheet),)))
    _, along = potential(model, KINDS[0], 0, (0.0, WIDTH))
    _, across = potential(model, KINDS[0], 1, (0.0, height))
    assert along == pytest.approx(VOLTAGE / WIDTH * (plain * height + sheet), rel=5e-3)
    assert across == pytest.approx(VOLTAGE / height * plain * WIDTH, rel=5e-3)


def test_a_film_goes_on_across_joined_sides():
    """On the seam it conducts G_s as elsewhere, and its nodes show it on both sides."""
    geometry = Geometry(FOIL, WIDTH - FOIL, WIDTH / 2, BAND / 8, periodic=True)
    plain, height = ELECTROLYTE.electronic_conductivity, WIDTH / 2
    sheet = 5 * plain * height
    film = CrackFilm((Place(0.0, 0.0), Place(WIDTH, 0.0)), BAND, sheet)
    model = cell(config(geometry=geometry, films=(film,)))
    _, along = potential(model, KINDS[0], 0, (0.0, WIDTH))
    assert along == pytest.approx(VOLTAGE / WIDTH * (plain * height + sheet), rel=5e-3)
    shown, y = model.f.state["film"].x.array, model.f.scalar_space.tabulate_dof_coordinates()[:, 1]
    assert np.all(shown[y > height - 0.2 * BAND] > 0.8)


def test_lithium_has_no_access_to_a_separator():
    layers = (ElectrolyteLayer(20 * UM, 30 * UM, lithium="blocked"),)
    model = cell(config(geometry=Geometry(FOIL, 30 * UM, 4 * UM, 1 * UM), layers=layers))
    access = PoreAccess(model.laws, model.nodal_volume, None).values
    x = model.f.scalar_space.tabulate_dof_coordinates()[: len(access), 0]
    inside = (x > 20.5 * UM) & (x < 29.5 * UM)
    assert np.all(access[inside] == 0)
    assert np.all(access[(x < 19.5 * UM) | (x > 30.5 * UM)] == 1)


def test_what_layers_leak_is_no_short():
    """The same cell, of a leaking electrolyte or of two layers of it, has the same path."""
    leaking, paths = 0.02, []
    whole = replace(ELECTROLYTE, electronic_conductivity=leaking)
    layers = (
        ElectrolyteLayer(FOIL, 20 * UM, electronic_conductivity=leaking),
        ElectrolyteLayer(20 * UM, 40 * UM, electronic_conductivity=leaking),
    )
    for changes in ({"materials__electrolyte": whole}, {"layers": layers}):
        made = Stepper(cell(config(voltage=0.02, **changes), front(FOIL)))
        made.start(1e-3)
        table, view = table_of(made), StepView(0.0, 0.0)
        table.start(view)
        paths.append(table.measure(view)["electronic_path [1]"])
        made.close()
    assert paths[1] == pytest.approx(paths[0], rel=1e-6)
    assert paths[0] < 0.01  # from which on it is closed
