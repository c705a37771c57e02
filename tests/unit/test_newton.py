"""When Newton's method is done."""

from __future__ import annotations

import pytest

from dendrolith.solvers.newton import is_balanced

pytestmark = pytest.mark.serial

# Electrons of a foil and a floating leaf under a held current, and ions: as met in a refined cell.
LEFT, FLOORS, ENOUGH = [1.61e-10, 1.04e-10], [4.1e-9, 5.4e-13], 1e-10


def test_enough_is_enough():
    """Each component by itself: below what is allowed, or below its round-off."""
    assert is_balanced([1.61e-10, 0.99e-10], FLOORS, ENOUGH, ())
    assert is_balanced([9e-11, 9e-11], [0.0, 0.0], ENOUGH, [1.0, 1.0])
    assert not is_balanced(LEFT, FLOORS, ENOUGH, ())


def test_a_held_current_hands_round_off_from_one_component_to_another():
    """Ions cannot come below what electrons round off; they may while an iteration still helps."""
    assert is_balanced(LEFT, FLOORS, ENOUGH, [1.7e-10, 1.1e-10])
    assert not is_balanced(LEFT, FLOORS, ENOUGH, [1.7e-10, 1.1e-8])


def test_more_than_any_round_off_is_never_balanced():
    """Newton's method that stalls above it has failed."""
    assert not is_balanced([1.61e-10, 5e-9], FLOORS, ENOUGH, [1.7e-10, 5e-9])
