"""Quarter of a disc, with or without a hole, made by gmsh on rank 0."""

from __future__ import annotations

import math

import gmsh
from dolfinx import mesh
from mpi4py import MPI

try:
    from dolfinx.io.gmshio import model_to_mesh
except ImportError:  # renamed in DOLFINx 0.10
    from dolfinx.io.gmsh import model_to_mesh


def quarter_disc(
    comm: MPI.Comm, *, outer: float, hole: float | None, size_at_hole: float, size_outside: float
) -> mesh.Mesh:
    """Mesh of {x, y ≥ 0, (hole ≤) r ≤ outer}; fine within r = 2, coarse at the outside."""
    gmsh.initialize(interruptible=False)
    if comm.rank == 0:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.model.add("disc")
        occ = gmsh.model.occ
        disc = occ.addDisk(0, 0, 0, outer, outer)
        square = occ.addRectangle(0, 0, 0, outer, outer)
        quarter, _ = occ.intersect([(2, disc)], [(2, square)])
        if hole is not None:
            quarter, _ = occ.cut(quarter, [(2, occ.addDisk(0, 0, 0, hole, hole))])
        occ.synchronize()
        field = gmsh.model.mesh.field
        near = hole or 1.0
        growth = (size_outside - size_at_hole) / (outer - 1.4 * near)
        field.add("MathEval", 1)
        field.setString(
            1, "F", f"{size_at_hole} + {growth} * max(0, sqrt(x*x + y*y) - {1.4 * near})"
        )
        if hole is None:  # the core of an inclusion is smooth
            field.setString(
                1,
                "F",
                f"{size_at_hole} + {growth} * max(0, abs(sqrt(x*x + y*y) - {near}) - {0.4 * near})",
            )
        field.setAsBackgroundMesh(1)
        gmsh.option.setNumber("Mesh.MeshSizeExtendFromBoundary", 0)
        gmsh.option.setNumber("Mesh.MeshSizeMax", size_outside)
        gmsh.model.addPhysicalGroup(2, [tag for _, tag in quarter], 1)
        gmsh.model.mesh.generate(2)
        gmsh.model.mesh.setOrder(1)
    made = model_to_mesh(gmsh.model, comm, 0, gdim=2)
    gmsh.finalize()
    domain = made[0]
    assert math.isclose(domain.geometry.dim, 2)
    return domain
