"""The page of a run at its end, where it can be made."""

from __future__ import annotations

import logging
from pathlib import Path

logger = logging.getLogger(__name__)


def report_if_possible(path: Path) -> None:
    """Make the page of a run; whatever goes wrong with it is a warning and never fails the run."""
    try:
        from dendrolith.results.report.report import make_report

        made = make_report([path])
    except Exception as error:
        logger.warning("the report could not be made (%s); the results are complete", error)
        return
    for warning in made.warnings:
        logger.warning("%s", warning)
    logger.info("  report     %s", made.paths[0])
