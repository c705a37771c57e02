"""Quadrature: what is integrated where, for every cell type."""

from __future__ import annotations

from dataclasses import dataclass

import ufl
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.domain.domain import Domain

VERTICES = {"quadrature_rule": "vertex", "quadrature_degree": 1}
CONTACTS = {"quadrature_degree": 5}  # of m φ v, were m not cut off at 0 and 1


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

    On a mesh with regions `dx` and `nodes` are tagged with the values of `Domain.regions`.
    """

    dx: ufl.Measure
    nodes: ufl.Measure
    ds: ufl.Measure

    def nodes_of_side(self, tag: int) -> ufl.Measure:
        """The vertices of a tagged part of the boundary, with equal weights in a facet."""
        return self.ds(tag, metadata=VERTICES)

    def contacts_of_side(self, tag: int) -> ufl.Measure:
        """A tagged part of the boundary, by the same points for all that a contact is written in.

        With points by the degree of each form, a current, its conductance and its derivative would
        be those of three contacts where lithium covers a part of a facet.
        """
        return self.ds(tag, metadata=CONTACTS)

    @classmethod
    def of(cls, domain: Domain) -> Measures:
        """Make them."""
        mesh, cells = domain.mesh, domain.cells if domain.regions else None
        return cls(
            dx=ufl.Measure("dx", mesh, subdomain_data=cells, metadata={"quadrature_degree": 2}),
            nodes=ufl.Measure("dx", mesh, subdomain_data=cells, metadata=VERTICES),
            ds=ufl.Measure("ds", mesh, subdomain_data=domain.facets),
        )


def nodal_volume(space: fem.FunctionSpace, m: Measures) -> PETSc.Vec:
    """∫ v at the vertices: the volume of each node of a P1 space [m³, in 2-D m²] (collective)."""
    form = fem.form(ufl.TestFunction(space) * m.nodes)
    volume = compat.create_vector(form)
    compat.assemble_vector(volume, form)
    return volume
