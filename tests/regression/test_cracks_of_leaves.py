"""Cracks with unlike ends and at boundaries of grains, in plates."""

import numpy as np
import pytest

from dendrolith import open_run
from dendrolith.core.errors import ConfigError
from dendrolith.physics.griffith import bipolar_shape
from dendrolith.studies.register import load
from tests.studies import CONFIGS, run

pytestmark = pytest.mark.serial

PRESSED = CONFIGS / "fracture" / "pressed_crack.yaml"
BIPOLAR = CONFIGS / "isolated" / "bipolar_crack.yaml"
KINKED = CONFIGS / "fracture" / "kinked_crack.yaml"
COARSE = (
    "geometry.height=240 um", "geometry.mesh_size=2 um", "damage.length=4 um",
    "geometry.notch=32 um", "geometry.band=8 um", "time.end=2 s", "time.max_step=1 s",
    "time.first_step=1 s", "output.every=2 s",
)  # fmt: skip
COMPLIANCE, TIP, LEFT, PRESSURE, RISE = (
    "compliance [m^2/Pa]", "crack_tip [m]", "crack_tip_left [m]", "pressure [Pa]", "crack_rise [m]"
)  # fmt: skip


def test_a_whole_plate_is_two_halves(tmp_path):
    half = run(PRESSED, tmp_path / "half", *COARSE, "geometry.width=120 um")
    whole = run(
        PRESSED, tmp_path / "whole", *COARSE, "geometry.width=240 um", "geometry.whole=true"
    )
    # right-angled triangles are not mirrored
    np.testing.assert_allclose(whole[COMPLIANCE], half[COMPLIANCE], rtol=2e-3)
    np.testing.assert_allclose(whole[PRESSURE], half[PRESSURE], rtol=2e-3)
    assert whole[LEFT][-1] == pytest.approx(whole[TIP][-1])


@pytest.mark.parametrize(
    ("path", "override", "words"),
    [
        (PRESSED, "loading.bipolar=true", "set geometry.whole"),
        (PRESSED, "loading.turn=1 us", "empties the crack at 2e-06 s"),
        (BIPOLAR, "loading.pressed=10 um", "does nothing beside bipolar"),
        (BIPOLAR, "geometry.notch=300 um", "is not shorter than width"),
        (KINKED, "boundary.width=0.2 um", "is not resolved by geometry.mesh_size"),
        (KINKED, "boundary={angle: 60 deg, width: 0.5 um, toughness_ratio: 0.05}", "so narrow"),
    ],
)
def test_refusals(path, override, words):
    with pytest.raises(ConfigError, match=words):
        load(path, [override])


@pytest.mark.slow
@pytest.mark.parametrize(("ratio", "angle", "along"), [(0.45, 60, 4.0), (0.70, 0, 1.2)])
def test_a_crack_turns_into_a_weak_plane_or_crosses_it(ratio, angle, along, tmp_path):
    """cos⁴(30°) = 0.56 lies between. `along`: how far it comes [µm], its outer half at `angle`."""
    run(KINKED, tmp_path, f"boundary.toughness_ratio={ratio}")
    fields = open_run(tmp_path).fields(5.6)
    way = 1e6 * fields.points[fields.values["d"] > 0.9][:, :2] - np.array([10.0, 60.0])
    far = np.where(way[:, 0] > 0, np.hypot(*way.T), 0.0)
    outer = way[far > far.max() / 2]
    x, y = np.linalg.svd(outer - outer.mean(axis=0))[2][0]
    assert far.max() > along
    assert np.degrees(np.arctan(y / x)) == pytest.approx(angle, abs=10)


@pytest.mark.slow
def test_a_leaf_cracks_its_plating_end_alone(tmp_path):
    """At K_I = (1 + π/4)/π p₀√(π(l + ℓ/2)), within 12 % at ℓ = l/15, where strength counts too."""
    found = run(BIPOLAR, tmp_path / "run", "time.end=20 s")
    sharp = np.sqrt(160.9e9 * 2.24 / (np.pi * 46.5e-6)) / bipolar_shape()
    assert found[PRESSURE].max() == pytest.approx(sharp, rel=0.12)
    assert found[TIP][-1] > 50e-6
    assert found[LEFT][-1] == pytest.approx(45e-6)
