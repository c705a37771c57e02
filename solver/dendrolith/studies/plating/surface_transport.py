"""Steps of the neutral lithium that moves along pore surfaces, explicit and sub-cycled.

The flux conserves ∫ξ exactly; the lithium inventory ∫m(ξ), which differs from it where surfaces
curve, is then restored by one multiplier on all surfaces that moved, in proportion to how far they
did. That correction is of second order in δ/R; pieces of lithium that are not connected share it.
"""

from __future__ import annotations

import logging
import math

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.errors import SolverDiverged
from dendrolith.core.parallel import global_max, integral
from dendrolith.fields.bind import bind, in_numbers
from dendrolith.physics.surface_transport import SurfaceMobility
from dendrolith.schemes.block import Block
from dendrolith.schemes.report import Report
from dendrolith.studies.plating.laws import Laws
from dendrolith.studies.plating.lithium_forms import LithiumForms

logger = logging.getLogger(__name__)

MAX_SUBSTEPS = 200
WHAT = "neutral lithium on pore surfaces"


class SurfaceTransport(Block):
    """Explicit conserved transport of ξ.

    Args:
        laws: of the cell.
        forms: of ∫ μ_ξ v.
        law: the mobility.
    """

    name = "surface transport"

    def __init__(self, laws: Laws, forms: LithiumForms, law: SurfaceMobility) -> None:
        self._f, self._laws, self._forms = laws.f, laws, forms
        f, mesh = laws.f, laws.f.state.domain
        self._comm = mesh.comm
        self._moved = laws.moves_after_the_reaction()
        v = ufl.TestFunction(f.scalar_space)
        self._law = bind(law, mesh)
        self._mu = fem.Function(f.scalar_space, name="mu_xi")
        self._flux = fem.form(self._law.flux(f.xi, f.rho, self._mu, v) * laws.m.dx)
        fraction = laws.lithium.fraction(f.xi)
        self._inventory = fem.form(fraction * laws.m.nodes)
        self._b = compat.create_vector(forms.surface_tension)
        self._g = self._b.duplicate()
        self._volume = forms.nodal_volume.array.copy()
        self._largest_rate = self._stiffest_rate()
        logger.info(
            "  surface    neutral lithium is moved in sub-steps of %.2g s: steps up to %.2g s",
            1 / self._largest_rate,
            self.longest_step,
        )

    def _stiffest_rate(self) -> float:
        """Gershgorin bound of M_s κ (∇²)² and M_s W ∇² on this mesh [1/s]."""
        lithium, M_0 = in_numbers(self._laws.lithium), in_numbers(self._law).surface_mobility
        K = compat.create_matrix(self._forms.surface_stiffness)
        compat.assemble_matrix(K, self._forms.surface_stiffness)
        diagonal: PETSc.Vec = K.getDiagonal()
        kappa_lambda = 2 * global_max(self._comm, diagonal.array / self._volume)
        K.destroy()
        kappa_lambda *= in_numbers(self._laws.surface).stiffest
        return float(M_0 * kappa_lambda / lithium.kappa * (kappa_lambda + 2 * lithium.W))

    @property
    def longest_step(self) -> float:
        """Step that takes `MAX_SUBSTEPS` [s]."""
        return MAX_SUBSTEPS / self._largest_rate

    def advance(self, dt: float) -> Report:
        """Move lithium for `dt` [s].

        Raises:
            SolverDiverged: more than `MAX_SUBSTEPS` sub-steps would be needed.
        """
        substeps = math.ceil(dt * self._largest_rate)
        if substeps > MAX_SUBSTEPS:
            raise SolverDiverged(
                WHAT,
                f"{substeps} sub-steps needed for dt = {dt:.1e} s: a smaller step helps, or a "
                "smaller pores.surface_mobility",
            )
        xi, middle, owned = self._f.xi, self._f.xi_middle.x.array, self._volume.size
        before, inventory = xi.x.array[:owned].copy(), integral(self._inventory)
        of_the_step = middle.copy()  # with which currents are read
        for _ in range(substeps):
            self._chemical_potential()
            compat.assemble_vector(self._b, self._flux)
            xi.x.array[:owned] += dt / substeps * self._b.array / self._volume
            xi.x.scatter_forward()
        middle[:] = of_the_step
        self._restore_inventory(before, inventory)
        self._moved[:owned] = xi.x.array[:owned] - before
        change = global_max(self._comm, np.abs(self._moved))
        if not math.isfinite(change):
            raise SolverDiverged(WHAT, "the change is not finite")
        return Report(change)

    def _chemical_potential(self) -> None:
        owned, f = self._volume.size, self._f
        f.xi_middle.x.array[:] = f.xi.x.array  # which the forms are written on
        compat.assemble_vector(self._b, self._forms.surface_tension)
        compat.assemble_vector(self._g, self._forms.driving_force)
        self._mu.x.array[:owned] = (self._b.array + self._g.array) / self._volume
        self._mu.x.scatter_forward()

    def _restore_inventory(self, before: npt.NDArray[np.float64], inventory: float) -> None:
        """Bring ∫m(ξ) back to `inventory` by a multiplier on |Δξ| (secant iteration)."""
        xi, owned = self._f.xi, self._volume.size
        moved = np.abs(xi.x.array[:owned] - before)
        base = xi.x.array[:owned].copy()
        lam, error = 0.0, integral(self._inventory) - inventory
        trial = -1e-3 * math.copysign(1.0, error)
        for _ in range(30):
            if abs(error) <= 1e-14 * abs(inventory):
                return
            xi.x.array[:owned] = base + trial * moved
            xi.x.scatter_forward()
            new_error = integral(self._inventory) - inventory
            if new_error == error:
                break
            step = new_error * (trial - lam) / (new_error - error)
            lam, trial, error = trial, trial - step, new_error
        if not abs(error) <= 1e-12 * abs(inventory):
            raise SolverDiverged(WHAT, f"the inventory is off by {error:.1e}")
