"""The part of a page on spectra: Nyquist and Bode, those before and after beside each other."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

from markupsafe import Markup

from dendrolith.core.formats import format_number
from dendrolith.results.report import charts
from dendrolith.results.report.run_data import Run
from dendrolith.results.report.tables import Row
from dendrolith.results.spectra import spectra_of, telling
from dendrolith.traces.spectra.picture import modulus, nyquist, phase
from dendrolith.traces.spectra.spectrum import Spectrum

PICTURES = (("Nyquist", nyquist), ("modulus", modulus), ("phase", phase))
NO_VALUE = "—"


def _shown(run: Run) -> list[tuple[Spectrum, dict[str, Any]]]:
    """The spectra of a run, few of many."""
    pairs = spectra_of(run.path)
    kept = {spectrum.name for spectrum in telling([spectrum for spectrum, _ in pairs])}
    return [pair for pair in pairs if pair[0].name in kept]


def impedance_rows(runs: list[Run]) -> list[Row]:
    """The ends of each spectrum, a column a run."""
    found = [_shown(run) for run in runs]
    labels = dict.fromkeys(spectrum.name for of_run in found for spectrum, _ in of_run)
    rows = []
    for label in labels:
        own = [next((pair for pair in pairs if pair[0].name == label), None) for pairs in found]
        times = [NO_VALUE if pair is None else format_number(pair[1]["time"]) for pair in own]
        rows.append(Row(f"{label}: time of the state", "s", times))
        for place, words in ((0, "highest"), (-1, "lowest")):
            values = [NO_VALUE if pair is None else _end(pair[0], place) for pair in own]
            rows.append(Row(f"{label}: Re Z at the {words} frequency", "Ω m²", values))
    return rows


def impedance_charts(runs: list[Run]) -> list[tuple[str, str, Markup]]:
    """(title, description, drawing) of each picture; empty where no run has a spectrum."""
    shown = [
        replace(spectrum, name=f"{run.name} {spectrum.name}" if len(runs) > 1 else spectrum.name)
        for run in runs
        for spectrum, _ in _shown(run)
    ]
    if not shown:
        return []
    words = "; ".join(f"{s.name} from {_end(s, 0)} to {_end(s, -1)} Ω m² of Re Z" for s in shown)
    return [
        (f"Impedance: {title}", f"{title} of {words}", Markup(charts.svg(title, drawn)))
        for title, draw in PICTURES
        for drawn in [functools.partial(_draw, draw=draw, spectra=shown)]
    ]


def _draw(axes: Any, *, draw: Any, spectra: list[Spectrum]) -> None:
    draw(axes, spectra)


def _end(spectrum: Spectrum, place: int) -> str:
    return format_number(float(spectrum.impedance[place].real))
