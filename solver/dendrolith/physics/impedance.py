"""Small signals e^{iωt} about a state whose lithium stands still: what adds to conduction.

    y   = a |∇m| {i₀ B′(η)/(1 + x/l_k) + Q(iω)^n}      between metal and electrolyte [S/m³]
    σ   = σ_ion + iω ε₀ε_r                             electrolyte [S/m]
    1/y_c = 1/[g_c + Q_c(iω)^{n_c}] + Z_D              ions at the counter electrode [Ω m²]
    Z_D = R_D coth√(iωτ_D)/√(iωτ_D),  or 1/(iωC_χ)     storage in it [Ω m²]

ω  angular frequency [1/s]     m(ξ)  metal fraction     a  access     x, l_k  of thin_interface.py
Q, n    constant phase element of the lithium surface; n = 1 is a capacitance
ε₀ε_r   permittivity [F/m]     g_c  conductance of the counter electrode's charge transfer [S/m²]
R_D, τ_D, C_χ  diffusion resistance, diffusion time and capacitance Q/|U′| of what stores

∫|∇m| dn = 1 across a front, so its charge transfer is i₀B′ and its double layer Q, whatever its
width, its threshold and how steep its motion makes it; derivation: solver/theory.md, "Impedance".
Source: Schönleber et al. 2014 (10.1016/j.electacta.2014.01.034) for the test of spectra; a constant
phase element, and diffusion to a blocking end, as in all texts. Deviation: the share of x/l_k.
"""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from dendrolith.core.declare import count, quantity
from dendrolith.core.sections import Section

VACUUM_PERMITTIVITY = 8.8541878128e-12  # F/m


@dataclass(frozen=True, slots=True)
class SmallSignal(Section):
    """What an impedance needs beyond the input of a run, and at which frequencies."""

    equation: ClassVar[str] = "y = a |∇m| {i₀ B′(η)/(1 + x/l_k) + Q(iω)^n}"

    double_layer: float = quantity(
        "F/m^2",
        "double layer Q of the lithium surface, at omega = 1/s where it is a constant phase",
        default=0.1,
        at_least=0,
        source="of the order of 1e-5 F/cm^2, an assumption",
    )
    double_layer_exponent: float = quantity(
        "1", "n of the double layer; 1: a capacitance", default=1.0, at_least=0.5, at_most=1
    )
    relative_permittivity: float = quantity(
        "1",
        "epsilon_r of the electrolyte",
        default=20.0,
        at_least=0,
        source="an assumption; below 1 MHz it shows where sigma_ion is below 1e-3 S/m",
    )
    counter_double_layer: float = quantity(
        "F/m^2", "double layer Q_c of the counter electrode", default=0.0, at_least=0
    )
    counter_exponent: float = quantity(
        "1", "n_c of that double layer", default=1.0, at_least=0.5, at_most=1
    )
    counter_capacitance: float | None = quantity(
        "F/m^2", "C_chi = Q/|U'| of a counter electrode that stores", default=None, above=0
    )
    diffusion_resistance: float | None = quantity(
        "Ohm m^2", "R_D of diffusion in the counter electrode", default=None, above=0
    )
    diffusion_time: float | None = quantity(
        "s", "tau_D of diffusion in the counter electrode", default=None, above=0
    )
    highest_frequency: float = quantity(
        "Hz", "first frequency of the sweep", default=1e6, above=0, at_most=1e12
    )
    lowest_frequency: float = quantity("Hz", "last frequency", default=1e-3, above=0)
    points_per_decade: int = count("frequencies a decade", default=10, at_least=1, at_most=100)

    @property
    def permittivity(self) -> float:
        """ε₀ε_r [F/m]."""
        return VACUUM_PERMITTIVITY * self.relative_permittivity

    @property
    def frequencies(self) -> list[float]:
        """Those of the sweep, falling [Hz]."""
        high, low = (math.log10(f) for f in (self.highest_frequency, self.lowest_frequency))
        steps = round((high - low) * self.points_per_decade)
        return [10 ** (high - (high - low) * k / max(steps, 1)) for k in range(steps + 1)]

    def interface(self, omega: float) -> complex:
        """Q(iω)^n [S/m²]."""
        return constant_phase(self.double_layer, self.double_layer_exponent, omega)

    def storage(self, omega: float) -> complex:
        """Z_D [Ω m²]."""
        if self.diffusion_resistance is not None and self.diffusion_time is not None:
            return self.diffusion_resistance * blocked_diffusion(omega * self.diffusion_time)
        if self.counter_capacitance is not None:
            return 1 / (1j * omega * self.counter_capacitance)
        return 0j

    def fast(self, omega: float, resistance: Any) -> Any:
        """1/[g_c + Q_c(iω)^{n_c}], of a resistance 1/g_c or an array of them [Ω m²]."""
        double = constant_phase(self.counter_double_layer, self.counter_exponent, omega)
        return resistance / (1 + resistance * double)

    def counter(self, omega: float, resistance: float) -> complex:
        """1/y_c, with the resistance 1/g_c of its charge transfer [Ω m²]."""
        return complex(self.fast(omega, resistance) + self.storage(omega))

    def conflicts(self, config: Any) -> list[tuple[str, str]]:
        """Frequencies that fall, and one kind of storage."""
        found = []
        if self.lowest_frequency > self.highest_frequency:
            found.append(("lowest_frequency", "is above highest_frequency"))
        for given, other in (
            ("diffusion_resistance", "diffusion_time"),
            ("diffusion_time", "diffusion_resistance"),
        ):
            if getattr(self, given) is not None and getattr(self, other) is None:
                found.append((given, f"needs {other} beside it"))
        if self.diffusion_resistance is not None and self.counter_capacitance is not None:
            found.append(("counter_capacitance", "is R_D's limit: give one of the two"))
        return found


@dataclass(frozen=True, slots=True)
class SpectraOverTime(SmallSignal):
    """A small signal around the running state, at output times."""

    _: KW_ONLY
    every: float = quantity("s", "interval of spectra, a multiple of output.every", above=0)

    def equations(self) -> list[tuple[str, str]]:
        """What reacts to it."""
        return [("impedance", self.equation)]

    def solved(self) -> str:
        """A phrase for the list of what is solved."""
        return f"a spectrum of {len(self.frequencies)} frequencies every {self.every:g} s"


def constant_phase(Q: float, n: float, omega: float) -> complex:
    """Q(iω)^n, its real part not below zero, which for n = 1 rounding would make it."""
    size, angle = Q * omega**n, n * math.pi / 2
    return complex(size * max(math.cos(angle), 0.0) if n < 1 else 0.0, size * math.sin(angle))


def blocked_diffusion(x: float) -> complex:
    """coth√(ix)/√(ix), diffusion up to a wall over its resistance [1]; x = ωτ_D."""
    root = complex(math.sqrt(x / 2), math.sqrt(x / 2))
    decay = math.e ** (-2 * root)
    return (1 + decay) / (1 - decay) / root
