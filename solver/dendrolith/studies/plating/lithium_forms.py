"""What the schemes need of lithium as compiled forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ufl
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.fields.kept_vector import KeptVector
from dendrolith.physics.interpolation import Expr


@dataclass(frozen=True, slots=True)
class LithiumForms:
    """Forms of ∫ μ_ξ v at ξ* and of their mesh error.

    Attributes:
        driving_force: ∫ μ_ξ v without the part of the surface energy [J, in 2-D J/m].
        forces: the same without the well, which is a matter of the nodes; empty: there is none.
        surface_tension: the part of the surface energy.
        surface_stiffness: κ ∫ ∇ξ·∇v, isotropic.
        mesh_error: ∫ (h²/12) ∇t·∇v, what the mesh makes of a tension t too small.
        nodal_volume: ∫ v at the vertices: the volume of each node [m³, in 2-D m²].
    """

    driving_force: fem.Form
    forces: Sequence[KeptVector]
    surface_tension: fem.Form
    surface_stiffness: fem.Form
    mesh_error: fem.Form
    nodal_volume: PETSc.Vec


def mesh_error(t: Expr, v: Expr) -> Expr:
    """(h²/12) ∇t·∇v, with h the edge of the square or cube that a simplex is cut from."""
    mesh = ufl.domain.extract_unique_domain(t)
    size = abs(ufl.JacobianDeterminant(mesh))
    return size ** (2 / mesh.geometric_dimension()) / 12 * ufl.inner(ufl.grad(t), ufl.grad(v))
