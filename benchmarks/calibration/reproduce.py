"""The graph model of defect networks against the field model, on 24 microstructures.

    ./env.sh run python -m benchmarks.calibration.reproduce OUT

Runs what is missing of the field model, a file a microstructure, then fits and tests.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from benchmarks.calibration.design import Case, cases, read_config
from benchmarks.calibration.drawing import Drawing
from benchmarks.calibration.field import Cell, Numerics
from dendrolith.networks.schema import Config


def main() -> int:
    """Run what is missing."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--next", action="store_true", help="run one microstructure and stop")
    arguments = parser.parse_args()
    out, config = arguments.out, read_config()
    out.mkdir(parents=True, exist_ok=True)
    for case in cases(config):
        if not result_of(out, case).exists():
            run(out, case, config)
            if arguments.next:
                return 0
    return 0


def result_of(out: Path, case: Case) -> Path:
    """The file of a microstructure."""
    return out / f"{case.index:03d}.json"


def run(out: Path, case: Case, config: Config) -> None:
    """Run the field model and keep what it found."""
    numerics = Numerics()
    cell = Cell(Drawing(case.graph, numerics.h), config, numerics)
    d = cell.state["d"].x.array
    start = d.copy()
    found = cell.run()
    np.savez_compressed(
        result_of(out, case).with_suffix(".npz"), x=cell.x, start=start, end=d.copy(),
        phi=cell.state["phi"].x.array.copy(),
    )  # fmt: skip
    row = {
        "index": case.index, "topology": case.topology, "density": case.density,
        "role": case.role, **found,
    }  # fmt: skip
    result_of(out, case).write_text(json.dumps(row) + "\n", encoding="utf-8")
    print(json.dumps(row), flush=True)


if __name__ == "__main__":
    sys.exit(main())
