"""A run that gives up says which number is out of its range, and what to change."""

import pytest

from dendrolith.studies.register import study_of
from tests.cases import UM, config

FINE = {"geometry__mesh_size": 1 * UM, "lithium_metal__interface_width": 4 * UM}


def advice(**changes):
    given = config(**FINE, **changes)
    return "; ".join(study_of(given).advice(given))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kinetics__exchange_current_density": 1e6}, "L_eta/(L_xi W) = "),
        ({"lithium_metal__capillary_mobility": 1e-16}, "Pe = "),
        ({"time__min_step": 1.0}, "time.min_step = 1 s is long beside 1/L_eta = "),
    ],
)
def test_what_is_out_of_its_range_is_named_with_its_cure(changes, words):
    said = advice(**changes)
    assert words in said
    assert "lower" in said
    assert "are in their ranges" not in said


def test_a_coarse_mesh_is_named():
    coarse = config(geometry__mesh_size=2 * UM)
    (said,) = study_of(coarse).advice(coarse)
    assert said.startswith("delta/h = 2: below 4")


def test_where_all_is_in_range_it_says_so():
    assert advice().startswith("delta/h, Pe, L_eta/(L_xi W) and time.min_step are in their ranges")
