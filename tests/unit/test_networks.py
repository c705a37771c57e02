"""Defect networks: exact critical currents, potentials, densities, ramps, ensembles."""

import dataclasses
import itertools
import json
import math
import subprocess
import sys
import time

import networkx
import numpy as np
import pytest
from scipy.sparse import coo_array

import dendrolith
from dendrolith.core.constants import FARADAY
from dendrolith.core.errors import ConfigError
from dendrolith.networks.bottleneck import Bottleneck
from dendrolith.networks.critical_current import critical_current, filling_speed, partial_load
from dendrolith.networks.ensemble import run_ensemble
from dendrolith.networks.grains import facet_network, place_grains
from dendrolith.networks.lattices import columns, self_dual, square
from dendrolith.networks.propagation import Propagation
from dendrolith.networks.resistors import GROUND, Resistors
from dendrolith.networks.sample import DENSITY, DRAWN, make_sample, run_sample, thresholds

pytestmark = pytest.mark.serial

CELL = {
    "study": "network",
    "densities": [{"porosity": 0.04, "cracked": 0.2}],
    "topologies": [{"name": "random"}],
    "ensemble": {"samples": 4, "descriptors": False},
    "structure": {"thickness": "160 um", "width": "160 um"},
}


def config(*overrides: str, **sections):
    """A small cell with parts replaced."""
    return dendrolith.load({**CELL, **sections}, overrides)


@pytest.mark.parametrize(("flaw", "current"), [(48e-6, 1.0), (502e-6, 0.03)])
def test_one_flaw(flaw, current):
    """A decade of flaw length spans the range of critical currents: K_IC 0.6 MPa m^½, 0.05 S/m."""
    found = critical_current(0.05, 13.148e-6, np.array([0.6e6]), np.array([flaw]))[0]
    assert found / 10 == pytest.approx(current, rel=0.02)


FACTORS = ("calibration.geometry_factor=2", "calibration.concentration_factor=1.5")


@pytest.mark.parametrize("changes", [(), FACTORS, ("protocol.stack_pressure=10 MPa",)])
def test_one_flaw_in_the_ramp_is_the_law(changes):
    """Blocked walls, fast electrodes: the field is uniform and the facet fails at J_c."""
    fast = ("lithium.wall_reactivity=0", "lithium.exchange_current_density=1e8 A/m^2")
    cell = config(*fast, *changes)
    bare = square(11, 10, 20e-6, periodic=True)
    weak = int(np.flatnonzero(bare.edges[:, 0] == bare.anode[3])[0])
    tough, flaw = np.full(len(bare.edges), 1e9), np.full(len(bare.edges), 1e-6)
    tough[weak], flaw[weak] = 0.4e6, 15e-6
    graph = dataclasses.replace(bare, toughness=tough, flaw=flaw, opening=np.full(tough.size, 1e-7))
    propagation = Propagation(graph, cell)
    found = propagation._failure_currents(*propagation._fronts()).min()
    assert found == pytest.approx(thresholds(graph, cell)[weak], rel=1e-5)
    if not changes:
        law = critical_current(0.05, cell.lithium.molar_volume, tough[[weak]], flaw[[weak]])[0]
        assert found == pytest.approx(law, rel=1e-5)


def test_a_ramp_ends_at_its_highest_current():
    """24 A/m² were applied of 20 A/m² in steps of 12, and the static limit was censored at 20."""
    with pytest.raises(ConfigError, match="highest: is no multiple of step = 12"):
        config("protocol.highest=20 A/m^2", "protocol.step=12 A/m^2")
    assert config("protocol.highest=0.3 A/m^2", "protocol.step=0.1 A/m^2").protocol.steps == 3


def test_a_flaw_of_floating_lithium_begins_in_its_middle():
    """η grows from the surface of a pore of radius r on: K = k₁(F/V_m)(J/σ)(a − r)√(πa)."""
    cell = config("lithium.wall_reactivity=0", "lithium.exchange_current_density=1e8 A/m^2")
    bare = square(11, 10, 20e-6, periodic=True)
    place = int(np.flatnonzero(np.isclose(bare.points[:, 0], 100e-6))[3])
    r, a, tough = 5e-6, 15e-6, 0.4e6
    graph = dataclasses.replace(
        bare, toughness=np.full(len(bare.edges), tough), flaw=np.full(len(bare.edges), a),
        opening=np.full(len(bare.edges), 1e-7), metal=np.array([place]),
        pores=np.array([[*bare.points[place], r]]),
    )  # fmt: skip
    propagation = Propagation(graph, cell)
    halves, tip, length = propagation._fronts()
    mine = propagation._metal.owner[propagation._from[halves]] == 2
    found = propagation._failure_currents(halves, tip, length)[mine].min()
    k_1 = (1 + math.pi / 4) / math.pi
    law = 0.05 * cell.lithium.molar_volume * tough / (k_1 * FARADAY * math.sqrt(math.pi * a))
    assert found == pytest.approx(law / (a - r), rel=1e-5)


def test_ions_that_crowd_at_a_tip_fill_a_crack():
    """v_f = (V_m/F) πσ|η|/(w ln(R/w)); a field no wider than the opening counts as twice that."""
    eta, wide = np.array([0.01, 0.01]), np.array([1e-5, 1e-7])
    found = filling_speed(0.05, 13e-6, eta, np.array([1e-7, 1e-7]), wide)
    law = 13e-6 / FARADAY * math.pi * 0.05 * 0.01 / 1e-7
    assert found == pytest.approx([law / math.log(100), law / math.log(2)], rel=1e-12)


def test_a_crack_that_is_partly_filled():
    """K(a) = K(b) where a = b, and the arrest a/b at p̂ = 1.5 and 3 times the critical load."""
    one = np.array([1.0])
    assert partial_load(one, one)[0] == pytest.approx(math.sqrt(math.pi))
    for load, length in ((1.5, 1.2369), (3.0, 3.7381)):
        reduced = partial_load(one, np.array([length]))[0] / math.sqrt(math.pi)
        assert load * reduced == pytest.approx(1.0, rel=2e-4)


def test_bottleneck_is_the_least_of_the_largest():
    """Against all paths of a small network."""
    graph = square(4, 3, 1.0)
    random = np.random.default_rng(1)
    for _ in range(20):
        values = random.random(len(graph.edges))
        plain = networkx.Graph()
        for (a, b), value in zip(graph.edges.tolist(), values, strict=True):
            plain.add_edge(a, b, value=value)
        best = min(
            max(plain.edges[pair]["value"] for pair in itertools.pairwise(path))
            for a in graph.anode
            for b in graph.counter
            for path in networkx.all_simple_paths(plain, a, b)
        )
        assert Bottleneck(graph).current(values) == best


def test_median_of_the_self_dual_lattice():
    """F⁻¹(½) at every size; five standard errors."""
    random = np.random.default_rng(2)
    for size in (4, 8, 16):
        graph = self_dual(size, 1.0)
        paths = Bottleneck(graph)
        found = [paths.current(random.random(len(graph.edges))) for _ in range(1500)]
        assert abs(np.median(found) - 0.5) < 5 * 1.2533 * np.std(found) / math.sqrt(1500)


@pytest.mark.slow
def test_spread_of_the_self_dual_lattice():
    """python -m pytest -m slow tests/unit/test_networks.py: std 0.138, 0.088, 0.051, 0.031."""
    random = np.random.default_rng(3)
    for size, spread in ((4, 0.138), (8, 0.088), (16, 0.051), (32, 0.031)):
        graph = self_dual(size, 1.0)
        paths = Bottleneck(graph)
        found = [paths.current(random.random(len(graph.edges))) for _ in range(8000)]
        assert np.std(found) == pytest.approx(spread, rel=0.04)
        assert abs(np.median(found) - 0.5) < 5 * 1.2533 * np.std(found) / math.sqrt(8000)


def test_chains_side_by_side():
    """P = 1 − (1 − F^H)^W: median (1 − 2^{−1/W})^{1/H}; five standard errors."""
    graph = columns(20, 5, 1.0)
    paths, random = Bottleneck(graph), np.random.default_rng(4)
    found = [paths.current(random.random(100)) for _ in range(2000)]
    exact = (1 - 2 ** (-1 / 20)) ** (1 / 5)
    assert abs(np.median(found) - exact) < 5 * 1.2533 * np.std(found) / math.sqrt(2000)


def test_potentials_follow_new_resistors():
    """Rank-one updates against a new factorisation, over ten decades and beyond the first room."""
    random = np.random.default_rng(5)
    pairs = [(i, j) for i in range(60) for j in (i + 1, i + 7) if j < 60] + [(0, GROUND)]
    values = list(random.random(len(pairs)) + 0.1)
    currents = random.random(60)
    network = Resistors(60, np.array(pairs), np.array(values), currents)
    for k in range(150):
        first, second = (int(v) for v in random.choice(60, 2, replace=False))
        second = second if k % 3 else GROUND
        pairs.append((first, second))
        values.append(10 ** random.uniform(-3, 5))
        network.join(first, second, values[-1])
    again = Resistors(60, np.array(pairs), np.array(values), currents)
    assert np.allclose(network.potential, again.potential, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("relaxation", [0, 4])
def test_facets_carry_a_uniform_current(relaxation):
    """The linear potential solves the network; vertices have three facets; it conducts W/L."""
    extent = (300e-6, 200e-6)
    centres = place_grains(150, extent, relaxation, np.random.default_rng(6))
    graph = facet_network(centres, extent)
    g = graph.faces / graph.lengths
    i, j = graph.edges.T
    matrix = coo_array((np.r_[g, g, -g, -g], (np.r_[i, j, i, j], np.r_[i, j, j, i]))).tocsr()
    flow = matrix @ graph.points[:, 0] / extent[1]
    inside = np.setdiff1d(np.arange(graph.size), np.r_[graph.anode, graph.counter])
    assert -flow[graph.anode].sum() == pytest.approx(1.0, abs=1e-9)
    assert np.abs(flow[inside]).max() < 0.02  # vertices within 1 % of a grain are merged
    degree = np.bincount(graph.edges.ravel())[inside]
    assert np.mean(degree == 3) > 0.95


def test_relaxed_grains_are_alike():
    """Lloyd's relaxation narrows the distances to the nearest neighbour."""
    from scipy.spatial import cKDTree

    spread = []
    for steps in (0, 10):
        centres = place_grains(200, (1.0, 1.0), steps, np.random.default_rng(7))
        nearest = cKDTree(centres).query(centres, k=2)[0][:, 1]
        spread.append(nearest.std() / nearest.mean())
    assert spread[1] < 0.5 * spread[0]


def test_relaxed_grains_stay_in_the_cell():
    """Those just below the side of a small cell do not round up onto the other one."""
    for seed in range(4):
        y = place_grains(16, (80e-6, 80e-6), 5, np.random.default_rng(seed))[:, 1]
        assert np.all((y >= 0) & (y < 80e-6))


TOPOLOGIES = [
    {"name": "random"},
    {"name": "clustered", "correlation_length": "40 um", "clustering": 0.9},
    {"name": "aligned", "orientation": 0.8},
    {"name": "across", "orientation": -0.8},
    {"name": "inside", "attachment": 0},
]


def test_equal_density_of_every_topology():
    """Porosity and cracked share within 0.1 % absolute; pores do not overlap."""
    structure = {"thickness": "400 um", "width": "400 um"}
    cell = config(topologies=TOPOLOGIES, structure=structure)
    for index in range(len(TOPOLOGIES)):
        graph = make_sample(cell, index).graph
        area = graph.thickness * graph.width
        assert np.pi * (graph.pores[:, 2] ** 2).sum() / area == pytest.approx(0.04, abs=1e-3)
        cracked = graph.is_open & (graph.opening == cell.defects.crack_opening)
        share = graph.lengths[cracked].sum() / (2 * area / cell.structure.grain_size)
        assert share == pytest.approx(0.2, abs=1e-3)
        apart = graph.pores[:, None, :2] - graph.pores[None, :, :2]
        apart[..., 1] -= graph.width * np.round(apart[..., 1] / graph.width)
        distance = np.hypot(*np.moveaxis(apart, -1, 0)) + np.eye(len(graph.pores))
        assert distance.min() >= 2 * graph.pores[0, 2]


def test_topology_does_what_it_says():
    """Orientation turns cracks, pores inside grains open no facet, clusters are larger."""
    structure = {"thickness": "400 um", "width": "400 um"}
    cell = config(topologies=TOPOLOGIES, structure=structure)
    graphs = {
        t["name"]: [make_sample(cell, k + 5 * n).graph for n in range(3)]
        for k, t in enumerate(TOPOLOGIES)
    }

    def along(name):
        found = []
        for graph in graphs[name]:
            cracked = graph.is_open & (graph.opening == cell.defects.crack_opening)
            cosine = graph.vectors[cracked, 0] / graph.lengths[cracked]
            found.append(np.average(cosine**2, weights=graph.lengths[cracked]))
        return np.mean(found)

    assert along("aligned") > along("random") + 0.15 > along("across") + 0.3
    wide = [np.sum(g.is_open & (g.opening > cell.defects.crack_opening)) for g in graphs["inside"]]
    assert max(wide) == 0


def test_too_many_pores_are_refused():
    with pytest.raises(ConfigError, match="find room"):
        make_sample(config(densities=[{"porosity": 0.3, "cracked": 0.0}]), 0)


def test_isolated_lithium_joins_and_the_ramp_ends():
    """Floating metal is a node without net current; pieces merge with the anode's cluster."""
    cell = config("defects.isolated_lithium=0.5", "protocol.highest=200 A/m^2")
    for index in range(3):
        graph = make_sample(cell, index).graph
        assert graph.metal.size > 3
        ramp = Propagation(graph, cell)
        potential = ramp._metal.field.potential
        g = cell.lithium.conductance * 2 * np.pi * graph.pores[0, 2]
        floating = potential[ramp._metal._node[2:]]
        assert np.allclose(floating, potential[graph.metal])  # one link each: no current, no drop
        assert g > 0
        found = ramp.run()
        assert found.step > 0
        assert found.short_time >= found.dry_time


def test_stack_pressure_and_toughness_raise_the_current():
    def current(*overrides):
        cell = config(*overrides)
        return [float(run_sample(cell, k, None)["critical_current [A/m^2]"]) for k in range(4)]

    plain = np.array(current())
    assert np.all(np.array(current("protocol.stack_pressure=20 MPa")) >= plain)
    assert np.all(np.array(current("electrolyte.toughness=9 J/m^2")) > plain)
    assert np.all(np.array(current("calibration.geometry_factor=2")) < plain)


def test_no_short_circuit_is_censored():
    row = run_sample(config("protocol.highest=1 A/m^2"), 0, None)
    assert row["censored"] == 1
    assert row["critical_current [A/m^2]"] == math.inf
    assert row["critical_current_lower [A/m^2]"] == 1.0


def test_a_capacity_shortens_steps():
    row = run_sample(config("protocol.capacity=1000 C/m^2"), 0, None)
    step = round(row["critical_current [A/m^2]"] / 0.5)
    longest = sum(min(3600.0, 1000.0 / (0.5 * k)) for k in range(1, step + 1))
    assert row["short_time [s]"] <= longest


def test_static_thresholds_are_those_of_one_flaw():
    cell = config("ensemble.model=static")
    graph = make_sample(cell, 0).graph
    limits = thresholds(graph, cell)
    assert np.all(limits[graph.is_open] == 0)
    assert run_sample(cell, 0, None)["static_critical_current [A/m^2]"] in limits


def test_a_network_that_is_cracked_through_fails_in_the_first_step():
    cell = config(
        "ensemble.model=static",
        densities=[{"porosity": 0.0, "cracked": 0.6}],
        topologies=[{"name": "along", "orientation": 1.0}],
    )
    rows = [run_sample(cell, k, None) for k in range(6)]
    through = [row for row in rows if row["static_critical_current [A/m^2]"] == 0]
    assert through
    for row in through:
        assert row["critical_current_lower [A/m^2]"] == 0
        assert row["critical_current [A/m^2]"] == cell.protocol.step


def test_drawn_densities_follow_the_design():
    two = [{"porosity": 0.02, "cracked": 0.1}, {"porosity": 0.06, "cracked": 0.3}]
    cell = config("ensemble.continuous=5", densities=two)
    assert [make_sample(cell, k).cell for k in (0, 1, 7, 8, 12)] == [0, 1, 1, DRAWN, DRAWN]
    graph = make_sample(cell, 9).graph
    share = np.pi * (graph.pores[:, 2] ** 2).sum() / (graph.thickness * graph.width)
    assert 0.02 < share < 0.06


ENSEMBLE = """
import sys
from pathlib import Path
import dendrolith
from dendrolith.networks.ensemble import run_ensemble
if __name__ == "__main__":
    run_ensemble(dendrolith.load(sys.argv[1]), Path(sys.argv[2]), 2)
"""


def test_any_number_of_workers_and_a_kill_give_the_same_table(tmp_path):
    """Bit for bit: one worker; two workers, killed on the way and begun again."""
    file, whole, parts = tmp_path / "net.yaml", tmp_path / "one", tmp_path / "two"
    file.write_text(json.dumps(CELL | {"ensemble": {"samples": 60, "part": 6}}))
    cell = dendrolith.load(file)
    run_ensemble(cell, whole, 1)
    start = [sys.executable, "-c", ENSEMBLE, str(file), str(parts)]
    killed = subprocess.Popen(start, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not list(parts.glob("parts/*.parquet")) and time.monotonic() < until:
        time.sleep(0.01)
    killed.kill()
    killed.wait()
    assert not (parts / "ccd.parquet").exists()
    assert 0 < len(list(parts.glob("parts/*.parquet"))) < 10
    broken = next(parts.glob("parts/*.parquet"))
    broken.write_bytes(broken.read_bytes()[:100])
    run_ensemble(cell, parts, 2)
    assert (parts / "ccd.parquet").read_bytes() == (whole / "ccd.parquet").read_bytes()


def test_the_verb_makes_a_page_and_refuses_another_input(tmp_path, capsys):
    from dendrolith.cli import main

    file, out = tmp_path / "net.yaml", tmp_path / "out"
    file.write_text(json.dumps(CELL | {"ensemble": {"samples": 24, "descriptors": False}}))
    words = ["network", str(file), "--out", str(out), "--workers", "1"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "24 specimens" in said
    assert "critical currents are Weibull distributed" in said
    page = (out / "index.html").read_text(encoding="utf-8")
    assert page.count("<img") == len(list(out.glob("figures/*.png"))) >= 5
    assert "Claims of the abstract" in page
    statistics = json.loads((out / "weibull.json").read_text())
    assert statistics["design"]["specimens"] == 24
    assert statistics["without_fit"] == []
    assert main([*words, "--set", "ensemble.seed=2"]) == 2
    assert "another input" in capsys.readouterr().err
    assert main(["run", str(file)]) == 2
    assert "dendrolith network computes" in capsys.readouterr().err


def test_columns_of_a_row():
    row = run_sample(config("ensemble.descriptors=true"), 0, None)
    assert row[DENSITY] == 0
    assert row["critical_current [A/m^2]"] > row["critical_current_lower [A/m^2]"]
