"""Where edges of the mesh cross the surface of lithium, joined from all ranks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from dendrolith.core.parallel import from_root, gather_concatenate
from dendrolith.domain.domain import Domain
from dendrolith.domain.periodic import shortest
from dendrolith.fields.connected import crossing, leaving
from dendrolith.fields.numbering import original_numbers

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class Contour:
    """Crossings of ξ = ½, interpolated along the edges, in an order that no partition changes.

    Args:
        domain: the mesh.
        space: scalar P1 space of ξ.
        edges: (2, n) node pairs of this rank.
        periods: (3,) length after which the domain continues along each axis, 0 where it ends [m].
    """

    def __init__(
        self, domain: Domain, space: fem.FunctionSpace, edges: IntArray, periods: FloatArray
    ) -> None:
        self._comm, self._edges, self._periods = domain.comm, edges, periods
        self._points = space.tabulate_dof_coordinates()
        self._number = original_numbers(domain, space)

    def on_root(
        self, xi: FloatArray, inside: npt.NDArray[np.bool_], nodal: Sequence[FloatArray] = ()
    ) -> FloatArray | None:
        """The crossings on rank 0, None elsewhere (collective).

        Args:
            xi: (n_local,) order parameter.
            inside: (n_local,) mask of nodes in the lithium that is meant, all with ξ > ½.
            nodal: further nodal values to interpolate.

        Returns:
            (n, 3 + n_values) places [m] and values.
        """
        inner, outer = leaving(self._edges, inside)
        part = crossing(xi[inner], xi[outer])[:, None]
        step = shortest(self._points[outer] - self._points[inner], self._periods)
        values = np.column_stack([np.empty((len(xi), 0)), *nodal])
        crossed = np.concatenate(
            [self._points[inner] + part * step, (1 - part) * values[inner] + part * values[outer]],
            axis=1,
        )
        keys = gather_concatenate(self._comm, self._number[np.stack([inner, outer], axis=1)])
        joined = gather_concatenate(self._comm, crossed)
        if keys is None or joined is None:
            return None
        _, once = np.unique(keys, axis=0, return_index=True)
        in_order: FloatArray = joined[once]
        return in_order

    def everywhere(
        self, xi: FloatArray, inside: npt.NDArray[np.bool_], nodal: Sequence[FloatArray] = ()
    ) -> FloatArray:
        """(n, 3 + n_values) what `on_root` finds, on all ranks (collective)."""
        return from_root(self._comm, self.on_root(xi, inside, nodal))
