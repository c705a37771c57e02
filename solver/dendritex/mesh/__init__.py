"""Meshes with named boundaries."""
