"""``dendrolith network``: an ensemble, its statistics, its page."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from dendrolith.networks.ensemble import run_ensemble
from dendrolith.networks.schema import Config
from dendrolith.results.new_file import replace


def run_network(config: Config, folder: Path, workers: int) -> str:
    """Compute what is missing of an ensemble, write its page; returns a summary.

    Args:
        config: the input.
        folder: of the ensemble.
        workers: number of processes.
    """
    table = run_ensemble(config, folder, workers)
    from dendrolith.networks.analysis import analyse
    from dendrolith.networks.claims import claims
    from dendrolith.networks.page import make_page

    found = analyse(config, table)
    statistics = {
        "design": found.overall.as_dict(),
        "cells": {
            density: {topology: report.as_dict() for topology, report in cell.items()}
            for density, cell in found.cells.items()
        },
        "without_fit": [dataclasses.asdict(cell) for cell in found.unfitted],
    }
    text = json.dumps(statistics, indent=2, ensure_ascii=False, allow_nan=False)
    replace(folder / "weibull.json", text + "\n")
    page = make_page(config, found, folder)
    lines = [
        f"{folder}: {found.overall}",
        *(f"  {row[0]}: {row[3]}" for row in claims(config, found)),
    ]
    if found.unfitted:
        lines.append(f"  cells of the design without a fit: {len(found.unfitted)}, see the page")
    return "\n".join([*lines, f"  page {page}"])
