"""Transport of Li⁺ in the electrolyte: single-ion conductor or binary electrolyte.

    single ion:  c ≡ 1                    i_ion = −σ_ion ∇φ_ion
    binary:      ∇·i_ion = −i,  i_ion = −σ_ion [ĉ ∇φ_ion + (2t₊ − 1)(RT/F) ∇c]
                 F c₀ ∂c/∂t = ∇·{ (1 − t₊) σ_ion [(RT/F) ∇c − ĉ ∇φ_ion] }
    σ_ion = F²c₀(D₊ + D₋)/RT at c = 1     t₊ = D₊/(D₊ + D₋)
    right: c = 1                          elsewhere: no anion flux
    lithium rests, B(η) = 0, at           η = (RT/F) ln ĉ

c  Li⁺ (and anion) over its reference [1]   c₀  reference concentration [mol/m³]
t₊ transference number of Li⁺ [1]           σ_ion  ionic conductivity at c = 1 [S/m]
ĉ  c kept above `CONCENTRATION_FLOOR`, so that no Newton iterate loses its conductivity [1]

In a single-ion conductor (a sulfide, a garnet) the anion lattice is fixed and electroneutrality
holds c at its reference. The binary form is Nernst–Planck with electroneutrality; its second
equation is that of the anions, which do not react: the cations' equation less the charge balance
(solver/theory.md). With t₊ → 1 it leaves c = 1, the single-ion conductor. Source: Chen et al. 2015
(10.1016/j.jpowsour.2015.09.055) for the binary electrolyte; Cao et al. 2023
(10.1002/adfm.202307998) for the solid one.
"""

from dataclasses import dataclass
from typing import ClassVar

import ufl

from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.core.declare import quantity
from dendrolith.core.sections import Section
from dendrolith.physics.interpolation import Expr
from dendrolith.physics.ionic_potential import conduction

CONCENTRATION_FLOOR = 1e-6


@dataclass(frozen=True, slots=True)
class SingleIon:
    """A single-ion conductor: the anions are fixed, and so is the concentration.

    Attributes:
        components: unknowns of the charge balances at a node: both potentials.
    """

    components = 2

    def concentration(self, unknown: Expr) -> Expr:
        """Return c ≡ 1 [1]."""
        return 1.0

    def conducting(self, unknown: Expr) -> Expr:
        """What σ_ion is multiplied by, 1 [1]."""
        return 1.0

    def at_rest(self, unknown: Expr, T: Expr) -> Expr:
        """The η at which lithium rests, 0 [V]."""
        return 0.0

    def ions(self, unknown: Expr, v: Expr, *, sigma_ion: Expr, T: Expr) -> Expr:
        """Weak form of ∇·i_ion."""
        return conduction(unknown[1], v, sigma_ion=sigma_ion)

    def anion_storage(self, c_rate: Expr, q: Expr) -> Expr:
        """None: the anions are fixed."""
        return 0

    def anion_transport(
        self, c_ion: Expr, phi_ion: Expr, q: Expr, *, sigma_ion: Expr, T: Expr
    ) -> Expr:
        """None: the anions are fixed."""
        return 0


@dataclass(frozen=True, slots=True)
class BinaryElectrolyte(Section):
    """Parameters of a binary electrolyte; its absence means a single-ion conductor."""

    equation: ClassVar[str] = "F c₀ ∂c/∂t = ∇·{ (1 − t₊) σ_ion [(RT/F) ∇c − ĉ ∇φ_ion] }"
    ion_equation: ClassVar[str] = "∇·i_ion = −i,  i_ion = −σ_ion [ĉ ∇φ_ion + (2t₊ − 1)(RT/F) ∇c]"

    transference_number: float = quantity(
        "1", "transference number t_plus of Li+", above=0, at_most=1
    )
    reference_concentration: float = quantity(
        "mol/m^3", "concentration c0 of Li+ at the counter electrode", above=0
    )

    @property
    def components(self) -> int:
        """Unknowns of the charge balances at a node: both potentials and the concentration."""
        return 3

    def concentration(self, unknown: Expr) -> Expr:
        """Return c, the last of (φ_el, φ_ion, c) [1]."""
        return unknown[2]

    def conducting(self, unknown: Expr) -> Expr:
        """What σ_ion is multiplied by, ĉ [1]."""
        return floored(self.concentration(unknown))

    def at_rest(self, unknown: Expr, T: Expr) -> Expr:
        """The η at which lithium rests, (RT/F) ln ĉ [V]."""
        return thermal_voltage(T) * ufl.ln(self.conducting(unknown))

    def ions(self, unknown: Expr, v: Expr, *, sigma_ion: Expr, T: Expr) -> Expr:
        """Weak form of ∇·i_ion."""
        phi_ion, c = unknown[1], unknown[2]
        return conduction(phi_ion, v, sigma_ion=sigma_ion * floored(c)) + self.diffusion_current(
            c, v, sigma_ion=sigma_ion, T=T
        )

    def diffusion_current(self, c_ion: Expr, v: Expr, *, sigma_ion: Expr, T: Expr) -> Expr:
        """Weak form of −∇·[σ_ion (2t₊ − 1)(RT/F) ∇c], the diffusion part of ∇·i_ion."""
        share = 2 * self.transference_number - 1
        return sigma_ion * share * thermal_voltage(T) * ufl.inner(ufl.grad(c_ion), ufl.grad(v))

    def anion_storage(self, c_rate: Expr, q: Expr) -> Expr:
        """F c₀ ∂c/∂t q [A/m³]."""
        return FARADAY * self.reference_concentration * c_rate * q

    def anion_transport(
        self, c_ion: Expr, phi_ion: Expr, q: Expr, *, sigma_ion: Expr, T: Expr
    ) -> Expr:
        """Weak form of −∇·{(1 − t₊) σ_ion [(RT/F) ∇c − ĉ ∇φ_ion]}."""
        flux = thermal_voltage(T) * ufl.grad(c_ion) - floored(c_ion) * ufl.grad(phi_ion)
        return (1 - self.transference_number) * sigma_ion * ufl.inner(flux, ufl.grad(q))

    def equations(self) -> list[tuple[str, str]]:
        """Those of the ions and of the anions."""
        return [("ions", self.ion_equation), ("anions", self.equation)]

    def solved(self) -> str:
        """A phrase for the list of what is solved."""
        return "binary electrolyte"

    def unknowns(self, dim: int) -> int:
        """The concentration c."""
        return 1


def floored(c_ion: Expr) -> Expr:
    """Return ĉ [1]."""
    return ufl.max_value(c_ion, CONCENTRATION_FLOOR)


def thermal_voltage(T: Expr) -> Expr:
    """RT/F [V]."""
    return GAS_CONSTANT * T / FARADAY
