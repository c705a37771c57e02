"""Quadrature: what is integrated where, for every cell type."""

from __future__ import annotations

from dataclasses import dataclass

import ufl

from dendritex.mesh.create import CellMesh


@dataclass(frozen=True, slots=True)
class Measures:
    """The measures that all forms of a cell share.

    Attributes:
        dx: properties vary within an element: two-point accuracy. Degree 2 is three points on a
            triangle, four on a tetrahedron, two along each direction of a quadrilateral or
            hexahedron; there that integrates the stiffness of constant properties exactly and
            leaves no hourglass mode.
        nodes: vertices with equal weights (on rectangles and boxes the Gauss–Lobatto rule of two
            points). Everything nodal, wells and reaction, is evaluated there, so that one nodal
            rate serves all equations and the mass is diagonal.
        cut: many points, for integrands that jump within an element.
        ds: the boundary, tagged with the values of `SIDES`.
    """

    dx: ufl.Measure
    nodes: ufl.Measure
    cut: ufl.Measure
    ds: ufl.Measure

    @classmethod
    def of(cls, cell_mesh: CellMesh) -> Measures:
        """Make them."""
        domain = cell_mesh.mesh
        vertices = {"quadrature_rule": "vertex", "quadrature_degree": 1}
        # in 3-D as many points along a direction would be 81 a tetrahedron, 216 a hexahedron
        cut = {"quadrature_degree": 10 if domain.topology.dim == 2 else 6}
        return cls(
            dx=ufl.Measure("dx", domain, metadata={"quadrature_degree": 2}),
            nodes=ufl.Measure("dx", domain, metadata=vertices),
            cut=ufl.Measure("dx", domain, metadata=cut),
            ds=ufl.Measure("ds", domain, subdomain_data=cell_mesh.facets),
        )
