"""A spectrum: an impedance at each frequency, and the table of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]

AREAL, ABSOLUTE = "Ohm m^2", "Ohm"


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Frequencies and impedances.

    Attributes:
        name: what it is called beside others.
        frequency: (n,) falling [Hz].
        impedance: (n,) in `unit`.
        unit: `AREAL`, or `ABSOLUTE` where no area is known.
    """

    name: str
    frequency: FloatArray
    impedance: ComplexArray
    unit: str = AREAL

    @property
    def omega(self) -> FloatArray:
        """(n,) angular frequency [1/s]."""
        return 2 * np.pi * self.frequency

    def table(self, residual: FloatArray) -> tuple[list[str], FloatArray]:
        """Header and rows of its table.

        Args:
            residual: (n,) of the test of Kramers and Kronig [1].
        """
        names = ("impedance_real", "impedance_imaginary")
        header = ["frequency [Hz]", *(f"{name} [{self.unit}]" for name in names), "kk_residual [1]"]
        columns = (self.frequency, self.impedance.real, self.impedance.imag, residual)
        return header, np.column_stack(columns)


def spectrum_of(
    name: str, frequency: Sequence[float], impedance: Sequence[complex], unit: str = AREAL
) -> Spectrum:
    """A spectrum, its frequencies falling."""
    f, z = np.asarray(frequency, dtype=float), np.asarray(impedance, dtype=complex)
    order = np.argsort(-f, kind="stable")
    return Spectrum(name, f[order], z[order], unit)
