"""What the schemes need of lithium as compiled forms."""

from __future__ import annotations

from dataclasses import dataclass

from dolfinx import fem
from petsc4py import PETSc


@dataclass(frozen=True, slots=True)
class LithiumForms:
    """Forms of ∫ μ_ξ v at ξ* and of the lithium content.

    Attributes:
        driving_force: ∫ μ_ξ v without the part of the surface energy [J, in 2-D J/m].
        surface_tension: the part of the surface energy.
        surface_stiffness: κ ∫ ∇ξ·∇v, isotropic.
        mass: ∫ ξ v, integrated in the cells [m³, in 2-D m²].
        content: ∫ c_Li m(ξ) [mol, in 2-D mol/m].
        in_electrolyte: the same beyond the initial surface of the foil.
        nodal_volume: ∫ v at the vertices: the volume of each node [m³, in 2-D m²].
    """

    driving_force: fem.Form
    surface_tension: fem.Form
    surface_stiffness: fem.Form
    mass: fem.Form
    content: fem.Form
    in_electrolyte: fem.Form
    nodal_volume: PETSc.Vec
