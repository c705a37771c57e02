"""One flaw at the anode, in the field model and in closed form.

    ./env.sh run python -m benchmarks.calibration.flaw [--coarse]

A flaw of length c lies across the anode, whose face is held along x: half a crack of length 2c. Its
lithium presses with p(x). Cracks stand side by side at the width W of the cell. Then

    K = 2 √(c/π) ∫₀^c p dx / √(c² − x²) · [tanh(πc/W) / (πc/W)]^½

runs at K = K_IC of its facet (Tada, Paris and Irwin, The Stress Analysis of Cracks Handbook). p(x)
is that of the field model, so what is compared is its mechanics.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys

import numpy as np

from benchmarks.calibration.design import read_config
from benchmarks.calibration.drawing import Drawing
from benchmarks.calibration.field import Cell
from benchmarks.calibration.numerics import Numerics
from dendrolith.networks.graph import DefectGraph, bare_graph
from dendrolith.networks.schema import Config

LENGTH = 20e-6  # median flaw of the microstructures [m]
COARSE = Numerics(h=2.5e-6, ell=5e-6, band=7.5e-6)
FROM, RISE = 0.8, 1.02  # of the closed form's current: where the ramp begins, and its steps
POINTS = 2000  # of the quadrature


def flawed_graph(config: Config, length: float) -> DefectGraph:
    """One facet across the cell, with a flaw of this length [m] at the anode."""
    width, thickness = config.structure.width, config.structure.thickness
    points = np.array([[0.0, width / 2], [2 * length, width / 2], [thickness, width / 2]])
    ends = np.array([0]), np.array([2])
    graph = bare_graph(points, np.array([[0, 1], [1, 2]]), *ends, (thickness, width))
    tough = np.full(2, config.electrolyte.boundary_toughness)
    return dataclasses.replace(graph, toughness=tough, flaw=np.array([length, 0.0]))


def closed_form(cell: Cell, config: Config) -> float:
    """Current density at which the flaw of a cell runs [A/m²]."""
    x, pressure = cell.pressed()
    c = float(x.max())
    angle = (np.arange(POINTS) + 0.5) / POINTS * np.pi / 2  # x = c sin: the root is no pole then
    mean = np.interp(c * np.sin(angle), x, pressure).mean()
    beside = np.pi * c / config.structure.width
    intensity = mean * np.sqrt(np.pi * c) * np.sqrt(np.tanh(beside) / beside)
    return float(config.electrolyte.boundary_toughness / intensity)


def compare(numerics: Numerics) -> tuple[float, float]:
    """Current densities of the field model and of the closed form [A/m²]."""
    config = read_config()
    cell = Cell(Drawing(flawed_graph(config, LENGTH), numerics.h), config, numerics)
    cell.fill()
    expected = closed_form(cell, config)
    current = FROM * expected
    while cell.bears(current):
        current *= RISE
    return current, expected


def main() -> int:
    """Print the comparison."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--coarse", action="store_true", help="twice the mesh size and length")
    numerics = COARSE if parser.parse_args().coarse else Numerics()
    found, expected = compare(numerics)
    print(
        f"l = {1e6 * numerics.ell:g} um, h = {1e6 * numerics.h:g} um, flaw of "
        f"{LENGTH / numerics.ell:.0f} l: runs at {found:.1f} A/m^2, closed form {expected:.1f}, "
        f"ratio {found / expected:.3f} (steps of {100 * (RISE - 1):.0f} %)"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
