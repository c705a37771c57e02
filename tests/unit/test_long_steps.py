"""A step of many sweeps tells how far it is."""

import logging
import time

import pytest

from dendrolith.schemes.alternating import LONG, Alternating
from dendrolith.schemes.staggering import Staggering

pytestmark = pytest.mark.serial


def test_a_long_step_says_how_far_it_is(caplog):
    sweeps = Alternating(*[None] * 7, settings=Staggering(sweeps=200))
    caplog.set_level(logging.INFO, "dendrolith")
    now = time.monotonic()
    assert sweeps._tell(now, 3.0, 0.1) == now
    assert not caplog.messages
    assert sweeps._tell(now - LONG, 120.0, 0.02) >= now
    assert caplog.messages == ["  damage: 120 of at most 200 sweeps, moves by 0.02"]
