"""Initial fields: lithium from its shape, pores from theirs, relaxed by Cahn–Hilliard."""

from __future__ import annotations

import logging

import ufl
from dolfinx import fem
from petsc4py import PETSc

from dendritex import compat
from dendritex.microstructure.seeds import InitialLithium
from dendritex.microstructure.voids import Balls, random_pores
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


def _tell(pores: Balls, wanted_spread: float) -> None:
    """Say what the few pores of a small cell make of the wanted spread."""
    mean, spread = 2 * pores.radii.mean(), pores.radii.std() / pores.radii.mean()
    logger.info(
        "  pores      %d, mean %.3g um, spread %.2g (wanted %.2g; fraction and mean are exact)",
        len(pores.radii), 1e6 * mean, spread, wanted_spread,
    )  # fmt: skip


def relax_pores(cell: Cell) -> None:
    """Let the pore walls relax: Cahn–Hilliard, linearly stabilised (Eyre), mean ρ kept exactly.

        (ρ⁺ − ρ)/Δt = ∇²μ (M = 1),   μ = f_ρ′(ρ) + W_ρ(ρ⁺ − ρ) − κ_ρ∇²ρ⁺

    Scaled with δ_ρ and W_ρ, and with μ eliminated by the diagonal mass m (K the stiffness):

        [m + Δt K + Δt κ K m⁻¹ K] ρ⁺ = m ρ − Δt K m⁻¹ ∫(f_ρ′ − ρ)v

    Symmetric, positive definite and for so short a time well conditioned: CG, in 3-D as well.
    """
    assert cell.config.pores is not None
    rho, walls = cell.state.rho, cell.config.pores.walls
    kappa = walls.kappa_rho / (walls.W_rho * walls.wall_width**2)
    dt = RELAXATION_TIME / RELAXATION_STEPS
    test = ufl.TestFunction(cell.state.scalar_space)
    old = ufl.variable(rho)
    bound = bind(walls, cell.cell_mesh.mesh)
    slope = ufl.diff(bound.bulk_energy(old), old) / bound.W_rho
    slope_form = fem.form((slope - rho) * test * cell.nodes)

    mass, K = cell.nodal_volume, _scaled_stiffness(cell, walls.wall_width**2)
    A, K_over_m = _relaxation_matrix(K, mass, dt, kappa)
    ksp = _conjugate_gradients(A)
    slopes = compat.create_vector(slope_form)
    right, x = slopes.duplicate(), slopes.duplicate()
    for _ in range(RELAXATION_STEPS):
        compat.assemble_vector(slopes, slope_form)
        K_over_m.mult(slopes, right)
        x.array[:] = rho.x.array[: x.array.size]
        right.array[:] = mass.array * x.array - dt * right.array
        ksp.solve(right, x)
        rho.x.array[: x.array.size] = x.array
        rho.x.scatter_forward()
    for thing in (ksp, A, K, K_over_m, slopes, right, x):
        thing.destroy()


def _scaled_stiffness(cell: Cell, scale: float) -> PETSc.Mat:
    """∫ ∇u·∇v times `scale`."""
    space = cell.state.scalar_space
    trial, test = ufl.TrialFunction(space), ufl.TestFunction(space)
    form = fem.form(ufl.inner(ufl.grad(trial), ufl.grad(test)) * cell.dx)
    K = compat.create_matrix(form)
    compat.assemble_matrix(K, form)
    K.scale(scale)
    return K


def _relaxation_matrix(
    K: PETSc.Mat, mass: PETSc.Vec, dt: float, kappa: float
) -> tuple[PETSc.Mat, PETSc.Mat]:
    """The matrices m + Δt K + Δt κ K m⁻¹ K and K m⁻¹."""
    inverse = mass.copy()
    inverse.reciprocal()
    K_over_m = K.copy()
    K_over_m.diagonalScale(R=inverse)
    A = K_over_m.matMult(K)
    A.scale(dt * kappa)
    A.axpy(dt, K)
    A.setDiagonal(mass, addv=PETSc.InsertMode.ADD_VALUES)
    A.assemble()
    inverse.destroy()
    return A, K_over_m


def _conjugate_gradients(A: PETSc.Mat) -> PETSc.KSP:
    """CG to round-off; the guess is the last step."""
    ksp = PETSc.KSP().create(A.comm)
    ksp.setOptionsPrefix("relax_")
    ksp.setType("cg")
    ksp.getPC().setType("jacobi")
    ksp.setTolerances(rtol=1e-13, max_it=500)
    ksp.setInitialGuessNonzero(True)
    ksp.setErrorIfNotConverged(True)
    ksp.setOperators(A)
    return ksp
