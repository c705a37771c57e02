"""Connected lithium and its identities on four ranks; starts its own mpirun."""

import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = [pytest.mark.serial, pytest.mark.mpirun]

ROOT = Path(__file__).parents[2]
NAMES = ("lithium_pieces", "piece_tracking", "piece_listings", "dead_lithium")


@pytest.mark.slow  # four ranks on two cores; units run on three
def test_on_four_ranks():
    """Two cuts that cross: pieces reach from one rank to another by way of a third."""
    mpirun = shutil.which("mpirun")
    assert mpirun is not None
    done = subprocess.run(
        [mpirun, "--oversubscribe", "-n", "4", "tests/one_voice", "-q",
         *(f"tests/unit/test_{name}.py" for name in NAMES)],
        capture_output=True, text=True, timeout=300, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
