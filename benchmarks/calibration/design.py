"""Design, split, parameters and gates of the calibration: fixed before the field model ran.

Each cell of the design, topology by density, has the first two of its networks that have the wanted
density. The first is fitted, the second tested. What is fitted is ln CCD, by least squares.

K holds Y κ alone and v_f holds κ times its prefactor, so two products of the three factors decide.
κ stays 1. Y and the prefactor are those of a grid; of equals that nearest to 1 is taken.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.stats import spearmanr

from benchmarks.calibration.drawing import with_surface_flaws
from dendrolith.core.errors import ConfigError
from dendrolith.networks.graph import DefectGraph
from dendrolith.networks.propagation import Propagation
from dendrolith.networks.register import load
from dendrolith.networks.sample import make_sample
from dendrolith.networks.schema import Config

FloatArray = npt.NDArray[np.float64]

INPUT = Path(__file__).with_name("microstructures.yaml")
FIT, TEST = "fit", "test"
GEOMETRY = np.geomspace(0.2, 5.0, 81)
FILLING = np.geomspace(0.01, 100.0, 9)
MEDIAN, RANKS = 0.25, 0.8  # gates: median |Δ ln CCD|, Spearman's ρ; and topologies in one order


@dataclass(frozen=True, slots=True)
class Case:
    """One microstructure.

    Attributes:
        index: of the network.
        topology: its name.
        density: number of its density.
        role: `FIT` or `TEST`.
        graph: the network.
    """

    index: int
    topology: str
    density: int
    role: str
    graph: DefectGraph


def cases(config: Config) -> list[Case]:
    """The microstructures: those of one cell after the other, the fitted one first."""
    count, found = len(config.densities) * len(config.topologies), []
    for cell in range(count):
        roles = [FIT, TEST]
        for index in range(cell, config.networks, count):
            try:
                sample = make_sample(config, index)
            except ConfigError:  # few facets: not each network can have the density
                continue
            graph = with_surface_flaws(sample.graph)
            role = roles.pop(0)
            found.append(Case(index, sample.topology.name, sample.cell, role, graph))
            if not roles:
                break
    return found


def graph_current(graph: DefectGraph, config: Config, geometry: float, filling: float) -> float:
    """CCD of the graph model [A/m²]; the highest current where there is no short circuit."""
    factors = dataclasses.replace(
        config.calibration, geometry_factor=geometry, filling_factor=filling
    )
    found = Propagation(graph, dataclasses.replace(config, calibration=factors)).run()
    return config.protocol.step * (found.step or config.protocol.steps)


def graph_table(graph: DefectGraph, config: Config) -> FloatArray:
    """(n_Y, n_f) CCD of the graph model at each pair of factors [A/m²]."""
    rows = [[graph_current(graph, config, float(y), float(f)) for f in FILLING] for y in GEOMETRY]
    return np.array(rows)


def fit(tables: list[FloatArray], field: FloatArray) -> tuple[tuple[float, float], FloatArray]:
    """Y and the prefactor of v_f, and the rms of Δ ln CCD at the best Y of each prefactor.

    Args:
        tables: of the microstructures that are fitted.
        field: (n,) their CCD in the field model [A/m²].
    """
    apart = np.log(np.array(tables) / field[:, None, None])
    rms = np.sqrt(np.mean(apart**2, axis=0)).round(9)
    far = np.abs(np.log(GEOMETRY))[:, None] + np.abs(np.log(FILLING))[None]
    place = np.lexsort((far.ravel(), rms.ravel()))[0]
    y, f = np.unravel_index(place, rms.shape)
    return (float(GEOMETRY[y]), float(FILLING[f])), rms.min(axis=0)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gates say.

    Attributes:
        median: of |Δ ln CCD|.
        spearman: ρ of both models.
        means: topology → mean ln CCD of the field model and of the graph.
    """

    median: float
    spearman: float
    means: dict[str, tuple[float, float]]

    @property
    def same_order(self) -> bool:
        """Are the means of the topologies in one order?"""
        field, graph = (np.argsort([pair[k] for pair in self.means.values()]) for k in (0, 1))
        return bool(np.array_equal(field, graph))

    @property
    def validated(self) -> bool:
        """Do all gates hold?"""
        return self.median <= MEDIAN and self.spearman >= RANKS and self.same_order


def judge(names: list[str], field: FloatArray, graph: FloatArray) -> Verdict:
    """The gates.

    Args:
        names: topology of each microstructure.
        field: (n,) CCD of each in the field model [A/m²].
        graph: (n,) the same in the graph model [A/m²].
    """
    kinds, logs = np.array(names), (np.log(field), np.log(graph))
    means = {
        name: (float(logs[0][kinds == name].mean()), float(logs[1][kinds == name].mean()))
        for name in dict.fromkeys(names)
    }
    apart = float(np.median(np.abs(logs[1] - logs[0])))
    return Verdict(apart, float(spearmanr(field, graph).statistic), means)


def read_config() -> Config:
    """The input of the microstructures."""
    config: Config = load(INPUT)
    return config
