"""Cost against accuracy of the time schemes: `./env.sh run python benchmarks/schemes.py [END]`.

A dendrite in a porous cell (quickstart's materials) to a fixed time with every scheme at several
step controls. Errors are against BDF2 with a tolerance of 1e-6: the volume between the two lithium
surfaces over the volume grown, and the charge passed. Times are ratios to the first line.
"""

from __future__ import annotations

import dataclasses
import sys
import time
from pathlib import Path

import numpy as np
from mpi4py import MPI

from dendrolith.core.constants import FARADAY
from dendrolith.core.errors import StepTooSmall
from dendrolith.core.parallel import integral
from dendrolith.domain.box import create_box
from dendrolith.schemes.march import March
from dendrolith.studies.plating.build import assemble
from dendrolith.studies.plating.initial import initialise
from dendrolith.studies.plating.model import Model
from dendrolith.studies.plating.schema import Config
from dendrolith.studies.plating.solver_input import BACKWARD_EULER, BDF2, SPLIT
from dendrolith.studies.register import load

QUICKSTART = Path(__file__).parents[1] / "configs" / "quickstart.yaml"
CASES = [
    (SPLIT, {"max_relaxation": 0.1, "max_change": 0.1}),
    (SPLIT, {"max_relaxation": 0.2, "max_change": 0.2}),
    (SPLIT, {"max_relaxation": 0.05, "max_change": 0.05}),
    (SPLIT, {"max_relaxation": 0.025, "max_change": 0.025}),
    (BACKWARD_EULER, {"max_change": 0.4}),
    (BACKWARD_EULER, {"max_change": 0.2}),
    (BACKWARD_EULER, {"max_change": 0.1}),
    (BACKWARD_EULER, {"max_change": 0.05}),
    (BDF2, {"max_change": 0.5, "error_tolerance": 1e-2}),
    (BDF2, {"max_change": 0.5, "error_tolerance": 3e-3}),
    (BDF2, {"max_change": 0.5, "error_tolerance": 1e-3}),
    (BDF2, {"max_change": 0.5, "error_tolerance": 3e-4}),
]
REFERENCE = (BDF2, {"max_change": 0.5, "error_tolerance": 1e-6})


@dataclasses.dataclass
class Result:
    """Outcome of one run."""

    start: np.ndarray
    xi: np.ndarray
    plated: float
    steps: int
    rejected: int
    newton: float
    wall: float


def run(base: Config, scheme: str, controls: dict[str, float]) -> Result:
    """March to the end of `base` with a scheme and its step controls."""
    config = dataclasses.replace(
        base, time=dataclasses.replace(base.time, scheme=scheme, **controls)
    )
    model = Model(config, create_box(MPI.COMM_WORLD, config.geometry))
    initialise(model)
    march, xi = March(assemble(model).problem, config.time, config.output.every), model.f.xi.x
    march.start()
    start = xi.array.copy()
    before, steps, rejected, newton = integral(model.lithium.content), 0, 0, 0.0
    started = time.perf_counter()
    for step in march:
        steps, rejected = step.number, rejected + step.rejected
        newton += step.report.number("newton_iterations")
    wall = time.perf_counter() - started
    plated = integral(model.lithium.content) - before
    return Result(start, xi.array.copy(), plated, steps, rejected, newton, wall)


def main() -> None:
    """Print one line a case."""
    end = sys.argv[1] if len(sys.argv) > 1 else "4 s"
    base = load(QUICKSTART, [
        "geometry.electrolyte_thickness=60 um", "geometry.height=50 um", f"time.end={end}",
        "pores.mean_diameter=10 um", "solver.charge_tolerance=1e-9",
    ])  # fmt: skip
    base = dataclasses.replace(base, elasticity=None)
    reference = run(base, *REFERENCE)
    nodes = reference.xi.size
    print(f"{nodes} nodes, {end}, plated {FARADAY * reference.plated:.4g} C/m")
    print("scheme | step control | steps (taken back) | Newton a step | time | surface | charge")
    first = None
    for scheme, controls in CASES:
        words = ", ".join(f"{name} {value:g}" for name, value in controls.items())
        try:
            result = run(base, scheme, controls)
        except StepTooSmall as gave_up:
            print(f"{scheme} | {words} | gave up: {gave_up}")
            continue
        first = first or result.wall
        grown = np.abs(reference.xi - reference.start).sum()
        moved = np.abs(result.xi - reference.xi).sum() / grown
        charge = abs(result.plated / reference.plated - 1)
        print(
            f"{scheme} | {words} | {result.steps} ({result.rejected}) | "
            f"{result.newton / result.steps:.1f} | {result.wall / first:.2f} | {moved:.1e} | "
            f"{charge:.1e}"
        )


if __name__ == "__main__":
    main()
