"""A step that takes long tells how far it is, and why it is taken back."""

import itertools
import logging
import time

import pytest
from mpi4py import MPI

from dendrolith.core.errors import SolverDiverged
from dendrolith.schemes import march
from dendrolith.schemes.alternating import Alternating
from dendrolith.schemes.block import Block
from dendrolith.schemes.problem import Problem
from dendrolith.schemes.report import LONG, Report
from dendrolith.schemes.staggering import Staggering
from dendrolith.schemes.timestep import TimeSteps

pytestmark = pytest.mark.serial


def test_a_long_step_says_how_far_it_is(caplog):
    sweeps = Alternating(*[None] * 7, settings=Staggering(sweeps=200))
    caplog.set_level(logging.INFO, "dendrolith")
    now = time.monotonic()
    assert sweeps._tell(now, 3.0, 0.1) == now
    assert not caplog.messages
    assert sweeps._tell(now - LONG, 120.0, 0.02) >= now
    assert caplog.messages == ["  damage: 120 of at most 200 sweeps, moves by 0.02"]


class FailsOnce(Block):
    name = "fails once"

    def __init__(self):
        self._attempts = itertools.count()

    def advance(self, dt):
        if next(self._attempts) == 0:
            raise SolverDiverged("damage", "does not settle")
        return Report()


@pytest.mark.parametrize("took", [0.9 * LONG, 1.1 * LONG])
def test_a_long_attempt_says_why_it_is_taken_back(took, caplog, monkeypatch):
    monkeypatch.setattr(march.time, "monotonic", itertools.count(0.0, took).__next__)
    caplog.set_level(logging.INFO, "dendrolith")
    limits = TimeSteps(end=1.0, first_step=0.4)
    march.March(Problem(MPI.COMM_SELF, [FailsOnce()]), limits, 1.0).step()
    told = ["t = 0 s: step of 0.4 s taken back: damage: does not settle"]
    assert caplog.messages == (told if took > LONG else [])
