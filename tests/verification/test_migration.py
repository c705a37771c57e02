"""Isolated lithium that migrates by plating on one side and stripping on the other.

An ellipse in an electrolyte of conductivity σ with linear kinetics i = g η, g = i₀F/RT, in the far
field E₀ along its axis 2a. In elliptic coordinates, x = c cosh μ cos ν and y = c sinh μ sin ν,

    φ = −E₀x + Σ A_n e^{−nμ} cos nν,   Wa ∂φ/∂μ = √(sinh²μ + sin²ν) (c/a) φ on it,   Wa = σ/(g a)
    U = V_mσ/(F π a b) ∮ x ∂φ/∂μ dν

The box of a test and its mirror images are a square lattice of ellipses. Their dipoles weaken the
field at each: E₀ = (j/σ)/(1 + π A₁c/(2 A)), A the area of a cell, with A₁ of E₀ = 1.
"""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.simulation import Simulation, march
from dendrolith.studies.register import load
from tests.studies import run

pytestmark = pytest.mark.serial

ROOT = Path(__file__).parents[2]
DISC = ROOT / "configs" / "isolated" / "disc.yaml"
SIGMA, MOLAR_VOLUME, CURRENT, FOIL, B = 0.05, 1.309e-5, 10.0, 16.0, 24.0
X, U, POLARITY = "isolated_centre_x [m]", "isolated_velocity_x [m/s]", "isolated_polarity [1]"
MASS = "lithium_isolated [mol/m^2]"
# F U/(V_m σ E₀) by a/b, at Wa = 0.1 and 1
SPEEDS = {1: (2 / 1.1, 1.0), 2: (2.5893, 1.1740), 5: (4.8554, 1.9106)}
WITHIN = 0.05  # of the speed
CONSERVED = 1e-8


def sharp_ellipse(ratio, wagner, terms=24, points=4000):
    """F U/(V_m σ E₀) and A₁c/(2a²) of a sharp ellipse with a/b = ratio."""
    if ratio == 1:
        return 2 / (1 + wagner), (1 - wagner) / (1 + wagner)
    mu, c = math.atanh(1 / ratio), math.sqrt(1 - 1 / ratio**2)  # a = 1
    nu = (np.arange(points) + 0.5) * 2 * math.pi / points
    n = np.arange(1, 2 * terms, 2)
    cosines = np.cos(np.outer(n, nu))
    h = c * np.sqrt(math.sinh(mu) ** 2 + np.sin(nu) ** 2)
    # unknowns A_n e^{−nμ₀}; the conditions are tested with the same cosines
    robin = cosines * h @ cosines.T + wagner * points / 2 * np.diag(n)
    x = np.cos(nu)  # a = 1 on the ellipse
    x_mu = c * math.sinh(mu) * np.cos(nu)
    amounts = np.linalg.solve(robin, cosines @ (h * x - wagner * x_mu))
    slope = -x_mu - (n * amounts) @ cosines
    speed = abs(x @ slope) * 2 * math.pi / points / (math.pi / ratio)
    return speed, amounts[0] * math.exp(mu) * c / 2


@pytest.mark.parametrize("ratio", SPEEDS)
def test_the_reference_is_that_of_the_table(ratio):
    for wagner, speed in zip((0.1, 1.0), SPEEDS[ratio], strict=True):
        assert sharp_ellipse(ratio, wagner)[0] == pytest.approx(speed, rel=1e-4)


def migrate(folder, ratio, wagner, *changes):
    """Columns of a run with an ellipse of half-width 6 δ, on a mesh with δ/h = 4 around it."""
    a = ratio * B
    half = max(2 * a, 5 * B)  # of a cell of the lattice
    mesh, sizes = folder / "mesh.msh", {"length": 2 * a, "electrolyte": 2 * half, "height": half}
    words = [word for name, value in sizes.items() for word in (f"--{name}", str(value))]
    recipe = [sys.executable, str(ROOT / "meshes" / "isolated.py"), str(mesh), *words]
    subprocess.run(recipe, check=True, capture_output=True)
    g = SIGMA / (wagner * a * 1e-6)
    exchange = g * GAS_CONSTANT * 298.15 / FARADAY
    overrides = [
        f"geometry.mesh_file={mesh}", "geometry.mesh_unit=1 um", "solver.charge_tolerance=1e-10",
        f"geometry.electrolyte_thickness={2 * half} um", f"geometry.height={half} um",
        f"lithium_pieces.0.length={2 * a} um", f"lithium_pieces.0.centre.x={FOIL + half} um",
        f"kinetics.exchange_current_density={exchange} A/m^2", "kinetics.temperature=298.15 K",
        *changes,
    ]  # fmt: skip
    with Simulation(load(DISC, overrides)) as simulation:
        rows = [simulation.measure(step) for step in march(simulation)]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}, (2 * half * 1e-6) ** 2


def check_speed(folder, ratio, wagner):
    """Velocity in the first second, and what is conserved."""
    found, cell = migrate(folder, ratio, wagner, "time.end=1 s")
    speed, dipole = sharp_ellipse(ratio, wagner)
    field = CURRENT / SIGMA / (1 + math.pi * dipole * (ratio * B * 1e-6) ** 2 / cell)
    expected = speed * MOLAR_VOLUME * SIGMA * field / FARADAY
    moving = found["time [s]"] > 0
    np.testing.assert_allclose(found[U][moving], expected, rtol=WITHIN)
    np.testing.assert_allclose(found[POLARITY][moving], 1.0, atol=1e-6)
    np.testing.assert_allclose(found[MASS] / found[MASS][0], 1.0, atol=CONSERVED)


def test_a_disc_moves_as_fast_as_a_sharp_one(tmp_path):
    check_speed(tmp_path, 1, 1.0)


@pytest.mark.slow
@pytest.mark.parametrize(("ratio", "wagner"), [(1, 0.1), (2, 0.1), (2, 1.0), (5, 0.1), (5, 1.0)])
def test_ellipses_move_as_fast_as_sharp_ones(tmp_path, ratio, wagner):
    check_speed(tmp_path, ratio, wagner)


@pytest.mark.slow
def test_reversal_brings_a_disc_back(tmp_path):
    """The front is not quite reversible: it relaxes while it moves."""
    ways = ("control.0.until.time=100 s", "control.1.until.time=100 s", "time.end=200 s")
    found, _ = migrate(tmp_path, 1, 1.0, *ways)
    way = found[X] - found[X][0]
    assert way.max() > 0.1e-6
    assert abs(way[-1]) < 0.01 * way.max()
    np.testing.assert_allclose(found[MASS] / found[MASS][0], 1.0, atol=CONSERVED)


@pytest.mark.slow
@pytest.mark.mpirun
def test_ranks_agree(tmp_path):
    few = ("time.max_steps=4", "solver.charge_tolerance=1e-10")
    one, two = (run(DISC, tmp_path / str(n), *few, ranks=n) for n in (1, 2))
    for name in (X, U, POLARITY, MASS):
        np.testing.assert_allclose(two[name], one[name], rtol=1e-8)
