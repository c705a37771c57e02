"""Bulk properties of one phase: lithium, electrolyte or pore."""

from dataclasses import dataclass

from dendrolith.core.declare import borrowed, quantity

IONS_IN_METAL = 1e-4  # of the electrolyte's ionic conductivity, where an input does not say


@dataclass(frozen=True, slots=True)
class Phase:
    """Properties of a homogeneous phase, isotropic."""

    ionic_conductivity: float = quantity("S/m", "ionic conductivity sigma_ion", above=0)
    electronic_conductivity: float = quantity("S/m", "electronic conductivity sigma_el", above=0)
    young_modulus: float = quantity("Pa", "Young's modulus E", above=0)
    poisson_ratio: float = quantity("1", "Poisson's ratio nu", above=-1, below=0.5)


@dataclass(frozen=True, slots=True)
class Metal:
    """Properties of lithium metal, isotropic; its ionic conductivity is a regularisation."""

    electronic_conductivity: float = borrowed(Phase, "electronic_conductivity")
    young_modulus: float = borrowed(Phase, "young_modulus")
    poisson_ratio: float = borrowed(Phase, "poisson_ratio")
    ionic_conductivity: float | None = quantity(
        "S/m",
        "ionic conductivity sigma_ion, a regularisation: lithium conducts no ions (default: 1e-4 "
        "of the electrolyte's)",
        default=None,
        above=0,
    )

    def beside(self, electrolyte: Phase) -> Phase:
        """The metal as it is solved in a cell with this electrolyte."""
        return Phase(
            self.ionic_conductivity or IONS_IN_METAL * electrolyte.ionic_conductivity,
            self.electronic_conductivity,
            self.young_modulus,
            self.poisson_ratio,
        )
