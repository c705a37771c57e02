"""Hidden currents of a cell from its pressure, current and voltage."""
