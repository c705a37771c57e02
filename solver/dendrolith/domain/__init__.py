"""Meshes with named boundaries and regions: from a box, a mesh file or an image."""
