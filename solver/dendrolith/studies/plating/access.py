"""Ionic access of the nodes, and whether the kinetics are bounded where lithium reacts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from dolfinx.fem import petsc as fem_petsc
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.core.parallel import global_max
from dendrolith.fields.bind import in_numbers
from dendrolith.observables.nodal import solid
from dendrolith.physics.kinetics import EXPONENT_BOUND
from dendrolith.physics.lithium_metal import CLOSED_TO_LITHIUM
from dendrolith.schemes.block import Block
from dendrolith.studies.plating.laws import Laws
from dendrolith.studies.plating.schema import ACCESS_ACCESSIBLE, ACCESS_BLOCKED

FloatArray = npt.NDArray[np.float64]

SMALLEST_OPEN_PART = 1e-6  # of a node, above round-off and below that of any node of an open cell


class PoreAccess(Block):
    """Keeps a at the nodes and ψ in the cells; pores that evolve `update` them.

    A blocked pore ends at ρ = 0. ψ = 1 in cells whose nodes all have ρ > 0, else 0, and a = 1 at
    the nodes of open cells. Lithium has surface energy in open cells alone: its surface meets the
    wall at a right angle. So do layers that are closed to it. Else ψ = 1; a = 1 where pores are
    accessible, s(ρ) where lithium moves along walls.

    Args:
        laws: of the cell.
        volume: of each node [m³, in 2-D m²].
        access: how lithium enters a pore; None: there is none.

    Attributes:
        values: (n_owned,) a [1].
        open_volume: (n_owned,) ∫ψ v, of closed nodes their whole volume [m³, in 2-D m²].
        mobility: (n_owned,) a over the open part of the node, no less than `CLOSED_TO_LITHIUM` [1].
        moves: how often the walls have moved.
    """

    name = "access"

    def __init__(self, laws: Laws, volume: PETSc.Vec, access: str | None) -> None:
        self._f, self._volume, self._access = laws.f, volume.array.copy(), access
        self._closed = laws.closed
        v = ufl.TestFunction(laws.f.scalar_space)
        self._open_volume = fem.form(laws.f.open_part * v * laws.m.nodes)
        self._cracks, self._openings = laws.crack_access, laws.openings
        self._base: FloatArray = np.ones_like(laws.f.access.x.array)
        self.values: FloatArray = np.ones(len(self._volume))
        self.mobility: FloatArray = np.ones(len(self._volume))
        self.open_volume: FloatArray = self._volume.copy()
        self.moves = 0
        self.update()

    def update(self) -> None:
        """Evaluate them at the present pores (collective)."""
        rho, access = self._f.rho.x.array, self._f.access.x
        self.moves += 1
        part: FloatArray = np.ones(len(self._volume))
        if self._access == ACCESS_BLOCKED or self._closed:
            part = self._open_parts()
            access.array[: len(part)] = part > SMALLEST_OPEN_PART
        elif self._access != ACCESS_ACCESSIBLE:
            access.array[:] = solid(rho)
        access.scatter_forward()
        self._base[:], self._part = access.array, part
        self.open_volume[:] = np.where(part > SMALLEST_OPEN_PART, part, 1.0) * self._volume
        self.refresh()

    @property
    def sound(self) -> FloatArray:
        """(n_local,) a where no crack opens the way [1]."""
        return self._base

    def refresh(self) -> None:
        """Let cracks open the way at the present damage; what walls keep off goes into openings."""
        access, part = self._f.access.x.array, self._part
        access[:] = self._base
        for ways in self._cracks:
            access *= ways()
        self.values[:] = access[: len(part)]
        for openings in self._openings:
            openings.plates.x.array[:] = self._base - access
        open_to_lithium = self.values > CLOSED_TO_LITHIUM
        self.mobility[:] = CLOSED_TO_LITHIUM
        self.mobility[open_to_lithium] = self.values[open_to_lithium] / part[open_to_lithium]

    def _open_parts(self) -> FloatArray:
        """Find the open cells; returns the open part of each node [1]."""
        f = self._f
        nodes = f.scalar_space.dofmap.list
        open_cells = (f.rho.x.array[nodes] > 0).all(axis=1)
        for closed in self._closed:
            open_cells &= ~closed
        f.open_part.x.array[: len(nodes)] = open_cells
        b = fem_petsc.assemble_vector(self._open_volume)
        b.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        part: FloatArray = b.array / self._volume
        b.destroy()
        return part

    def start(self, dt: float) -> None:
        """The run begins with the present lithium and pores, whoever put them there."""
        self._f.begin()
        self.update()

    def reject(self) -> None:
        """The pores are back at the last accepted step."""
        self.update()

    def restore(self, data: CheckpointData) -> None:
        """The pores are those of the checkpoint."""
        self.update()


class BoundedKinetics:
    """Tells whether the linear continuation of the exponentials is active at an interface."""

    def __init__(self, laws: Laws, access: PoreAccess) -> None:
        self._laws, self._access, space = laws, access, laws.f.scalar_space
        self._nodal, points = fem.Function(space), compat.interpolation_points(space)
        self._overpotential = fem.Expression(laws.overpotential(laws.f.phi), points)

    def active(self, cells: npt.NDArray[np.int32] | None = None) -> bool:
        """Is it active where lithium reacts (collective)?

        Args:
            cells: some that have all nodes that react; None: all cells.
        """
        f, kinetics = self._laws.f, in_numbers(self._laws.kinetics)
        threshold, access = in_numbers(self._laws.lithium).metal_threshold, self._access.values
        xi = f.xi.x.array[: access.size]
        reacting = (xi > threshold) & (xi < 1 - threshold) & (access > CLOSED_TO_LITHIUM)
        compat.interpolate(self._nodal, self._overpotential, cells)
        eta = self._nodal.x.array[: access.size]
        alpha = max(kinetics.transfer_coefficient, 1 - kinetics.transfer_coefficient)
        exponent = alpha * FARADAY * np.abs(eta) / (GAS_CONSTANT * kinetics.temperature)
        return global_max(f.state.domain.comm, exponent[reacting]) > EXPONENT_BOUND
