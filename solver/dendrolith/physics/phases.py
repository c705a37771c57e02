"""Bulk properties of one phase: lithium, electrolyte or pore."""

from dataclasses import dataclass

from dendrolith.core.declare import quantity


@dataclass(frozen=True, slots=True)
class Phase:
    """Properties of a homogeneous phase, isotropic."""

    ionic_conductivity: float = quantity("S/m", "ionic conductivity sigma_ion", above=0)
    electronic_conductivity: float = quantity("S/m", "electronic conductivity sigma_el", above=0)
    young_modulus: float = quantity("Pa", "Young's modulus E", above=0)
    poisson_ratio: float = quantity("1", "Poisson's ratio nu", above=-1, below=0.5)
