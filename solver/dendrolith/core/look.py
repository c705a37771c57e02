"""How all pictures look."""

LOOK = {"font.size": 9, "axes.titlesize": 9, "figure.dpi": 150}
