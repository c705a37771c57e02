"""A layered cell with cells that are fine around an ellipse of lithium and near the foil.

    python meshes/isolated.py disc.msh
    python meshes/isolated.py leaf.msh --length 240 --width 48 --electrolyte 960 --height 480

Lengths are in µm. The ellipse lies along x, in the middle of the electrolyte, at the height
``--level``; the bottom is a line of symmetry for one at 0. The input names it in `lithium_pieces`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from layered import layered


def isolated(
    path: Path,
    *,
    length: float = 48.0,
    width: float = 48.0,
    level: float = 0.0,
    lithium: float = 16.0,
    electrolyte: float = 240.0,
    height: float = 120.0,
    fine: float = 1.0,
    coarse: float = 10.0,
    reach: float = 8.0,
) -> None:
    """Write the mesh.

    Args:
        path: the file; its ending decides the format.
        length: of the ellipse, along x [µm].
        width: of the ellipse, along y [µm].
        level: its height above the bottom [µm].
        lithium: thickness of the foil, from x = 0 [µm].
        electrolyte: thickness of the electrolyte [µm].
        height: extent along y [µm].
        fine: size of cells at the surfaces of lithium [µm].
        coarse: largest size of cells, far from them [µm].
        reach: how far from those surfaces cells are fine [µm].
    """
    a, b, middle = length / 2, width / 2, lithium + electrolyte / 2
    # the first-order distance to an ellipse, F (F − 1)/|∇F|; tiny numbers keep it at the centre
    u, v = f"(x - {middle})", f"(y - {level})"
    F = f"sqrt(({u} / {a})^2 + ({v} / {b})^2)"
    slope = f"(sqrt(({u} / {a**2})^2 + ({v} / {b**2})^2) + 1e-9)"
    layered(
        path,
        lithium=lithium,
        electrolyte=electrolyte,
        height=height,
        fine=fine,
        coarse=coarse,
        reach=reach,
        near=f"min(abs(x - {lithium}), abs({F} * ({F} - 1) / {slope}))",
    )


def main() -> None:
    """Read the arguments and write the mesh."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=Path)
    for name, default in isolated.__kwdefaults__.items():
        parser.add_argument(f"--{name}", type=float, default=default)
    isolated(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
