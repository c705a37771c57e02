"""``dendrolith network``: an ensemble, its statistics, its page."""

from __future__ import annotations

from pathlib import Path

from dendrolith.networks.ccd_table import SHOWN, SHOWN_UNIT
from dendrolith.networks.ensemble import run_ensemble
from dendrolith.networks.observations import observations
from dendrolith.networks.sample import LOWER, UPPER
from dendrolith.networks.schema import Config
from dendrolith.networks.weibull_report import report_weibull


def run_network(config: Config, folder: Path, workers: int) -> str:
    """Compute what is missing of an ensemble and summarise it.

    Args:
        config: the input.
        folder: of the ensemble.
        workers: number of processes.
    """
    table = run_ensemble(config, folder, workers)
    found = report_weibull(observations(table[LOWER] / SHOWN, table[UPPER] / SHOWN), SHOWN_UNIT)
    return f"{folder}: {found}"
