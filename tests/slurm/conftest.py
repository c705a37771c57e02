"""One Slurm for all tests of this folder."""

import pytest

from tests.regression.conftest import once, undisturbed  # noqa: F401
from tests.slurm.cluster import Slurm, why_not


@pytest.fixture(scope="session")
def slurm(tmp_path_factory):
    why = why_not()
    if why:
        pytest.skip(f"NO SLURM CAN START HERE: {why}")
    with Slurm(tmp_path_factory.mktemp("slurm")) as up:
        yield up
