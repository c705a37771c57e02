"""Damage of the electrolyte by the stress in it (AT1 or AT2), one pass a step beside the lithium.

    min over d ≥ d of the last step of  ∫ g(d) w_E ψ⁺ + (G_c/c_w)[w(d)/ℓ + ℓ|∇d|²]
    E_E → g(d) E_E,  σ_ion,E → g(d) σ_ion,E        w_E = (1 − h(ξ)) s(ρ)

w_E  electrolyte fraction [1]. Stress carries g on all of its electrolyte part, and only ψ⁺ drives
damage (hybrid formulation, Ambati et al. 2015, 10.1007/s00466-014-1109-y): equilibrium stays
linear. A crack that would jump takes several steps to run.
"""

from __future__ import annotations

import ufl
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.physics.fracture import Fracture
from dendrolith.schemes.block import Block
from dendrolith.schemes.report import Report
from dendrolith.solvers.bounded import BoundedSolver
from dendrolith.studies.plating.laws import Laws

# Error of d that counts as zero: to PETSc, so close to its bound a value is at its bound.
NEGLIGIBLE = 1e-8


class Damage(Block):
    """Advances d at the strain for which the stress was last solved.

    Args:
        laws: of the cell, with mechanics.
        law: of damage, bound.
        nodal_volume: of each node [m³, in 2-D m²].
    """

    name = "damage"

    def __init__(self, laws: Laws, law: Fracture, nodal_volume: PETSc.Vec) -> None:
        d = self._d = laws.f.state["d"]
        self._sound = fem.Function(d.function_space)
        broken = fem.Function(d.function_space)
        broken.x.array[:] = 1.0
        for _ in laws.closed:  # the access is known: a separator does not break
            broken.x.array[laws.f.access.x.array == 0] = 0.0
        opening = sum(mechanics.opening_energy for mechanics in laws.mechanics)
        for factor in laws.stiffness_factors:
            opening = factor * opening
        # vertex quadrature, as all terms without gradients: bounds are then not overshot
        local, gradient = law.local_energy(d), law.gradient_energy(d)
        for factor in laws.toughness_factors:
            local, gradient = factor * local, factor * gradient
        energy = (law.degradation(d) * opening + local) * laws.m.nodes + gradient * laws.m.dx
        residual = ufl.derivative(energy, d)
        scale = float(law.toughness) / float(law.length) * nodal_volume.norm()
        self._solver = BoundedSolver(
            d,
            fem.form(residual),
            fem.form(ufl.derivative(residual, d)),
            lower=self._sound,
            upper=broken,
            what="damage of the electrolyte",
            prefix="damage_",
            negligible=NEGLIGIBLE * scale,
        )

    def advance(self, dt: float) -> Report:
        """Break what the stress breaks.

        Raises:
            SolverDiverged: no minimum was found.
        """
        self._sound.x.array[:] = self._d.x.array
        return Report(numbers=self._solver.solve())

    def close(self) -> None:
        """Free the PETSc objects."""
        self._solver.destroy()
