"""Design, drawing and gates of the calibration of defect networks."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.calibration.design import (
    FILLING,
    FIT,
    GEOMETRY,
    TEST,
    cases,
    fit,
    graph_current,
    judge,
    read_config,
)
from benchmarks.calibration.drawing import Drawing
from benchmarks.calibration.flaw import COARSE, compare


@pytest.fixture(scope="module")
def design():
    """All microstructures."""
    return cases(read_config())


def test_each_cell_is_fitted_once_and_tested_once(design):
    """4 topologies × 3 densities × 2, none twice."""
    assert len({case.index for case in design}) == 24
    for role in (FIT, TEST):
        assert len({(c.topology, c.density) for c in design if c.role == role}) == 12


def test_what_is_drawn_is_what_the_graph_has(design):
    """Pores and open facets are broken, anode flaws too; the toughness of a facet is found."""
    config, h = read_config(), 1e-6
    graph = design[10].graph
    drawing = Drawing(graph, h)
    broken = drawing.broken()
    assert graph.flaw[~np.isin(graph.edges, graph.anode).any(axis=1)].max() == 0
    assert np.all(graph.flaw <= graph.lengths)
    way = np.linspace(0, 1, 50)[:, None]
    for facet in np.flatnonzero(graph.is_open):
        points = graph.points[graph.edges[facet, 0]] + way * graph.vectors[facet]
        column = np.minimum((points[:, 0] / h).astype(int), broken.shape[0] - 1)
        row = np.floor(points[:, 1] / h).astype(int) % broken.shape[1]
        assert broken[column, row].mean() >= 0.9  # cells that it cuts at a corner may be whole
    pores = np.pi * (graph.pores[:, 2] ** 2).sum() / h**2
    longest = (graph.lengths[graph.is_open].sum() + graph.flaw.sum()) / h
    assert pores < broken.sum() < pores + 2.5 * longest
    facet = int(np.argmax(np.where(graph.is_open, 0, graph.lengths)))
    middle = graph.points[graph.edges[facet, 0]] + 0.5 * graph.vectors[facet]
    ratio = drawing.toughness(middle[None], config.electrolyte, 4 * h, 6 * h)[0]
    assert 0 < ratio < config.electrolyte.boundary_ratio  # of a band narrower than the crack


def test_a_larger_geometry_factor_lowers_the_current(design):
    """K is proportional to it."""
    config, graph = read_config(), design[0].graph
    weak, plain = (graph_current(graph, config, y, 1.0) for y in (2.0, 1.0))
    assert weak < plain


def test_the_fit_finds_what_was_put_in():
    """K ∝ Y: tables that fall as 1/Y; the prefactor does nothing and stays 1."""
    tables = [c / GEOMETRY[:, None] * np.ones(len(FILLING)) for c in (10.0, 20.0, 50.0)]
    (y, prefactor), errors = fit(tables, np.array([5.0, 10.0, 25.0]))
    assert y == pytest.approx(2.0, rel=0.02)
    assert prefactor == pytest.approx(1.0)
    assert errors == pytest.approx(np.full(len(FILLING), errors[0]))


def test_gates():
    """A scaled copy keeps ranks and order and fails by its distance alone, a turned one by all."""
    names = ["a", "b", "c", "d"] * 3
    field = np.array([5, 8, 13, 21, 6, 9, 14, 22, 7, 10, 15, 23], dtype=float)
    assert judge(names, field, 1.2 * field).validated
    far = judge(names, field, 1.4 * field)
    assert (far.validated, far.same_order, far.spearman) == (False, True, pytest.approx(1))
    turned = judge(names, field, field[::-1].copy())
    assert not turned.validated
    assert not turned.same_order
    assert turned.spearman < 0.8


def test_one_flaw_runs_at_its_closed_form():
    """A flaw of 4ℓ at the anode, in steps of 2 %; it runs early, as flaws below 8ℓ do."""
    found, expected = compare(COARSE)
    assert found == pytest.approx(expected, rel=0.1)
