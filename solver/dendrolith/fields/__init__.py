"""Declared fields, their state, and what is made of nodal values."""
