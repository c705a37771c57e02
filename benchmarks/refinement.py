"""What local refinement could win: `./env.sh run python benchmarks/refinement.py`.

Lithium's front and the pore walls need the mesh size of `configs/cao2023/pressure.yaml`; elsewhere
four times as much would do. Counts the nodes that such a mesh keeps: at the start, and for the
walls alone, which is the least there can be. The work of a step goes with the nodes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from mpi4py import MPI
from scipy.ndimage import binary_dilation

from dendrolith.domain.box import create_box
from dendrolith.studies.plating.initial import initialise
from dendrolith.studies.plating.model import Model
from dendrolith.studies.register import load

CONFIG = Path(__file__).parents[1] / "configs" / "cao2023" / "pressure.yaml"
FLAT = 0.98  # |ρ| and |2ξ − 1| beyond this are bulk
BUFFER = 2  # cells around, so that the front may move between two refinements
COARSE = 4  # mesh sizes in the bulk


def main() -> None:
    """Print the counts (one rank)."""
    config = load(CONFIG)
    model = Model(config, create_box(MPI.COMM_SELF, config.geometry))
    initialise(model)
    f, points = model.f, model.f.scalar_space.tabulate_dof_coordinates()
    i, j = np.rint(points[:, :2] / config.geometry.mesh_size).astype(int).T
    grid = np.zeros((i.max() + 1, j.max() + 1), dtype=bool)
    walls = np.abs(f.rho.x.array) < FLAT
    front = np.abs(2 * f.xi.x.array - 1) < FLAT
    for name, fine in (("start", walls | front), ("walls alone", walls)):
        grid[:] = False
        grid[i, j] = fine
        wide = binary_dilation(grid, np.ones((3, 3)), iterations=BUFFER)
        share = float(wide.mean())
        kept = share + (1 - share) / COARSE**2
        print(f"{name}: {100 * share:.0f} % of the nodes are near, {100 * kept:.0f} % would be "
              f"left: {1 / kept:.2f} times fewer")  # fmt: skip


if __name__ == "__main__":
    main()
