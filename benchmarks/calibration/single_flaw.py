"""The field model against the law of one flaw: an edge crack full of lithium, its walls at rest.

    ./env.sh run python -m benchmarks.calibration.single_flaw

In it η = J (1/g + x/σ), and it grows at K = (F/V_m) J √(πc) (2/π c/σ + 1/g) = K_IC: half
of a crack 2c, as the anode's face is held along x.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from benchmarks.calibration.design import read_config
from benchmarks.calibration.drawing import Drawing
from benchmarks.calibration.field import Cell, Numerics
from dendrolith.core.constants import FARADAY
from dendrolith.networks.graph import bare_graph

LENGTHS = (50e-6,)


def main() -> None:
    """A row for each length."""
    config = read_config()
    sound = dataclasses.replace(config.electrolyte, boundary_ratio=0.95)  # what a band can have
    still = dataclasses.replace(config.lithium, wall_reactivity=0.0)
    ramp = dataclasses.replace(config.protocol, step=0.25, highest=100.0)
    config = dataclasses.replace(config, electrolyte=sound, lithium=still, protocol=ramp)
    size = config.structure.thickness
    print("| c [µm] | J_c, closed form [A/m²] | field model [A/m²] | CPU [s] |\n|---|---|---|---|")
    for c in LENGTHS:
        points = np.array([[0.0, size / 2], [c, size / 2], [size, size / 2]])
        edges, ends = np.array([[0, 1], [1, 2]]), (np.array([0]), np.array([2]))
        graph = bare_graph(points, edges, *ends, (size, size))
        tough = np.array([0.0, sound.boundary_toughness])
        graph = dataclasses.replace(graph, toughness=tough)
        numerics = Numerics()
        found = Cell(Drawing(graph, numerics.h), config, numerics).run()
        per_current = 2 / math.pi * c / sound.ionic_conductivity + 1 / still.conductance
        per_current *= FARADAY / still.molar_volume * math.sqrt(math.pi * c)
        expected = sound.boundary_toughness / per_current
        print(f"| {1e6 * c:g} | {expected:.2f} | {found['current']} | {found['cpu']:.0f} |")


if __name__ == "__main__":
    main()
