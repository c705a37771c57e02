"""What the tests of whole runs share."""

import functools

import pytest

from tests.regression import faults


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory):
    """The time series of a run to which nothing happens, by number of ranks."""

    @functools.cache
    def of(ranks: int, *more: str) -> bytes:
        out = tmp_path_factory.mktemp("undisturbed") / "run"
        done = faults.run(out, *more, ranks=ranks)
        assert done.returncode == 0, done.stderr
        return faults.series(out)

    return of
