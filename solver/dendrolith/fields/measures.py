"""Quadrature: what is integrated where, for every cell type."""

from __future__ import annotations

from dataclasses import dataclass

import ufl
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.domain.domain import Domain
from dendrolith.physics.interpolation import Expr


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
        ds: the boundary, tagged with the values of `Domain.boundaries`.
    """

    dx: ufl.Measure
    nodes: ufl.Measure
    ds: ufl.Measure

    @classmethod
    def of(cls, cell_mesh: Domain) -> Measures:
        """Make them."""
        domain = cell_mesh.mesh
        vertices = {"quadrature_rule": "vertex", "quadrature_degree": 1}
        return cls(
            dx=ufl.Measure("dx", domain, metadata={"quadrature_degree": 2}),
            nodes=ufl.Measure("dx", domain, metadata=vertices),
            ds=ufl.Measure("ds", domain, subdomain_data=cell_mesh.facets),
        )


def nodal_volume(space: fem.FunctionSpace, m: Measures) -> PETSc.Vec:
    """∫ v at the vertices: the volume of each node of a P1 space [m³, in 2-D m²] (collective)."""
    form = fem.form(ufl.TestFunction(space) * m.nodes)
    volume = compat.create_vector(form)
    compat.assemble_vector(volume, form)
    return volume


def part_beyond(cell_mesh: Domain, position: float, h: float) -> Expr:
    """1 beyond the plane x = `position` [m], 0 before it, linear over one mesh size `h` between.

    The plane lies anywhere in an element, and a jump there would be missed by up to a fifth of an
    element on rows of quadrature points. With the ramp the two points of `dx` find a volume
    exactly, and an amount that falls off over 4h to 0.035 of an element, in every cell type.
    """
    domain = cell_mesh.mesh
    plane, width = fem.Constant(domain, position), fem.Constant(domain, h)
    ramp = (ufl.SpatialCoordinate(domain)[0] - plane) / width + 0.5
    return ufl.max_value(ufl.min_value(ramp, 1.0), 0.0)
