"""Transport of Li⁺ in the electrolyte.

    single_ion:  c ≡ 1,  i_ion = −σ_ion ∇φ_ion

c  Li⁺ over its reference [1]      σ_ion  ionic conductivity [S/m]

In a single-ion conductor (a sulfide, a garnet) the anion lattice is fixed and electroneutrality
holds c at its reference; nothing diffuses. Source: Cao et al. 2023 (10.1002/adfm.202307998) for the
electrolyte; solver/theory.md for why the limit on the current comes from φ_ion.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SingleIon:
    """Single-ion conductor: no parameters, c = 1 everywhere."""

    @property
    def c_ion(self) -> float:
        """Concentration over its reference [1]."""
        return 1.0
