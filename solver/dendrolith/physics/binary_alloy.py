"""Composition of a binary alloy that demixes: Cahn–Hilliard.

    ∂c/∂t = ∇·(M ∇μ),  μ = f_chem′(c) − κ ∇²c,  f_chem = ϱ_s (c − c_α)² (c_β − c)²

c  composition [1]      c_α, c_β  those of the two phases [1]      ϱ_s  height of the barrier [1]
κ  gradient coefficient [1]      M  mobility [1]

Nothing has a unit: lengths, times and energies are those of the benchmark. Source and values:
PFHub benchmark 1, Jokisaari et al. 2017 (10.1016/j.commatsci.2016.09.022). Deviations: none.
"""

from dataclasses import dataclass
from typing import ClassVar

import ufl

from dendrolith.core.declare import quantity
from dendrolith.core.sections import Section
from dendrolith.physics.interpolation import Expr

BENCHMARK = "PFHub benchmark 1, Jokisaari et al. 2017, 10.1016/j.commatsci.2016.09.022"


@dataclass(frozen=True, slots=True)
class BinaryAlloy(Section):
    """Parameters of the free energy and of the mobility."""

    equation: ClassVar[str] = (
        "∂c/∂t = ∇·(M ∇μ),  μ = f_chem′(c) − κ ∇²c,  f_chem = ϱ_s (c − c_α)² (c_β − c)²"
    )

    c_alpha: float = quantity("1", "composition of phase alpha", default=0.3, source=BENCHMARK)
    c_beta: float = quantity("1", "composition of phase beta", default=0.7, source=BENCHMARK)
    rho_s: float = quantity(
        "1", "height rho_s of the barrier", default=5.0, above=0, source=BENCHMARK
    )
    kappa: float = quantity(
        "1", "gradient coefficient kappa", default=2.0, above=0, source=BENCHMARK
    )
    mobility: float = quantity("1", "mobility M", default=5.0, above=0, source=BENCHMARK)

    @property
    def stabilisation(self) -> Expr:
        """S = ϱ_s (c_β − c_α)²: half of the largest f_chem″ between the phases [1]."""
        return self.rho_s * (self.c_beta - self.c_alpha) ** 2

    @property
    def gradient_coefficient(self) -> Expr:
        """κ [1]."""
        return self.kappa

    @property
    def interface_width(self) -> float:
        """Width of a flat interface, √(2κ/ϱ_s)·2/(c_β − c_α) [1]."""
        return float((2 * self.kappa / self.rho_s) ** 0.5 * 2 / (self.c_beta - self.c_alpha))

    def bulk_energy(self, c: Expr) -> Expr:
        """f_chem [1]."""
        return self.rho_s * (c - self.c_alpha) ** 2 * (self.c_beta - c) ** 2

    def gradient_energy(self, c: Expr) -> Expr:
        """½ κ |∇c|² [1]."""
        return self.kappa / 2 * ufl.inner(ufl.grad(c), ufl.grad(c))

    def equations(self) -> list[tuple[str, str]]:
        """That of the composition."""
        return [("composition", self.equation)]

    def conflicts(self, config: object) -> list[tuple[str, str]]:
        """The two phases must differ, and be named in order."""
        if self.c_alpha < self.c_beta:
            return []
        return [("c_beta", f"is not above c_alpha = {self.c_alpha:g}")]

    def solved(self) -> str:
        """A phrase for the list of what is solved."""
        return "composition (Cahn–Hilliard)"

    def unknowns(self, dim: int) -> int:
        """Composition c."""
        return 1
