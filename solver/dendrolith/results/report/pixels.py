"""How many pixels a picture has."""

from __future__ import annotations

HIGHEST = 1.25  # of a picture, over the width that is asked for


def pixels(width: float, height: float, most: int) -> tuple[int, int]:
    """Width and height of the picture of a plane [m]: `most` wide, less where it would be high."""
    scale = most / max(width, height / HIGHEST)
    return max(1, round(scale * width)), max(1, round(scale * height))
