"""Fixtures for all tests; every test may run on any number of ranks."""

import gc

import pytest
from dolfinx import jit
from mpi4py import MPI

COMPILING = 300  # s that another worker may take for a form that this one needs too


def pytest_configure():
    _, meaning = jit.DOLFINX_DEFAULT_JIT_OPTIONS["timeout"]
    jit.DOLFINX_DEFAULT_JIT_OPTIONS["timeout"] = (COMPILING, meaning)


@pytest.fixture(autouse=True)
def collect_collectively():
    """Free PETSc objects on all ranks at the same moment, and wait for the slowest rank."""
    yield
    gc.collect()
    MPI.COMM_WORLD.barrier()


def pytest_collection_finish():
    _keep_what_is_there()


@pytest.fixture(autouse=True, scope="module")
def keep_what_stays():
    """Set aside what a module leaves behind: the libraries that its tests were first to import."""
    yield
    _keep_what_is_there()


def _keep_what_is_there():
    """`collect_collectively` need not look through it after each test."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items):
    if MPI.COMM_WORLD.size > 1:
        skip = pytest.mark.skip(reason="serial: makes its own processes or needs no ranks")
        for item in items:
            if "serial" in item.keywords:
                item.add_marker(skip)
