"""Powder that is pressed in a soft tube between two rods."""
