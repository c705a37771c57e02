"""A bridge beside a cell that has not changed, without a circuit: its admittance is the difference.

    1/Z_after − 1/Z_before = 1/R_e     at every frequency, a real number

The mean weighs each frequency by 1/(|Y_after|² + |Y_before|²), as errors in proportion to |Z| ask.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.stats import norm

from dendrolith.traces.spectra.fitting import ACCURACY, CONFIDENCE, MISFIT, Interval
from dendrolith.traces.spectra.spectrum import ComplexArray, FloatArray, Spectrum


def direct_bridge(before: Spectrum, after: Spectrum) -> Interval | None:
    """R_e of the difference; its upper end is inf where it is not told from none.

    Returns:
        None where the two spectra have fewer than three decades in common, or where their
        difference is no real number above 0: it leaves more than `MISFIT` of |Y|.
    """
    low = max(before.frequency.min(), after.frequency.min())
    high = min(before.frequency.max(), after.frequency.max())
    if high < 1e3 * low:
        return None
    inside = (after.frequency >= low * (1 - 1e-9)) & (after.frequency <= high * (1 + 1e-9))
    f = after.frequency[inside]
    Y_after, Y_before = 1 / after.impedance[inside], 1 / _at(before, f)
    spread = np.abs(Y_after) ** 2 + np.abs(Y_before) ** 2
    difference, weight = Y_after - Y_before, 1 / spread
    mean = float(np.sum(weight * difference.real) / np.sum(weight))
    scatter = float(np.mean(np.abs(difference - mean) ** 2 * weight)) + ACCURACY**2
    if scatter > MISFIT**2:
        return None
    deviation = math.sqrt(scatter / 2 / float(np.sum(weight)))
    reach = float(norm.ppf((1 + CONFIDENCE) / 2)) * deviation
    if mean + reach <= 0:
        return None
    ends = [mean + reach, mean, mean - reach]
    least, value, most = (1 / Y if Y > 0 else math.inf for Y in ends)
    return Interval(value, least, most)


def _at(spectrum: Spectrum, frequency: FloatArray) -> ComplexArray:
    """Z at other frequencies, by a spline of its logarithm."""
    if len(frequency) == len(spectrum.frequency) and np.allclose(
        frequency, spectrum.frequency, rtol=1e-6
    ):
        return spectrum.impedance
    x, log_z = np.log(spectrum.frequency[::-1]), np.log(spectrum.impedance[::-1])
    found: ComplexArray = np.exp(
        CubicSpline(x, log_z.real)(np.log(frequency))
        + 1j * CubicSpline(x, np.unwrap(log_z.imag))(np.log(frequency))
    )
    return found
