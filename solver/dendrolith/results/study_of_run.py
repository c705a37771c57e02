"""The study of a run directory, also where its input is damaged or of another version."""

from __future__ import annotations

import re
from pathlib import Path

from dendrolith.observables.show import Show
from dendrolith.studies.register import DEFAULT, STUDIES
from dendrolith.studies.study import Study

_NAMED = re.compile(r"""^study:\s*["']?([\w-]+)""", re.MULTILINE)


def study_of_run(folder: Path) -> Study | None:
    """The study that ``config.yaml`` names, by its text alone.

    Returns:
        The default study where the text names none, as inputs before there were several; None for
        one that this version does not have.
    """
    try:
        text = (folder / "config.yaml").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    named = _NAMED.search(text)
    return STUDIES.get(named[1] if named else DEFAULT)


def show_of_run(folder: Path) -> Show:
    """What the study of a run shows; nothing for an unknown study."""
    study = study_of_run(folder)
    return Show() if study is None else study.shows
