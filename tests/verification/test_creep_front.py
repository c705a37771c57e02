"""The front of lithium that follows its flow: kinematics and volume."""

import dataclasses

import numpy as np
import pytest
import ufl
from dolfinx import fem

from dendrolith.studies.creep.bore import Bore
from dendrolith.studies.creep.charge import PressedLithium
from dendrolith.studies.creep.flow import Flow
from dendrolith.studies.creep.front import Front, front_speed
from dendrolith.studies.creep.geometry import Shape
from dendrolith.studies.register import load
from tests.studies import CONFIGS

pytestmark = pytest.mark.serial

CONFIG = CONFIGS / "creep" / "stack_charge.yaml"
SHAPED = ("cell.gap.front=shaped", "frame.hold=0 s", "mesh.across=4")
UP = np.array([[0.0, 1.0]])


def nodes(slope: float) -> np.ndarray:
    r = 2 + 0.5 * np.linspace(0, 1, 9)
    return np.column_stack([r, 3 + slope * (r - 2)])


def test_a_front_goes_with_what_flows():
    """Uniform flow lifts it; flow across an inclined front lowers raises it by its slope, 2 %."""
    points = nodes(-0.3)
    moves = np.repeat(UP, len(points), axis=0)
    rising = np.tile([0.0, 2.0], (2 * len(points) - 1, 1))
    r = points[:, 0]
    for ring in (r, np.ones_like(r)):
        np.testing.assert_allclose(front_speed(points, moves, rising, ring), 2.0, rtol=1e-13)
    aside = np.tile([0.4, 0.0], (2 * len(points) - 1, 1))
    np.testing.assert_allclose(front_speed(points, moves, aside, r)[2:-2], 0.12, rtol=2e-2)


def test_what_flows_through_is_gained():
    """∫ F_t r dr = ∫ v·N r dS for any flow and any outline, to round-off."""
    rng = np.random.default_rng(1)
    points = nodes(0.0)
    points[1:-1, 1] += 0.1 * rng.standard_normal(len(points) - 2)
    v = rng.standard_normal((2 * len(points) - 1, 2))
    found = front_speed(points, np.repeat(UP, len(points), axis=0), v, points[:, 0])
    assert found[0] == found[1]
    assert found[-1] == found[-2]
    gained = through = 0.0
    x, w = np.polynomial.legendre.leggauss(4)
    for k in range(len(points) - 1):
        for t, weight in zip((x + 1) / 2, w / 2, strict=True):
            (dr, dz), r = points[k + 1] - points[k], points[k, 0] * (1 - t) + points[k + 1, 0] * t
            at = v[2 * k] * (1 - t) * (1 - 2 * t) + v[2 * k + 1] * 4 * t * (1 - t)
            at = at + v[2 * k + 2] * t * (2 * t - 1)
            through += weight * r * (at[1] * dr - at[0] * dz)
            gained += weight * r * dr * (found[k] * (1 - t) + found[k + 1] * t)
    assert gained == pytest.approx(through, rel=1e-12)


@pytest.mark.parametrize(
    "bore",
    [
        Bore.straight(12.7, 0.4),
        Bore.straight(12.7, 0.4, depth=3.0),
        Bore(12.7, np.array([0.0, 1.2, 4.0]), np.array([0.5, 0.4, 0.1])),
    ],
)
def test_an_outline_holds_the_volume_of_its_plug(bore):
    """The mesh has that volume: to round-off where its walls are straight."""
    plug = Shape(bore, 1.0, 1.7)
    flow = Flow(plug, 0.15, across=8, ratio=1.5)
    x = flow.front_lines
    shape = dataclasses.replace(plug, front=Front(x, 1 - 0.3 * (2 * x - 1) ** 2))
    flow.patches.move(shape)
    r = ufl.SpatialCoordinate(flow.patches.mesh)[0]
    ring = r if bore.depth is None else 1.0
    held = bore.around * fem.assemble_scalar(fem.form(ring * ufl.dx(flow.patches.mesh)))
    assert held == pytest.approx(plug.volume, rel=1e-12 if len(bore.z) == 1 else 1e-4)
    inside = np.array([[12.75, 1.4], [3.0, 0.4], [12.9, 0.9]])
    np.testing.assert_allclose(shape.place(shape.patch(inside)), inside, rtol=1e-12)
    assert np.ptp(shape.front_nodes[:, 1]) > 0.4
    flow.close()


def course(*overrides: str) -> tuple[PressedLithium, list[float]]:
    """A cell 23 minutes after the locking of its frame, and the corrections of its steps."""
    cell = PressedLithium(load(CONFIG, [*SHAPED, *overrides]))
    cell.start(0.0)
    found = []
    for dt in 2.0 ** np.arange(-1, 10, 1):
        cell.advance(float(dt))
        cell.accept()
        found.append(abs(cell.correction))
    return cell, found


def test_a_front_lags_behind_at_the_walls():
    """It holds its volume by 1e-4 a step, and a rejected step leaves nothing behind."""
    cell, corrections = course()
    assert max(corrections) < 1e-4
    height = cell.shape.front_nodes[:, 1]
    assert height[2] > height[0] == height[1]
    assert height[2] > height[-1] == height[-2]
    exact = cell.start_volume + cell.shape.area * cell.stage.plating * cell.time
    assert cell.shape.volume == pytest.approx(exact, rel=1e-11)
    kept = cell.save()
    cell.advance(100.0)
    cell.reject()
    assert cell.save().numbers == kept.numbers
    cell.close()


def test_a_rod_that_is_lifted_draws_no_more_through_the_slot():
    """Where most of what is plated lifts the rod: 1e-4 a step."""
    cell, corrections = course(
        "cell.gap.width=20 um", "frame.stiffness=0.05 MPa/um", "frame.pressure=8 MPa"
    )
    assert cell.stage.plating > 3 * cell.closing
    assert max(corrections) < 1e-4
    cell.close()
