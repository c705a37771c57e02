"""Means in the cells: where slopes are constant in a cell, its stiffness needs no more."""

from __future__ import annotations

from collections.abc import Sequence

import ufl
from dolfinx import fem, mesh

from dendrolith.core import compat
from dendrolith.physics.interpolation import Expr

SIMPLICES = ("triangle", "tetrahedron")


class CellMeans:
    """Means of expressions as functions, constant in each cell of this rank.

    The stiffness of P1 simplices made with the means of its moduli is that made with the moduli, to
    round-off, from one point of a cell instead of three or four.

    Args:
        domain: the mesh.
        expressions: scalar ones.
        dx: with the quadrature that the means are made with.

    Attributes:
        functions: the means; `update` makes them those of now.
        dx: one point a cell.
    """

    def __init__(self, domain: mesh.Mesh, expressions: Sequence[Expr], dx: ufl.Measure) -> None:
        count = len(expressions)
        single = fem.functionspace(domain, ("DG", 0))
        q = ufl.TestFunction(fem.functionspace(domain, ("DG", 0, (count,))))
        self.functions = [fem.Function(single) for _ in expressions]
        self.dx = ufl.Measure("dx", domain, metadata={"quadrature_degree": 0})
        per_volume = 1 / ufl.CellVolume(domain)
        self._form = fem.form(ufl.inner(per_volume * ufl.as_vector(list(expressions)), q) * dx)
        self._means = compat.create_vector(self._form)

    def update(self) -> None:
        """Take the means at the present fields (collective)."""
        compat.assemble_vector(self._means, self._form)
        means = self._means.array_r.reshape(-1, len(self.functions))
        for function, values in zip(self.functions, means.T, strict=True):
            function.x.array[: len(values)] = values
