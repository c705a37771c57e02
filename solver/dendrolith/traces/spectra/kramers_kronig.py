"""Does a spectrum obey Kramers and Kronig? The linear test of Schönleber.

    Z ≈ R₀ + iωL + 1/(iωC) + Σ_k R_k/(1 + iωτ_k)

with τ_k fixed, so many a decade, from a tenth of 1/ω_max to ten times 1/ω_min: linear least squares
for R₀, L, 1/C, R_k, whose signs are free. What is causal, linear and stands still fits; the
residual shows the rest.
Source: Schönleber, Klotz and Ivers-Tiffée 2014 (10.1016/j.electacta.2014.01.034). Deviation: the
number of τ_k is fixed instead of found; they reach beyond the spectrum, as a bridge beside a
storage has its time R_e C_χ there.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from dendrolith.traces.spectra.spectrum import Spectrum

FloatArray = npt.NDArray[np.float64]

PER_DECADE = 3.5  # time constants; fewer leave 0.45 % of what is causal
BEYOND = 10.0  # so far they reach beyond the times of the spectrum
ENOUGH = 1.5  # numbers of the spectrum over those of the fit
TOLERANCE = 5e-3  # a residual above this shows a computed spectrum that is not
MEASURED = 1e-2  # the same for a measured one, which scatters


def kk_residual(spectrum: Spectrum) -> FloatArray:
    """(n,) |Z − fit|/|Z| [1]; NaN where the frequencies are too few to be a test."""
    omega, z = spectrum.omega, spectrum.impedance
    decades = np.log10(omega.max() / omega.min())
    count = round(PER_DECADE * (decades + 2 * math.log10(BEYOND)))
    if 2 * len(omega) < ENOUGH * (count + 3):
        return np.full(len(omega), np.nan)
    tau = np.geomspace(1 / omega.max() / BEYOND, BEYOND / omega.min(), count)
    columns = [
        np.ones_like(omega, dtype=complex),
        1j * omega / omega.max(),
        -1j * omega.min() / omega,
        *(1 / (1 + 1j * omega * t) for t in tau),
    ]
    A = np.column_stack(columns) / np.abs(z)[:, None]
    b = z / np.abs(z)
    real, target = np.vstack((A.real, A.imag)), np.concatenate((b.real, b.imag))
    solution = np.linalg.lstsq(real, target, rcond=1e-12)[0]
    residual: FloatArray = np.abs(A @ solution - b)
    return residual
