"""A layered cell, foil beside electrolyte, as triangles or tetrahedra that are fine near the foil.

    python meshes/layered.py meshes/layered.msh
    python meshes/layered.py thick.msh --electrolyte 60 --height 50 --reach 30 --coarse 4
    python meshes/layered.py block.msh --depth 20 --fine 2

All lengths are in µm, so the input file says ``mesh_unit: 1 um``. The named groups are those that a
plating cell needs: regions lithium and electrolyte; boundaries left (collector), right (counter),
bottom, top and in 3-D front and back.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import gmsh

# name of each side: axis across it, and whether it is the far one
SIDES = {
    "left": (0, False), "right": (0, True), "bottom": (1, False), "top": (1, True),
    "front": (2, False), "back": (2, True),
}  # fmt: skip


def layered(
    path: Path,
    *,
    lithium: float = 8.0,
    electrolyte: float = 32.0,
    height: float = 32.0,
    depth: float | None = None,
    fine: float = 1.0,
    coarse: float = 3.0,
    reach: float = 12.0,
    near: str | None = None,
) -> None:
    """Write the mesh of a layered cell.

    Args:
        path: the file; its ending decides the format.
        lithium: thickness of the foil, from x = 0 [µm].
        electrolyte: thickness of the electrolyte [µm].
        height: extent along y [µm].
        depth: extent along z [µm]; without it the mesh is 2-D.
        fine: size of cells beside the foil [µm].
        coarse: largest size of cells, far from it [µm].
        reach: how far from the surface of the foil cells are fine [µm].
        near: distance from which cells become coarse, in x and y as gmsh writes it [µm]; without it
            that from the surface of the foil.
    """
    gmsh.initialize(interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.model.add("layered")
        _layers(lithium, electrolyte, height, depth)
        extents = [lithium + electrolyte, height] + ([depth] if depth else [])
        _name(extents, lithium)
        _sizes(near or f"abs(x - {lithium})", fine, coarse, reach)
        gmsh.model.mesh.generate(len(extents))
        gmsh.write(str(path))
    finally:
        gmsh.finalize()


def _layers(lithium: float, electrolyte: float, height: float, depth: float | None) -> None:
    """Two blocks that share their interface."""
    occ, dim = gmsh.model.occ, 3 if depth else 2
    if depth:
        blocks = [
            occ.addBox(0, 0, 0, lithium, height, depth),
            occ.addBox(lithium, 0, 0, electrolyte, height, depth),
        ]
    else:
        blocks = [
            occ.addRectangle(0, 0, 0, lithium, height),
            occ.addRectangle(lithium, 0, 0, electrolyte, height),
        ]
    occ.fragment([(dim, blocks[0])], [(dim, blocks[1])])
    occ.synchronize()


def _name(extents: list[float], lithium: float) -> None:
    """Named groups, found by where the parts lie."""
    dim = len(extents)
    for name in ("lithium", "electrolyte"):
        tags = [
            tag
            for _, tag in gmsh.model.getEntities(dim)
            if (gmsh.model.occ.getCenterOfMass(dim, tag)[0] < lithium) == (name == "lithium")
        ]
        gmsh.model.addPhysicalGroup(dim, tags, name=name)
    for name, (axis, far) in list(SIDES.items())[: 2 * dim]:
        where = extents[axis] if far else 0.0
        tags = []
        for _, tag in gmsh.model.getEntities(dim - 1):
            bounds = gmsh.model.getBoundingBox(dim - 1, tag)
            if all(abs(bounds[end + axis] - where) < 1e-5 * max(extents) for end in (0, 3)):
                tags.append(tag)
        gmsh.model.addPhysicalGroup(dim - 1, tags, name=name)


def _sizes(near: str, fine: float, coarse: float, reach: float) -> None:
    """Fine where `near` is below `reach`, then a third larger from one cell to the next."""
    field = gmsh.model.mesh.field
    number = field.add("MathEval")
    field.setString(number, "F", f"min({coarse}, {fine} + 0.3 * max(0, {near} - {reach}))")
    field.setAsBackgroundMesh(number)
    for option in ("ExtendFromBoundary", "FromPoints", "FromCurvature"):
        gmsh.option.setNumber(f"Mesh.MeshSize{option}", 0)


def main() -> None:
    """Read the arguments and write the mesh."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=Path)
    for name, default in layered.__kwdefaults__.items():
        if name == "near":
            continue
        parser.add_argument(f"--{name}", type=float, default=default)
    layered(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
