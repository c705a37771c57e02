"""A whole cell without a mesh: lithium, separator, counter electrode, and a bridge."""
