"""Mesh, lengths and thresholds of the field model."""

from __future__ import annotations

from dataclasses import dataclass

BROKEN = 0.95  # damage of a broken node


@dataclass(frozen=True, slots=True)
class Numerics:
    """Of the field model.

    Attributes:
        h: mesh size [m].
        ell: length of the damage [m].
        band: width of the band around a facet [m].
        void: conduction of broken cells over that of grains.
        residual: stiffness left where all is broken.
    """

    h: float = 1.25e-6
    ell: float = 2.5e-6
    band: float = 3.75e-6
    void: float = 1e-4
    residual: float = 1e-6
