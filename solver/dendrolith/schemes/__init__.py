"""Blocks that advance fields, the march, the choice of the time step."""
