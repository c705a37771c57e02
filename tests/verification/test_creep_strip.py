"""A pressed cell that is a strip: plane strain beside the round cell."""

import math

import numpy as np
import pytest
from mpi4py import MPI

from dendrolith.physics.lubrication import Lubrication
from dendrolith.simulation import Simulation, march
from dendrolith.studies.creep.flow import Flow
from dendrolith.studies.creep.geometry import Shape
from dendrolith.studies.register import load
from tests.studies import CONFIGS

pytestmark = pytest.mark.serial

CONFIG = CONFIGS / "creep" / "strip_charge.yaml"
N, DEPTH = 1 / 6.6, 5.0


def squeezed(h: float, n: float, *, slips: bool = False) -> float:
    """p̄/(σ₁ (V/h)^n) of a strip of half-width 1."""
    shape = Shape.straight(1 / h, 1.0, depth=DEPTH)
    flow = Flow(shape, n, across=6, ratio=1.5, slips=slips)
    found = flow.solve(shape, 0.0).pressure
    flow.close()
    return found


def film(h: float, n: float, *, corrected: bool) -> float:
    K = 3 ** (-(n + 1) / 2)
    return Lubrication(n, K, 1.0, 1 / h, 0.1, corrected, None, DEPTH).film(1.0)


def test_a_strip_has_a_slot_on_either_side():
    """All that the film of 2R × depth loses goes into two slots of g × depth."""
    strip = Lubrication(1.0, 1 / 3, 1.0, 2.0, 0.1, False, None, DEPTH)
    assert (strip.area, strip.slot_area) == pytest.approx((4 * DEPTH, 0.2 * DEPTH))
    speed = 2.0 / 0.1  # of each half, v = R V/g
    assert strip.slot(3.0) == pytest.approx(2 / 3 * 3.0 / 0.1 * 3 * 2 * speed / 0.1)


def test_plane_strain_compression():
    """Plates that slip: p̄ = (2/√3)^(1+n) σ₁ (V/h)^n, 1e-4."""
    assert squeezed(0.08, N, slips=True) == pytest.approx((2 / math.sqrt(3)) ** (1 + N), rel=1e-4)


def test_newtonian_strip_is_lubrication():
    """Stefan's strip, p̄ = 4 η V R²/h³ with 3η = σ₁: 0.2 % at h/R = 0.01."""
    bare = film(0.01, 1.0, corrected=False)
    assert bare == pytest.approx(4 / 3 * 100**2, rel=1e-12)
    assert squeezed(0.01, 1 - 1e-9) == pytest.approx(bare, rel=2e-3)


@pytest.mark.parametrize("h", [0.07874, 0.15748])
def test_squeezed_strip(h):
    """The factor of the film is that of finite elements, which goes to 1 with h/R: 0.5 %."""
    assert squeezed(h, N) == pytest.approx(film(h, N, corrected=True), rel=5e-3)
    assert 1 < squeezed(h, N) / film(h, N, corrected=False) < 1 + h


@pytest.mark.parametrize("front", ["plug", "shaped"])
def test_a_strip_is_charged(front):
    """Volume to 1e-10; the network is within 2 %; what is plated is I V_m/F over both halves."""
    words = [f"cell.gap.front={front}", "mesh.across=4", "time.end=25 s", "time.max_change=0.2"]
    config = load(CONFIG, [*words, "frame.hold=2 s", "output.every=25 s", "time.first_step=0.1 s"])
    with Simulation(config, MPI.COMM_SELF) as cell:
        rows = [cell.measure(step) for step in march(cell)]
    last = rows[-1]
    area = 2 * config.cell.depth * config.cell.radius
    gained = last["lithium_volume [m^3]"] - rows[0]["lithium_volume [m^3]"]
    plated = config.charge.current * 23 * config.cell.molar_volume / 96485.33212
    assert gained == pytest.approx(plated, rel=1e-6)
    assert last["plated_thickness [m]"] * area == pytest.approx(plated, rel=1e-9)
    assert np.all([abs(row["volume_error [1]"]) < 1e-10 for row in rows])
    assert np.all([abs(row["volume_correction [1]"]) < 1e-4 for row in rows])
    assert last["stack_pressure [Pa]"] == pytest.approx(last["network_pressure [Pa]"], rel=3e-2)
