"""Pores of a picture that covers the electrolyte, from the foil to the counter electrode."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dendrolith.core.errors import ConfigError
from dendrolith.domain.image import read_grey
from dendrolith.shapes.image import FloatArray, ImagePhase, IntArray
from dendrolith.studies.plating.schema import DARK_SOLID, Geometry, Pores

THRESHOLD = 0.5
COARSE = 0.5  # size of a pixel over the wall width, above which its steps show in the walls
STRETCHED = 1.01  # longer side of a pixel over the other, from which on a picture is distorted


def read_pores(geometry: Geometry, pores: Pores) -> ImagePhase:
    """The pores of the picture that `pores` names (not collective).

    Raises:
        ConfigError: the picture cannot be read, or the threshold leaves no pore or no solid.
    """
    assert pores.image is not None
    path, threshold = Path(pores.image), pores.threshold or THRESHOLD
    grey = read_grey(path)
    inside = grey - threshold if pores.dark_is == DARK_SOLID else threshold - grey
    if not (inside > 0).any() or (inside > 0).all():
        left = "nothing but pore" if (inside > 0).any() else "no pore"
        raise ConfigError(
            f"{path}: threshold {threshold:g} leaves {left}: its grey values lie from "
            f"{grey.min():.3g} to {grey.max():.3g} (0 black, 1 white); choose pores.threshold "
            "between them, or the other pores.dark_is"
        )
    origin = (geometry.lithium_thickness, 0.0)
    return ImagePhase.of(inside, origin, (geometry.electrolyte_thickness, geometry.height))


def describe_pores(phase: ImagePhase, pores: Pores) -> list[str]:
    """Number and area fraction of the pores of a picture, and notes, one a line."""
    label, radii = phase.pieces()
    width, height = phase.pixel
    found = (
        f"{len(radii)}, area fraction {phase.fraction:.4g}, from {pores.image}, pixels "
        f"{1e6 * width:.3g} x {1e6 * height:.3g} um"
    )
    return [found, *(f"note: {note}" for note in _notes(phase, label, radii, pores))]


def _notes(phase: ImagePhase, label: IntArray, radii: FloatArray, pores: Pores) -> list[str]:
    """What a careful user would want to know of a picture before the run."""
    notes, (width, height) = [], phase.pixel
    walls = pores.walls.wall_width
    if max(width, height) > STRETCHED * min(width, height):
        notes.append(
            "the pixels are not square: the picture is stretched over electrolyte_thickness and "
            "height"
        )
    if max(width, height) > COARSE * walls:
        notes.append(
            f"pixels are larger than half of wall_width {1e6 * walls:.3g} um: their steps show in "
            "the walls"
        )
    narrow = int(np.count_nonzero(radii < walls))
    if narrow:
        notes.append(
            f"{narrow} of {len(radii)} pores are narrower than 2 wall_width: their walls meet, and "
            "they shrink or vanish"
        )
    touched = {"the foil: they end where lithium begins": 0, "the counter electrode": -1}
    for where, column in touched.items():
        touching = np.count_nonzero(np.unique(label[:, column]))
        if touching:
            notes.append(f"{touching} of {len(radii)} pores touch {where}")
    return notes
