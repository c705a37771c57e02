"""Values off by many powers of ten: words instead of a traceback, no mesh that nobody can have."""

import pytest

from tests.command import dendrolith
from tests.studies import CONFIGS

pytestmark = pytest.mark.serial

MESHES = {
    "fracture/kinked_crack.yaml": "1.25e-13 um",
    "fracture/dry_crack.yaml": "5e-7 um",
    "fracture/notched_plate.yaml": "0.5 pm",
    "pfhub/1a.yaml": "1e-9",
    "quickstart.yaml": "1 pm",
}


@pytest.mark.parametrize("config", MESHES)
def test_more_nodes_than_a_run_can_have(config):
    ended = dendrolith("check", CONFIGS / config, "--set", f"geometry.mesh_size={MESHES[config]}")
    assert ended.returncode == 2
    assert "geometry.mesh_size: makes" in ended.stderr
    assert "use " in ended.stderr


@pytest.mark.parametrize(
    ("override", "code"),
    [("frame.pressure=1e9 MPa", 0), ("charge.current=6.26e31 uA", 3)],
)
def test_a_charge_that_cannot_be_followed(override, code):
    ended = dendrolith("check", CONFIGS / "creep" / "stack_charge.yaml", "--set", override)
    assert ended.returncode == code
    assert (code == 0) or "look at units" in ended.stderr
