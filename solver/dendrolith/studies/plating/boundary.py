"""Degrees of freedom on the named sides, and the mechanical supports."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from dendrolith.domain.box import CellMesh


def dofs_on(space: fem.FunctionSpace, cell_mesh: CellMesh, side: str) -> npt.NDArray[np.int32]:
    """Degrees of freedom of `space` (or of a component of one) on a named side, on this rank."""
    facet_dim = cell_mesh.mesh.topology.dim - 1
    dofs: npt.NDArray[np.int32] = fem.locate_dofs_topological(
        space, facet_dim, cell_mesh.side(side)
    )
    return dofs


def clamps(space: fem.FunctionSpace, cell_mesh: CellMesh, sides: str) -> list[fem.DirichletBC]:
    """Left side fixed; the others but the right slide (`sides` is "roller") or are free.

    Sides that are joined to each other need no support, and there are none of them in the mesh.
    """
    domain = cell_mesh.mesh
    fixed = fem.Constant(domain, np.zeros(domain.geometry.dim))
    supports = [fem.dirichletbc(fixed, dofs_on(space, cell_mesh, "left"), space)]
    if sides == "roller" and cell_mesh.mesh is cell_mesh.box:
        still = fem.Constant(domain, 0.0)
        for axis, pair in enumerate((("bottom", "top"), ("front", "back"))[: len(fixed.value) - 1]):
            across = space.sub(axis + 1)
            supports += [
                fem.dirichletbc(still, dofs_on(across, cell_mesh, side), across) for side in pair
            ]
    return supports
