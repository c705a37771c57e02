"""Initial fields: lithium from its shape, pores from theirs, relaxed by Cahn–Hilliard."""

from __future__ import annotations

import logging

import numpy as np
import ufl
from dolfinx import fem
from petsc4py import PETSc

from dendritex import compat
from dendritex.microstructure.seeds import InitialLithium
from dendritex.microstructure.voids import Discs, random_pores
from dendritex.model.bind import bind
from dendritex.model.cell import Cell

logger = logging.getLogger(__name__)

RELAXATION_STEPS = 10
RELAXATION_TIME = 0.1  # in δ_ρ²/(M W_ρ): walls find their profile, nothing coarsens


def initialise(cell: Cell) -> None:
    """Fill ξ, ρ and the collector's potential of the cell's state."""
    config, state = cell.config, cell.state
    lithium = InitialLithium(config.geometry, config.protrusions)
    delta = config.lithium_metal.interface_width
    state.xi.interpolate(lambda x: lithium.order_parameter(x, delta))
    if config.pores is None:
        state.rho.x.array[:] = 1.0
    else:
        pores = random_pores(config.geometry, config.pores, lithium.distance)
        _tell(pores, config.pores.diameter_spread)
        state.rho.interpolate(lambda x: pores.order_parameter(x, config.pores.walls.wall_width))
        relax_pores(cell)
    state.accept()


def _tell(pores: Discs, wanted_spread: float) -> None:
    """Say what the few pores of a small cell make of the wanted spread."""
    mean, spread = 2 * pores.radii.mean(), pores.radii.std() / pores.radii.mean()
    logger.info(
        "  pores      %d, mean %.3g um, spread %.2g (wanted %.2g; fraction and mean are exact)",
        len(pores.radii), 1e6 * mean, spread, wanted_spread,
    )  # fmt: skip


def relax_pores(cell: Cell) -> None:
    """Let the pore walls relax: Cahn–Hilliard, linearly stabilised (Eyre), mean ρ kept exactly.

        (ρ⁺ − ρ)/Δt = ∇²μ (M = 1),   μ = f_ρ′(ρ) + W_ρ(ρ⁺ − ρ) − κ_ρ∇²ρ⁺

    One constant matrix, factorised once: this happens before the run, not in it.
    """
    assert cell.config.pores is not None
    rho, domain = cell.state.rho, cell.cell_mesh.mesh
    walls = bind(cell.config.pores.walls, domain)
    # scaled with δ_ρ and W_ρ so that both unknowns are of order one
    scale = walls.wall_width**2
    kappa = walls.kappa_rho / (walls.W_rho * scale)
    dt = fem.Constant(domain, RELAXATION_TIME / RELAXATION_STEPS)

    space = fem.functionspace(domain, ("Lagrange", 1, (2,)))
    trial, test = ufl.TrialFunction(space), ufl.TestFunction(space)
    (r, m), (q, w) = (trial[0], trial[1]), (test[0], test[1])
    lumped, dx = cell.nodes, cell.dx
    old = ufl.variable(rho)
    slope = ufl.diff(walls.bulk_energy(old), old) / walls.W_rho
    a = (
        (r * q * lumped + dt * scale * ufl.inner(ufl.grad(m), ufl.grad(q)) * dx)
        + (m - r) * w * lumped
        - kappa * scale * ufl.inner(ufl.grad(r), ufl.grad(w)) * dx
    )
    L = rho * q * lumped + (slope - rho) * w * lumped
    a_form, L_form = fem.form(a), fem.form(L)
    A, b = compat.create_matrix(a_form), compat.create_vector(L_form)
    compat.assemble_matrix(A, a_form)
    x = b.duplicate()
    ksp = PETSc.KSP().create(domain.comm)
    ksp.setOptionsPrefix("relax_")
    ksp.setType("preonly")
    ksp.getPC().setType("lu")
    ksp.getPC().setFactorSolverType("mumps")
    ksp.setOperators(A)
    owned = cell.state.scalar_space.dofmap.index_map.size_local
    for _ in range(RELAXATION_STEPS):
        compat.assemble_vector(b, L_form)
        ksp.solve(b, x)
        rho.x.array[:owned] = np.asarray(x.array)[0::2]
        rho.x.scatter_forward()
    for thing in (ksp, A, b, x):
        thing.destroy()
