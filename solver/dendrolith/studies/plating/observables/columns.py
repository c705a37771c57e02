"""Names of columns that the summary of a run reads as well, which needs no mesh."""

FRONT_WIDTH = "front_width [1]"
FRACTION = "counter_fraction"  # x, without its unit
IONIC = "ionic_current"  # j, without its unit
OPEN_CIRCUIT = "open_circuit_potential [V]"
ANODE_POTENTIAL = "anode_potential [V]"
