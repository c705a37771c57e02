"""The block of direct reduction: what a charged counter electrode takes of the lithium at it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.parallel import global_max, global_sum
from dendrolith.fields.bind import in_numbers
from dendrolith.fields.state import set_owned_values
from dendrolith.observables.nodal import metal
from dendrolith.physics.direct_reduction import left_over, through, weight
from dendrolith.schemes.block import Block
from dendrolith.schemes.report import Report
from dendrolith.studies.plating.laws import Laws

PRODUCT = "contact_product"


class ContactProduct:
    """What direct reduction leaves on the counter electrode: ions and electrons have to pass it.

    Args:
        space: scalar P1.
        doubling: q_p [C/m²].

    Attributes:
        q: charge taken up so far [C/m²], at the nodes that touch.
        kept: the same at the last accepted step.
        tau, tau_before: resistance of a contact over that of a fresh one, of q and of kept [1].
        doubling: q_p as a constant of the forms.
    """

    def __init__(self, space: fem.FunctionSpace, doubling: float) -> None:
        self.q, self.kept = fem.Function(space, name=PRODUCT), fem.Function(space)
        self.doubling = fem.Constant(space.mesh, doubling)
        self.tau, self.tau_before = (1 + q / self.doubling for q in (self.q, self.kept))

    def grow(self, k: float, m: npt.NDArray[np.float64], dt: float) -> None:
        """Add what `dt` [s] leave at nodes of metal fraction `m`; k [A/m²] pass at first."""
        before, doubling = self.kept.x.array, float(self.doubling.value)
        self.q.x.array[:] = before + m * dt * through(k, m, 1 + before / doubling, dt, doubling)

    def accept(self) -> None:
        """What has grown stays."""
        self.kept.x.array[:] = self.q.x.array

    def reject(self) -> None:
        """Back to what had grown."""
        self.q.x.array[:] = self.kept.x.array


class DirectReduction(Block):
    """Takes lithium away: half before currents bring more, half after them, by `SecondHalf`.

    So what balances there has an error of second order in Δt. With all of it before them the
    leakage of a contact that is consumed as fast as it comes is 5 % less at twice the step.

    Args:
        laws: of the cell.
        k: current density of a contact [A/m²].
        products: what grows at the contacts; empty: nothing.
        area: of the counter electrode [m², in 2-D m].
        nodal_volume: of each node [m³, in 2-D m²].

    Attributes:
        xi: lithium that it takes up.
        reduced: what the last attempted step took up so far [mol, in 2-D mol/m].
        fall: (n_owned,) the same at each node.
        moved_after: (n_local,) what the second half moved ξ by [1].
    """

    name = "direct reduction"

    def __init__(
        self,
        laws: Laws,
        k: fem.Constant,
        products: Sequence[ContactProduct],
        area: float,
        nodal_volume: PETSc.Vec,
    ) -> None:
        self._k, self._products = k, products
        self.xi, self._lithium = laws.f.xi, in_numbers(laws.lithium)
        self.reduced = 0.0
        self._volume = nodal_volume.array.copy()
        self.fall = np.zeros(self._volume.size)
        space = laws.f.scalar_space
        self._comm, mesh = space.mesh.comm, space.mesh
        self._dt, points = fem.Constant(mesh, 0.0), compat.interpolation_points(space)
        end = global_max(self._comm, space.tabulate_dof_coordinates()[:, 0])
        w, self._left = fem.Function(space), fem.Function(space)
        distance = end - ufl.SpatialCoordinate(mesh)[0]
        w.interpolate(fem.Expression(weight(distance, laws.lithium.interface_width), points))
        # the ramp is met by the nodes alone: together they have the area, whatever the mesh
        owned = w.x.array[: self._volume.size]
        w.x.array[:] *= area / global_sum(self._comm, float(owned @ self._volume))
        self._within = w.x.array > 0
        self.moved_after = laws.moves_after_the_reaction()
        touched = self._within[space.dofmap.list].any(axis=1)
        self._cells = np.flatnonzero(touched).astype(np.int32)
        rate, m = k, laws.lithium.fraction(self.xi)
        for product in products:
            rate = through(k, m, product.tau_before, self._dt, product.doubling)
        left = left_over(self.xi, w, rate, self._dt / 2, laws.lithium)
        self._left_over = fem.Expression(left, points)

    def advance(self, dt: float) -> Report:
        """Let the product of a step of `dt` [s] grow, and take up half of what touches for it."""
        self._dt.value, self.reduced = dt, 0.0
        self.fall = np.zeros(self._volume.size)
        for product in self._products:
            product.grow(float(self._k.value), self._touching(), dt)
        return self.take_half()

    def take_half(self) -> Report:
        """Take up what touches for half of the step, and add it to what the step took."""
        xi, left, owned = self.xi.x, self._left.x, self._volume.size
        threshold = self._lithium.metal_threshold
        left.array[:] = xi.array
        compat.interpolate(self._left, self._left_over, self._cells)
        left.scatter_forward()  # copies of a node may differ in their last digit
        fall = (metal(xi.array, threshold) - metal(left.array, threshold))[:owned]
        change = global_max(self._comm, np.abs(left.array - xi.array))
        xi.array[:] = left.array
        self.fall += self._lithium.c_Li * fall * self._volume
        taken = self._lithium.c_Li * global_sum(self._comm, float(fall @ self._volume))
        self.reduced += taken
        return Report(change, numbers={"reduced": taken})

    def _touching(self) -> npt.NDArray[np.float64]:
        """Metal fraction of the nodes within reach, 0 of others [1]."""
        m = metal(self.xi.x.array, self._lithium.metal_threshold)
        return np.where(self._within, m, 0.0)

    def accept(self) -> None:
        """What has grown stays."""
        for product in self._products:
            product.accept()

    def reject(self) -> None:
        """Back to what had grown."""
        for product in self._products:
            product.reject()

    def save(self) -> CheckpointData:
        """The product."""
        owned = self._volume.size
        grown = [product.q.x.array[:owned, None].copy() for product in self._products]
        return CheckpointData(nodal=dict(zip([PRODUCT], grown, strict=False)))

    def restore(self, data: CheckpointData) -> None:
        """Take it back (collective)."""
        for product in self._products:
            set_owned_values(product.q, data.nodal[PRODUCT])
            product.accept()


class SecondHalf(Block):
    """Takes the other half of what direct reduction takes in a step.

    Args:
        reduction: the block that took the first half.
    """

    name = "direct reduction, second half"

    def __init__(self, reduction: DirectReduction) -> None:
        self._reduction = reduction

    def advance(self, dt: float) -> Report:
        """Take up what touches for the second half of a step of `dt` [s]."""
        reduction, xi = self._reduction, self._reduction.xi.x.array
        before = xi.copy()
        report = reduction.take_half()
        reduction.moved_after[:] = xi - before
        return report
