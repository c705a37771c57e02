"""Iterations of the solvers against mesh, contrast, bridges and islands: counts, no timings.

`./env.sh run python benchmarks/iterations.py [steps]`. The quickstart's cell with an interface of
8 µm, so that meshes of 4, 2 and 1 µm see the same problem. Averages over the steps of a march.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from mpi4py import MPI

from dendrolith.domain.box import create_box
from dendrolith.schemes.march import March
from dendrolith.studies.plating.build import assemble
from dendrolith.studies.plating.initial import initialise
from dendrolith.studies.plating.model import Model
from dendrolith.studies.register import load

QUICKSTART = Path(__file__).parents[1] / "configs" / "quickstart.yaml"
BASE = [
    "lithium_metal.interface_width=8 um", "pores.walls.wall_width=8 um",
    "pores.mean_diameter=20 um", "geometry.mesh_size=2 um", "time.first_step=0.02 s",
]  # fmt: skip
METAL = 1e4  # S/m, the cap of lithium
BRIDGED = ["protrusions.height=111 um"]
ISLANDS = [(60e-6, 25e-6), (60e-6, 75e-6), (95e-6, 30e-6), (95e-6, 70e-6)]
CASES = {
    **{f"h = {h} µm": [f"geometry.mesh_size={h} um"] for h in (4, 2, 1)},
    **{
        f"contrast 1e{power}{words}": [
            f"materials.electrolyte.electronic_conductivity={METAL / 10**power} S/m",
            *more,
        ]
        for power in (6, 9, 12)
        for words, more in (("", []), (", bridged", BRIDGED), (", islands", []))
    },
}


def add_islands(model: Model) -> None:
    """Floating lithium of 12 µm across."""
    f, delta = model.f, model.config.lithium_metal.interface_width
    x = f.scalar_space.tabulate_dof_coordinates()
    for a, b in ISLANDS:
        distance = np.hypot(x[:, 0] - a, x[:, 1] - b) - 6e-6
        disc = 0.5 * (1 - np.tanh(2 * distance / delta))
        f.xi.x.array[:] = np.maximum(f.xi.x.array, disc)
    f.begin()


def main() -> None:
    """Print the table."""
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    comm = MPI.COMM_WORLD
    if comm.rank == 0:
        print("| case | Newton a step | Krylov a step | Krylov a Newton | stress | fallbacks |")
        print("|---|---|---|---|---|---|")
    for name, overrides in CASES.items():
        config = load(QUICKSTART, [*BASE, *overrides])
        model = Model(config, create_box(comm, config.geometry))
        initialise(model)
        if "islands" in name:
            add_islands(model)
        march, reports = March(assemble(model).problem, config.time, config.output.every), []
        march.start()
        for step in march:
            reports.append(step.report)
            if step.number >= steps:
                break
        newton, krylov = (
            np.mean([report.number(f"{kind}_iterations") for report in reports])
            for kind in ("newton", "krylov")
        )
        elastic = [report.number("elastic_iterations") for report in reports]
        stress = np.mean([count for count in elastic if count])
        fallbacks = sum(report.number("fallback_solves") for report in reports)
        if comm.rank == 0:
            print(f"| {name} | {newton:.2f} | {krylov:.1f} | {krylov / newton:.1f} | "
                  f"{stress:.1f} | {fallbacks:.0f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
