"""Ladders of runs: how far a number is from its limit as mesh, interface and step are refined."""
