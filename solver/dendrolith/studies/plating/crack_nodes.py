"""Cracks at the nodes: how open they are, what of them lithium fills."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.fields.bind import in_numbers
from dendrolith.observables.nodal import metal, opened
from dendrolith.physics.crack_access import Cracks
from dendrolith.studies.plating.laws import Laws
from dendrolith.studies.plating.segments import Neighbours

FloatArray = npt.NDArray[np.float64]

BROKEN = 0.9  # damage of the nodes that a crack runs along


class CrackNodes:
    """How open cracks are at the nodes.

    Args:
        laws: of the cell, damage among them.
        nodal_volume: of each node [m³, in 2-D m²].

    Attributes:
        volume: (n_owned,) of each node [m³, in 2-D m²].
        neighbours: what nodes nearby hold.
        reach: how far damage reaches from a crack [m].
        radius: over which the opening of a crack is averaged [m].
    """

    def __init__(self, laws: Laws, nodal_volume: PETSc.Vec) -> None:
        (broken,) = laws.damages
        self._d, u, m = broken.d, laws.f.u, laws.m
        self.volume: FloatArray = nodal_volume.array.copy()
        space, law = broken.d.function_space, in_numbers(broken.law)
        x = space.tabulate_dof_coordinates()
        self.neighbours = Neighbours(space.mesh.comm, x, len(self.volume))
        self.reach, self.radius = law.reach, 2 * law.length
        v = ufl.TestFunction(space)
        self._opening = fem.form(-ufl.inner(u, ufl.grad(self._d)) * v * m.dx)
        self._b = compat.create_vector(self._opening)

    def opened(self) -> FloatArray:
        """(n_local,) A_d [1]."""
        return opened(self._d.x.array)

    def abreast(self, label: FloatArray, lithium: npt.NDArray[np.bool_]) -> FloatArray:
        """(n_local,) number of the segment that presses on a node, else 0 (collective).

        Args:
            label: (n_local,) number of the segment that a node is in, else 0.
            lithium: (n_local,) nodes with metal.
        """
        core, length = self._d.x.array > BROKEN, self.radius / 2
        return self.neighbours.abreast(label, core, lithium, self.reach, length)

    def beside(self, values: FloatArray, lithium: npt.NDArray[np.bool_]) -> FloatArray:
        """(n_local,) mean over lithium within 2ℓ, weighted by 1 − A_d; 0 elsewhere (collective).

        In the middle of a crack there are no ions, and η of a node says nothing there.

        Args:
            values: (n_local,) nodal values.
            lithium: (n_local,) nodes with metal.
        """
        owned, wanted, found = len(self.volume), np.flatnonzero(lithium), np.zeros(len(values))
        weight = ((1 - self.opened()) * lithium)[:owned] * self.volume
        amounts = np.stack([values[:owned] * weight, weight], axis=1)
        total, conducting = self.neighbours.sums(weight > 0, amounts, wanted, self.radius).T
        found[wanted] = total / np.where(conducting > 0, conducting, 1.0)
        return found

    def openings(self) -> FloatArray:
        """(n_owned,) −∫u·∇d v, the volume by which a crack is open at a node [m³, in 2-D m²]."""
        compat.assemble_vector(self._b, self._opening)
        values: FloatArray = self._b.array.copy()
        return values


class CrackWays:
    """Keeps φ_c of the nodes that lithium has not come to.

    Args:
        laws: of the cell, cracks among them.
        nodes: of cracks.
        law: the least φ_c.
    """

    def __init__(self, laws: Laws, nodes: CrackNodes, law: Cracks) -> None:
        (self._capacity,), self._xi = laws.capacities, laws.f.xi
        self._nodes, self._law = nodes, law
        self._threshold = in_numbers(laws.lithium).metal_threshold
        space = laws.f.scalar_space
        self._A_d, v = fem.Function(space), ufl.TestFunction(space)
        slope = ufl.grad(self._A_d)
        self._width = fem.form(-ufl.inner(laws.f.u, slope) * v * laws.m.dx)
        self._b = compat.create_vector(self._width)

    def fill(self, *, anew: bool = False) -> None:
        """Put φ_c where no lithium is yet; `anew`: also where it is 1 until now (collective).

        The opening −∫u·∇A_d v of each node j is shared out to the A_d V of nodes within 2ℓ of it:
        φ_c = Σ_j {opening / Σ_k A_d V}_j, so that the band holds all of it, ∫φ_c A_d = −∫u·∇d.
        """
        nodes, owned = self._nodes, len(self._nodes.volume)
        self._A_d.x.array[:] = nodes.opened()
        A_d = self._A_d.x.array[:owned]
        compat.assemble_vector(self._b, self._width)
        free = metal(self._xi.x.array[:owned], self._threshold) <= 0
        free |= anew & (self._capacity.x.array[:owned] == 1)  # others are of an earlier run
        cracks, opens = A_d > 0, np.flatnonzero(self._b.array)
        wanted = np.flatnonzero(cracks & free)
        sums, shares = nodes.neighbours.sums, np.zeros((owned, 1))
        band = sums(cracks, (A_d * nodes.volume)[:, None], opens, nodes.radius)[:, 0]
        shares[opens, 0] = self._b.array[opens] / band
        part = sums(self._b.array != 0, shares, wanted, nodes.radius)[:, 0]
        values = self._capacity.x.array
        values[:owned][free] = 1.0
        values[wanted] = np.clip(part, self._law.least_capacity, 1.0)
        self._capacity.x.scatter_forward()
