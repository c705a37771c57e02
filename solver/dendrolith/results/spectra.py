"""Spectra of a run: ``impedance/<label>.csv`` and ``.json``, and the pictures of all of them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dendrolith.core.errors import OutputFailed
from dendrolith.core.look import LOOK
from dendrolith.results.figure_page import save_figure
from dendrolith.results.new_file import replace
from dendrolith.results.open_run import read_table
from dendrolith.traces.spectra.picture import modulus, nyquist, phase
from dendrolith.traces.spectra.spectrum import PARTS, Spectrum, spectrum_of

FOLDER = "impedance"
SERIES = "spectra"  # table of the spectra that a run has measured
MOST_SHOWN = 6
FloatArray = npt.NDArray[np.float64]


def write_spectrum(
    run: Path,
    spectrum: Spectrum,
    residual: FloatArray,
    facts: dict[str, Any],
    areas: Sequence[float] = (),
) -> list[Path]:
    """Write the table of a spectrum and its facts, draw all spectra of the run anew.

    Args:
        run: the run directory.
        spectrum: per area; its name is that of the files.
        residual: (n,) of the test of Kramers and Kronig [1].
        facts: label, time and so on.
        areas: of the electrode [m²], for a second table in Ω; empty: none.

    Returns:
        The files.

    Raises:
        OutputFailed: a file cannot be written.
    """
    folder = run / FOLDER
    table, words = folder / f"{spectrum.name}.csv", folder / f"{spectrum.name}.json"
    tables = {table: spectrum}
    tables |= {folder / f"{spectrum.name}_ohm.csv": spectrum.absolute(area) for area in areas}
    try:
        folder.mkdir(exist_ok=True)
        for path, found in tables.items():
            replace(path, _text(found, residual))
        replace(words, json.dumps(facts, indent=1) + "\n")
    except OSError as error:
        raise OutputFailed(f"{folder}: cannot be written: {error.strerror or error}") from None
    return [*tables, *draw_spectra(folder, [found for found, _ in spectra_of(run)])]


def _text(spectrum: Spectrum, residual: FloatArray) -> str:
    header, rows = spectrum.table(residual)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([[f"{value:.17g}" for value in row] for row in rows])
    return text.getvalue()


def spectra_of(run: Path) -> list[tuple[Spectrum, dict[str, Any]]]:
    """The spectra of a run with their facts, in the order of their times; damaged ones left out.

    Those that the run itself has measured are among them, named by their time.
    """
    found = list(_measured_by(run))
    for path in sorted((run / FOLDER).glob("*.json")):
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
            table = read_table(path.with_suffix(".csv"), [])
            real, imaginary = (table[part] for part in PARTS)
            z = real + 1j * imaginary
            found.append((spectrum_of(path.stem, table["frequency"], z), facts))
            float(facts["time"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return sorted(found, key=lambda pair: float(pair[1]["time"]))


def _measured_by(run: Path) -> Iterator[tuple[Spectrum, dict[str, Any]]]:
    """The spectra in the table of a run whose input has a section `impedance`."""
    path = run / f"{SERIES}.csv"
    try:
        if not path.exists():
            return
        table = read_table(path, [])
        times = np.asarray(table["time"], dtype=float)
        for time in np.unique(times):
            here = times == time
            real, imaginary = (table[part][here] for part in PARTS)
            z = real + 1j * imaginary
            name = f"t = {time:.6g} s"
            yield spectrum_of(name, table["frequency"][here], z), {"time": float(time)}
    except (OSError, ValueError, KeyError, TypeError):
        return


def telling(spectra: Sequence[Spectrum]) -> list[Spectrum]:
    """Few of many: the ends, those before and after the largest change, and some between.

    Args:
        spectra: in the order of their times.
    """
    if len(spectra) <= MOST_SHOWN:
        return list(spectra)
    ends = np.array([abs(spectrum.impedance[-1]) for spectrum in spectra])
    before = int(np.argmax(np.abs(np.diff(np.log(ends)))))
    chosen = {0, before, before + 1, len(spectra) - 1}
    for place in np.linspace(0, len(spectra) - 1, MOST_SHOWN).round().astype(int):
        if len(chosen) < MOST_SHOWN:
            chosen.add(int(place))
    return [spectra[place] for place in sorted(chosen)]


def draw_spectra(folder: Path, spectra: Sequence[Spectrum]) -> list[Path]:
    """Draw ``nyquist.png`` and ``bode.png``; returns them.

    Raises:
        ConfigError: a picture cannot be written.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    with mpl.rc_context(LOOK):
        figure, axes = plt.subplots(figsize=(5.2, 4.0), layout="constrained")
        nyquist(axes, spectra)
        save_figure(figure, folder / "nyquist.png")
        figure, (upper, lower) = plt.subplots(
            2, 1, figsize=(5.2, 5.2), sharex=True, layout="constrained"
        )
        modulus(upper, spectra)
        phase(lower, spectra)
        upper.set_xlabel("")
        save_figure(figure, folder / "bode.png")
    return [folder / "nyquist.png", folder / "bode.png"]
