"""A spectrum: an impedance at each frequency, and the table of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dendrolith.core.errors import ConfigError

FloatArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]

PARTS = ("impedance_real", "impedance_imaginary")  # columns of Z, without their unit
AREAL, ABSOLUTE = "Ohm m^2", "Ohm"


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Frequencies and impedances.

    Attributes:
        name: what it is called beside others.
        frequency: (n,) falling [Hz].
        impedance: (n,) in `unit`.
        unit: `AREAL`, or `ABSOLUTE` where no area is known.
        anode: (n,) part between the anode and a reference electrode; (0,) without one.
    """

    name: str
    frequency: FloatArray
    impedance: ComplexArray
    unit: str = AREAL
    anode: ComplexArray = field(default_factory=lambda: np.empty(0, dtype=complex))

    @property
    def omega(self) -> FloatArray:
        """(n,) angular frequency [1/s]."""
        return 2 * np.pi * self.frequency

    def absolute(self, area: float) -> Spectrum:
        """That of a whole electrode, in Ω, of a spectrum per area.

        Args:
            area: of the electrode [m²].
        """
        whole = (self.impedance / area, ABSOLUTE, self.anode / area)
        return Spectrum(self.name, self.frequency, *whole)

    def without(self, leads: float) -> Spectrum:
        """That between the electrodes.

        Args:
            leads: resistance in series, in `unit`.

        Raises:
            ConfigError: the leads are more than all of it.
        """
        least = float(self.impedance.real.min())
        if leads >= least:
            raise ConfigError(
                f"{self.name}: Re Z is {least:.4g} {self.unit} at least, and --leads {leads:.4g}"
            )
        return Spectrum(self.name, self.frequency, self.impedance - leads, self.unit)

    def table(self, residual: FloatArray) -> tuple[list[str], FloatArray]:
        """Header and rows of its table.

        Args:
            residual: (n,) of the test of Kramers and Kronig [1].
        """
        whole = {"": self.impedance}
        if self.anode.size:
            whole |= {"anode_": self.anode, "counter_": self.impedance - self.anode}
        names = [f"{kind}{part}" for kind in whole for part in PARTS]
        header = ["frequency [Hz]", *(f"{name} [{self.unit}]" for name in names), "kk_residual [1]"]
        parts = [part for z in whole.values() for part in (z.real, z.imag)]
        return header, np.column_stack([self.frequency, *parts, residual])


def spectrum_of(
    name: str,
    frequency: Sequence[float],
    impedance: Sequence[complex],
    unit: str = AREAL,
    *,
    anode: Sequence[complex] = (),
) -> Spectrum:
    """A spectrum, its frequencies falling."""
    f, z = np.asarray(frequency, dtype=float), np.asarray(impedance, dtype=complex)
    part, order = np.asarray(anode, dtype=complex), np.argsort(-f, kind="stable")
    return Spectrum(name, f[order], z[order], unit, part[order] if part.size else part)
