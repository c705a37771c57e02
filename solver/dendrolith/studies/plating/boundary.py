"""Degrees of freedom on the named sides, and the mechanical supports."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from dendrolith.domain.domain import Domain


def dofs_on(space: fem.FunctionSpace, domain: Domain, side: str) -> npt.NDArray[np.int32]:
    """Degrees of freedom of `space` (or of a component of one) on a named side, on this rank."""
    facet_dim = domain.mesh.topology.dim - 1
    dofs: npt.NDArray[np.int32] = fem.locate_dofs_topological(space, facet_dim, domain.side(side))
    return dofs


def clamps(space: fem.FunctionSpace, domain: Domain, sides: str) -> list[fem.DirichletBC]:
    """Left side fixed; the others but the right slide (`sides` is "roller") or are free.

    Sides that are joined to each other need no support, and there are none of them in the mesh.
    """
    mesh = domain.mesh
    fixed = fem.Constant(mesh, np.zeros(mesh.geometry.dim))
    supports = [fem.dirichletbc(fixed, dofs_on(space, domain, "left"), space)]
    if sides == "roller":
        still = fem.Constant(mesh, 0.0)
        for side, axis in (("bottom", 1), ("top", 1), ("front", 2), ("back", 2)):
            if side in domain.boundaries:
                across = space.sub(axis)
                supports.append(fem.dirichletbc(still, dofs_on(across, domain, side), across))
    return supports
