"""Impedance of the saved states of a run."""
