"""Names of columns that the summary of a run reads as well, which needs no mesh."""

FRONT_WIDTH = "front_width [1]"
ANODE_POTENTIAL = "anode_potential [V]"
