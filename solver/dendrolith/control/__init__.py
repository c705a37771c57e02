"""How a cell is driven: stages, their sequence, terminals. No mesh: 0-D to 3-D share it."""
