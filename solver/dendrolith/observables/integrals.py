"""Several integrals in one pass over the mesh."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem, mesh

from dendrolith.core import compat
from dendrolith.core.parallel import global_sums
from dendrolith.physics.interpolation import Expr


class Integrals:
    """∫ of several integrands: what they have in common is evaluated once at each point.

    Args:
        domain: the mesh.
        integrands: scalar expressions.
        dx: over what they are integrated.
    """

    def __init__(self, domain: mesh.Mesh, integrands: Sequence[Expr], dx: ufl.Measure) -> None:
        constants = fem.functionspace(domain, ("DG", 0, (len(integrands),)))
        q = ufl.TestFunction(constants)
        terms = (integrand * q[k] for k, integrand in enumerate(integrands))
        self._form = fem.form(sum(terms) * dx)
        self._comm, self._count = domain.comm, len(integrands)
        self._of_cells = compat.create_vector(self._form)

    def __call__(self) -> npt.NDArray[np.float64]:
        """Their values at the present fields (collective)."""
        compat.assemble_vector(self._of_cells, self._form)
        of_cells = self._of_cells.array.reshape(-1, self._count)
        return global_sums(self._comm, of_cells.sum(axis=0))
