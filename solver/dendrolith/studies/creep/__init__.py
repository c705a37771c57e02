"""Lithium that creeps between rod, electrolyte and tube of an assembled cell."""
