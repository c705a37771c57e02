"""``dendrolith impedance``: the spectrum of a saved state, its test, its files."""

from __future__ import annotations

import logging
import math
import re
import time as clock
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mpi4py import MPI

from dendrolith.core.errors import ConfigError
from dendrolith.core.parallel import on_root
from dendrolith.core.profile import timed
from dendrolith.impedance.saved_state import response_of
from dendrolith.physics.impedance import SmallSignal
from dendrolith.results.spectra import write_spectrum
from dendrolith.studies.plating.small_signal import LinearResponse
from dendrolith.traces.spectra.kramers_kronig import TOLERANCE, kk_residual
from dendrolith.traces.spectra.spectrum import Spectrum, spectrum_of

logger = logging.getLogger(__name__)
_LABEL = re.compile(r"[A-Za-z0-9][\w.+-]{0,60}")


def measure(
    folder: Path,
    time: float | None,
    label: str | None,
    law: SmallSignal,
    comm: MPI.Comm,
    *,
    in_ohm: bool = False,
    area: float | None = None,
) -> str:
    """Compute and keep the spectrum of a saved state; returns what was found (collective).

    Args:
        folder: the run directory.
        time: one of its output times [s]; None: the newest checkpoint.
        label: name of the files; None: the time.
        law: what conduction lacks.
        comm: communicator.
        in_ohm: that of the whole electrode, too.
        area: of the electrode [m²]; None: that of a cell in 3-D.

    Raises:
        ConfigError: there is no such state, the label is no name of a file, or no area is known.
        SolverDiverged: a solve failed.
    """
    if label is not None and not _LABEL.fullmatch(label):
        raise ConfigError(f"--label {label}: use letters, digits and . _ + -, up to 60")
    response, at = response_of(folder, time, law, comm)
    with response:
        name = label or f"{at:.6g}s"
        areas = [_electrode(response, area)] if in_ohm else []
        spectrum, facts = sweep(response, name)
        residual = kk_residual(spectrum)
        facts = {"label": name, "time": at, **facts, "settings": asdict(response.law)}
        files = on_root(comm, lambda: write_spectrum(folder, spectrum, residual, facts, areas))
        shown = spectrum.absolute(areas[0]) if areas else spectrum
        return _said(shown, facts, float(residual.max()), files)


def _electrode(response: LinearResponse, area: float | None) -> float:
    """Area of the electrode, as said or that of the cell [m²].

    Raises:
        ConfigError: the cell is a section, which has none.
    """
    if area is None and not response.is_solid:
        raise ConfigError("--in ohm: a cell in 2-D has no area: give --area, as '0.32 cm^2'")
    return response.area if area is None else area


def sweep(response: LinearResponse, name: str) -> tuple[Spectrum, dict[str, Any]]:
    """The spectrum of a response, and what it took (collective)."""
    law = response.law
    started, iterations = clock.monotonic(), 0
    found, anode = list[complex](), list[complex]()
    for frequency in law.frequencies:
        with timed("impedance"):
            found.append(response.impedance(frequency))
            anode += [share * found[-1] for share in response.reference_shares()]
        iterations += response.iterations
        logger.debug("%.4g Hz: %s, %d iterations", frequency, found[-1], response.iterations)
    facts = {
        "reacting_surface": response.surface,
        "solves": len(found),
        "iterations": iterations,
        "direct_solves": response.solver.fallback.uses,
        "seconds": clock.monotonic() - started,
    }
    return spectrum_of(name, law.frequencies, found, anode=anode), facts


def _said(spectrum: Spectrum, facts: dict[str, Any], residual: float, files: list[Path]) -> str:
    ends = zip(spectrum.frequency[[0, -1]], spectrum.impedance[[0, -1]], strict=True)
    verdict = "too few frequencies to tell"
    if math.isfinite(residual):
        obeys = "obeys" if residual <= TOLERANCE else "does not obey"
        verdict = f"residual {100 * residual:.2g} %: {obeys} (limit {100 * TOLERANCE:g} %)"
    lines = [
        f"{spectrum.name}: t = {facts['time']:.6g} s, {facts['solves']} frequencies in "
        f"{facts['seconds']:.1f} s, {facts['iterations'] / facts['solves']:.1f} iterations each",
        *(f"  {_at(f):<22} {z.real:.6g} {z.imag:+.4g}i {spectrum.unit}" for f, z in ends),
        f"  reacting surface       {facts['reacting_surface']:.4g} of the electrode's area",
        f"  Kramers and Kronig     {verdict}",
    ]
    return "\n".join([*lines, *(f"  {path} is written" for path in files)])


def _at(frequency: float) -> str:
    return f"Z at {frequency:.4g} Hz"
