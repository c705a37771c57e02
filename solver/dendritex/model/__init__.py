"""Fields, boundary conditions and the cell: the visible sum of the chosen physics."""
