"""Spectra as pictures: Nyquist, modulus and phase, with fits; and the diameters of a bridge."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from dendrolith.core.errors import ConfigError
from dendrolith.core.look import COLOURS, LOOK, look
from dendrolith.traces.spectra.estimate import Estimate
from dendrolith.traces.spectra.size import Size
from dendrolith.traces.spectra.spectrum import AREAL, Spectrum

APART = 0.08  # of the extent, so far marks lie from each other


def nyquist(axes: Any, spectra: Sequence[Spectrum]) -> None:
    """−Im Z over Re Z with equal axes; each third decade is marked where it lies apart."""
    factor, unit = _shown(spectra)
    extent = factor * max((np.ptp(s.impedance.real) for s in spectra), default=0.0)
    marked: list[complex] = []  # of all spectra: marks of equal ones would lie on each other
    for place, spectrum in enumerate(spectra):
        z, colour = factor * spectrum.impedance, look(place)["color"]
        axes.plot(z.real, -z.imag, label=spectrum.name, **look(place))
        for k, exponent in _decades(spectrum):
            if any(abs(z[k] - other) < APART * extent for other in marked):
                continue
            marked.append(z[k])
            axes.plot(z[k].real, -z[k].imag, "o", ms=4, mfc="none", color=colour)
            axes.annotate(
                f"$10^{{{exponent}}}$",
                (z[k].real, -z[k].imag),
                fontsize=7,
                color=colour,
                xytext=(2, 4),
                textcoords="offset points",
            )
    axes.margins(0.12)  # room for the names of the decades
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_xlabel(f"Re Z [{unit}], decades in Hz")
    axes.set_ylabel(f"−Im Z [{unit}]")
    axes.legend(frameon=False)


def modulus(axes: Any, spectra: Sequence[Spectrum]) -> None:
    """|Z| over the frequency."""
    factor, unit = _shown(spectra)
    for place, spectrum in enumerate(spectra):
        size = factor * np.abs(spectrum.impedance)
        axes.loglog(spectrum.frequency, size, label=spectrum.name, **look(place))
    axes.set_ylabel(f"|Z| [{unit}]")
    axes.set_xlabel("frequency [Hz]")
    axes.legend(frameon=False)


def phase(axes: Any, spectra: Sequence[Spectrum]) -> None:
    """Phase over the frequency."""
    for place, spectrum in enumerate(spectra):
        angle = np.degrees(np.angle(spectrum.impedance))
        axes.semilogx(spectrum.frequency, angle, label=spectrum.name, **look(place))
    axes.set_ylabel("phase [degrees]")
    axes.set_xlabel("frequency [Hz]")


def _shown(spectra: Sequence[Spectrum]) -> tuple[float, str]:
    """Factor and unit of the axes: Ω cm² where the impedance is that of an area."""
    areal = all(spectrum.unit == AREAL for spectrum in spectra)
    return (1e4, "Ω cm²") if areal else (1.0, "Ω")


def _decades(spectrum: Spectrum) -> list[tuple[int, int]]:
    """(place, exponent) of each third decade, falling."""
    decades = np.log10(spectrum.frequency)
    exponents = range(math.floor(decades.max() + 1e-9), math.ceil(decades.min() - 1e-9) - 1, -3)
    return [(int(np.argmin(np.abs(decades - exponent))), exponent) for exponent in exponents]


def draw_fit(path: Path, found: Estimate, size: Size | None) -> None:
    """Draw Nyquist and modulus with the fits, and d(n) where there is a size.

    Raises:
        ConfigError: the picture cannot be written.
    """
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    with mpl.rc_context(LOOK):
        count = 2 if size is None else 3
        figure, panel = plt.subplots(1, count, figsize=(4 * count, 3.4), layout="constrained")
        nyquist(panel[0], found.spectra)
        modulus(panel[1], found.spectra)
        factor, _ = _shown(found.spectra)
        for part in found.best.parts:
            omega = np.geomspace(part.spectrum.omega.min(), part.spectrum.omega.max(), 400)
            own = {name: found.best.values[part.name(name)] for name in part.circuit.names}
            z = factor * part.circuit.impedance(omega, own)
            panel[0].plot(z.real, -z.imag, "k:", lw=1)
            panel[1].plot(omega / (2 * np.pi), np.abs(z), "k:", lw=1)
        if size is not None:
            rows = np.array(size.curve())
            panel[2].loglog(rows[:, 0], 1e9 * rows[:, 1], color=COLOURS[0])
            panel[2].fill_between(rows[:, 0], 1e9 * rows[:, 2], 1e9 * rows[:, 3], alpha=0.2)
            panel[2].axhspan(1, 100, color="0.9", zorder=0)
            panel[2].set_xlabel("filaments n")
            panel[2].set_ylabel("diameter d [nm]")
        try:
            figure.savefig(path)
        except (OSError, ValueError) as error:
            raise ConfigError(f"{path}: cannot be drawn: {error}") from None
        finally:
            plt.close(figure)
