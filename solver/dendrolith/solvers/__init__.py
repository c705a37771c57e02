"""Thin layer over PETSc SNES and KSP."""
