"""Signed distances: foil, protrusions, spheres, image phases; placing them."""
